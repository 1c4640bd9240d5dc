/*
---
description: >-
  Which list prices of a week are promotions, and which are unsettled. A price that fell by half or more
  against the median of the last 28 days is a promotion, and routes are compared at that median instead.
  A fall that stays is the median itself after 15 days, when catalogues 14 days apart agree.
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
  changes_in_a_day: BIGINT NOT NULL | changes | Times the price changed in the day up to the catalogue
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
    WHERE variant IN ('standard', 'free')
),

price AS (
    SELECT
        fetched_at,
        model_id,
        'prompt' AS kind,
        prompt_price AS usd
    FROM staging.price_vintage
    UNION ALL
    SELECT
        fetched_at,
        model_id,
        'completion' AS kind,
        completion_price AS usd
    FROM staging.price_vintage
    UNION ALL
    SELECT
        fetched_at,
        model_id,
        'cache_read' AS kind,
        cache_read_price AS usd
    FROM staging.price_vintage
    UNION ALL
    SELECT
        fetched_at,
        model_id,
        'cache_write' AS kind,
        cache_write_price AS usd
    FROM staging.price_vintage
),

-- Most prices never change, and these need no median.
changing AS (
    SELECT
        model_id,
        kind
    FROM price
    GROUP BY model_id, kind
    HAVING min(usd) < max(usd)
),

vintage AS (
    SELECT
        price.model_id,
        price.kind,
        price.usd,
        price.fetched_at,
        cast(price.fetched_at AS DATE) AS fetched_on,
        coalesce(
            lag(price.usd) OVER (PARTITION BY price.model_id, price.kind ORDER BY price.fetched_at)
            <> price.usd, FALSE
        ) AS is_change,
        row_number() OVER (
            PARTITION BY price.model_id, price.kind, cast(price.fetched_at AS DATE)
            ORDER BY price.fetched_at DESC
        ) AS place
    FROM price
    INNER JOIN changing ON price.model_id = changing.model_id AND price.kind = changing.kind
    WHERE price.usd IS NOT NULL
),

-- A day has the price of its last catalogue, and a day without one that of the day before, for 14 days:
-- what a price was in a longer gap is not known.
period AS (
    SELECT
        *,
        least(
            coalesce(
                lead(fetched_on) OVER (PARTITION BY model_id, kind ORDER BY fetched_on), DATE '9999-12-31'
            ),
            cast(fetched_on + INTERVAL 14 DAY AS DATE)
        ) AS ends_on
    FROM vintage
    WHERE place = 1
),

day AS (
    SELECT
        listed.week,
        listed.model_id,
        listed.listed_on,
        cast(listed.listed_on - INTERVAL 1 DAY * cast(number.number - 1 AS INTEGER) AS DATE) AS day
    FROM listed
    INNER JOIN (SELECT DISTINCT model_id FROM changing) AS changing ON listed.model_id = changing.model_id
    CROSS JOIN core.parameter AS parameter
    INNER JOIN staging.number ON number.number <= parameter.promotion_days
),

day_price AS (
    SELECT
        day.week,
        day.model_id,
        period.kind,
        period.usd,
        first_value(period.usd) OVER (
            PARTITION BY day.week, day.model_id, period.kind ORDER BY day.day DESC
        ) AS listed_usd,
        count(*) OVER (PARTITION BY day.week, day.model_id, period.kind) AS days,
        row_number() OVER (PARTITION BY day.week, day.model_id, period.kind ORDER BY period.usd) AS place
    FROM day
    INNER JOIN period
        ON
            day.model_id = period.model_id
            AND day.day >= period.fetched_on
            AND day.day < period.ends_on
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

unsettled AS (
    SELECT
        listed.week,
        listed.model_id,
        count(DISTINCT vintage.fetched_at) AS changes
    FROM listed
    INNER JOIN vintage
        ON
            listed.model_id = vintage.model_id
            AND vintage.is_change
            AND listed.fetched_at >= vintage.fetched_at
            AND listed.fetched_at - INTERVAL 1 DAY < vintage.fetched_at
    GROUP BY listed.week, listed.model_id
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
        coalesce(unsettled.changes, 0) AS changes_in_a_day
    FROM listed
    LEFT JOIN promotion ON listed.week = promotion.week AND listed.model_id = promotion.model_id
    LEFT JOIN unsettled ON listed.week = unsettled.week AND listed.model_id = unsettled.model_id
)

SELECT * FROM final
