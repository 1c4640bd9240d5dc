/*
---
description: >-
  Which of the list prices that routes are chosen at are promotions, and which are unsettled. A price that
  fell by half or more against the median of the last 28 days is a promotion, and routes are compared at
  that median instead. A fall that stays becomes the median itself after 15 days, and from then on counts
  as the price.
grain: week × model_id
unique: [week, model_id]
columns:
  week: DATE NOT NULL | Monday | The ISO week the prices belong to
  model_id:
  is_promotion: BOOLEAN NOT NULL | - | Whether a price is a promotion
  prompt_factor: DOUBLE NOT NULL | × | Price at which routes are compared over the list price
  completion_factor: DOUBLE NOT NULL | × | The same of the completion
  cache_read_factor: DOUBLE NOT NULL | × | The same of a prompt read from the cache
  cache_write_factor: DOUBLE NOT NULL | × | The same of a prompt written to the cache
  is_unsettled: BOOLEAN NOT NULL | - | Whether the price changed too often in the day up to the catalogue
checks:
  a promotion is cheaper than before: prompt_factor >= 1 AND completion_factor >= 1
---
*/
WITH listed AS (
    SELECT
        week,
        model_id,
        fetched_at,
        cast(fetched_at AS DATE) AS listed_on
    FROM staging.catalogue
    WHERE variant IN ('standard', 'free') AND week IN (SELECT price_week FROM core.route_week)
),

-- A price is known for 14 days: one before this day is in no median, nor is a fall from it.
oldest AS (
    SELECT
        cast(
            min(listed.listed_on)
            - INTERVAL 1 DAY * cast(2 * (max(parameter.promotion_days) + 14) AS INTEGER) AS DATE
        ) AS day
    FROM listed
    CROSS JOIN core.parameter AS parameter
),

vintage AS (
    SELECT
        model_id,
        price AS kind,
        usd,
        cast(fetched_at AS DATE) AS fetched_on,
        row_number() OVER (
            PARTITION BY model_id, price, cast(fetched_at AS DATE) ORDER BY fetched_at DESC
        ) AS place
    FROM core.changing_price
    INNER JOIN oldest ON cast(changing_price.fetched_at AS DATE) >= oldest.day
),

stepped AS (
    SELECT
        *,
        lag(usd) OVER (PARTITION BY model_id, kind ORDER BY fetched_on) AS previous_usd
    FROM vintage
    WHERE place = 1
),

period AS (
    SELECT
        *,
        coalesce(
            lead(fetched_on) OVER (PARTITION BY model_id, kind ORDER BY fetched_on), DATE '9999-12-31'
        ) AS ends_on,
        max(usd) OVER (PARTITION BY model_id, kind ORDER BY fetched_on) AS highest_usd,
        max(CASE WHEN usd < previous_usd THEN fetched_on END)
            OVER (PARTITION BY model_id, kind ORDER BY fetched_on)
            AS fell_on
    FROM stepped
),

-- A day has the price of its last catalogue, and a day without one that of the day before, for 14 days:
-- what a price was in a longer gap is not known.
priced_day AS (
    SELECT
        period.model_id,
        period.kind,
        period.usd,
        period.ends_on,
        cast(period.fetched_on + INTERVAL 1 DAY * cast(number.number - 1 AS INTEGER) AS DATE) AS day
    FROM period
    INNER JOIN staging.number ON number.number <= 14
),

-- Only these days can have a promotion, a small part of all: a dearer price is left behind after its
-- fall, and is compared for 14 days more than the median is long.
fallen_day AS (
    SELECT
        period.model_id,
        period.kind,
        cast(period.fetched_on + INTERVAL 1 DAY * cast(number.number - 1 AS INTEGER) AS DATE) AS day,
        period.usd,
        period.ends_on,
        cast(
            period.fell_on + INTERVAL 1 DAY * cast(parameter.promotion_days + 14 AS INTEGER) AS DATE
        ) AS forgotten_on
    FROM period
    CROSS JOIN core.parameter AS parameter
    INNER JOIN staging.number ON number.number <= parameter.promotion_days + 14
    WHERE period.usd <= (1 - parameter.promotion_fall) * period.highest_usd
),

day AS (
    SELECT
        listed.week,
        listed.model_id,
        fallen.kind,
        fallen.usd AS listed_usd,
        cast(listed.listed_on - INTERVAL 1 DAY * cast(number.number - 1 AS INTEGER) AS DATE) AS day
    FROM listed
    INNER JOIN fallen_day AS fallen ON listed.model_id = fallen.model_id AND listed.listed_on = fallen.day
    CROSS JOIN core.parameter AS parameter
    INNER JOIN staging.number ON number.number <= parameter.promotion_days
    WHERE fallen.day < fallen.ends_on AND fallen.day < fallen.forgotten_on
),

day_price AS (
    SELECT
        day.week,
        day.model_id,
        priced.kind,
        day.listed_usd,
        priced.usd,
        count(*) OVER (PARTITION BY day.week, day.model_id, priced.kind) AS days,
        row_number() OVER (PARTITION BY day.week, day.model_id, priced.kind ORDER BY priced.usd) AS place
    FROM day
    INNER JOIN priced_day AS priced
        ON day.model_id = priced.model_id AND day.kind = priced.kind AND day.day = priced.day
    WHERE priced.day < priced.ends_on
),

median AS (
    SELECT
        week,
        model_id,
        kind,
        max(listed_usd) AS listed_usd,
        avg(usd) AS median_usd
    FROM day_price
    WHERE 2 * place >= days AND 2 * place <= days + 2
    GROUP BY week, model_id, kind
),

factor AS (
    SELECT
        median.week,
        median.model_id,
        median.kind,
        median.median_usd / nullif(median.listed_usd, 0) AS factor
    FROM median
    CROSS JOIN core.parameter AS parameter
    WHERE median.listed_usd <= (1 - parameter.promotion_fall) * median.median_usd AND median.listed_usd > 0
),

promotion AS (
    SELECT
        week,
        model_id,
        max(factor) FILTER (WHERE kind = 'prompt') AS prompt_factor,
        max(factor) FILTER (WHERE kind = 'completion') AS completion_factor,
        max(factor) FILTER (WHERE kind = 'cache_read') AS cache_read_factor,
        max(factor) FILTER (WHERE kind = 'cache_write') AS cache_write_factor
    FROM factor
    GROUP BY week, model_id
),

final AS (
    SELECT
        listed.week,
        listed.model_id,
        promotion.model_id IS NOT NULL AS is_promotion,
        coalesce(promotion.prompt_factor, 1) AS prompt_factor,
        coalesce(promotion.completion_factor, 1) AS completion_factor,
        coalesce(promotion.cache_read_factor, 1) AS cache_read_factor,
        coalesce(promotion.cache_write_factor, 1) AS cache_write_factor,
        coalesce(recent_change.is_unsettled, FALSE) AS is_unsettled
    FROM listed
    LEFT JOIN promotion ON listed.week = promotion.week AND listed.model_id = promotion.model_id
    LEFT JOIN core.recent_change
        ON
            listed.fetched_at = recent_change.fetched_at
            AND listed.model_id = recent_change.model_id
)

SELECT * FROM final
