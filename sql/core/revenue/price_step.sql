/*
---
description: >-
  The prices that a model had in a week, in order. Each was in force from some instant between the last
  catalogue with the price before it and the first with its own. Days count from the week's Monday, 00:00
  UTC, and may be outside the week. Before its first listing a model has its first price.
grain: week × model_permaslug × step
unique: [week, model_permaslug, step]
columns:
  week:
  model_permaslug:
  step: BIGINT NOT NULL | place | Order of the price in the week, from 1
  seen_at: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | First catalogue with the price
  changed_after: DOUBLE | days | Last catalogue with the price before; NULL for the first price
  changed_before: DOUBLE | days | seen_at; NULL for the first price
  replaced_at: TIMESTAMP WITH TIME ZONE | UTC | First catalogue with the next price; NULL for the last price
  replaced_after: DOUBLE | days | Last catalogue with this price; NULL for the last price
  replaced_before: DOUBLE | days | replaced_at; NULL for the last price
  prompt_price: DOUBLE NOT NULL
  completion_price: DOUBLE NOT NULL
  cache_read_price:
checks:
  a change is between two catalogues: changed_after IS NULL OR changed_after < changed_before
---
*/
WITH listed AS (
    SELECT
        model_week.week,
        model_week.model_permaslug,
        price.fetched_at,
        cast(epoch(price.fetched_at) - epoch(cast(model_week.week AS TIMESTAMP)) AS DOUBLE) / 86400
            AS fetched_day,
        price.prompt_price,
        price.completion_price,
        price.cache_read_price,
        row_number() OVER (
            PARTITION BY model_week.week, model_week.model_permaslug, price.fetched_at
            ORDER BY price.model_id
        ) AS place
    FROM core.model_week
    INNER JOIN core.week_catalogue ON model_week.week = week_catalogue.week
    INNER JOIN staging.price_vintage AS price
        ON
            week_catalogue.fetched_at = price.fetched_at
            AND model_week.model_permaslug = price.model_permaslug
    WHERE
        model_week.tokens IS NOT NULL
        AND price.prompt_price IS NOT NULL
        AND price.completion_price IS NOT NULL
),

-- If several ids offer one name, the first by name counts.
compared AS (
    SELECT
        *,
        lag(fetched_day) OVER (PARTITION BY week, model_permaslug ORDER BY fetched_at) AS previous_day,
        lag(prompt_price) OVER (PARTITION BY week, model_permaslug ORDER BY fetched_at) AS previous_prompt,
        lag(completion_price)
            OVER (PARTITION BY week, model_permaslug ORDER BY fetched_at)
            AS previous_completion,
        lag(cache_read_price)
            OVER (PARTITION BY week, model_permaslug ORDER BY fetched_at)
            AS previous_cache_read
    FROM listed
    WHERE place = 1
),

changed AS (
    SELECT
        *,
        CASE WHEN previous_day IS NOT NULL THEN fetched_day END AS changed_before
    FROM compared
    WHERE
        previous_day IS NULL
        OR prompt_price <> previous_prompt
        OR completion_price <> previous_completion
        OR coalesce(cache_read_price, -1) <> coalesce(previous_cache_read, -1)
),

final AS (
    SELECT
        week,
        model_permaslug,
        row_number() OVER (PARTITION BY week, model_permaslug ORDER BY fetched_at) AS step,
        fetched_at AS seen_at,
        previous_day AS changed_after,
        changed_before,
        lead(fetched_at) OVER (PARTITION BY week, model_permaslug ORDER BY fetched_at) AS replaced_at,
        lead(previous_day) OVER (PARTITION BY week, model_permaslug ORDER BY fetched_at) AS replaced_after,
        lead(changed_before) OVER (PARTITION BY week, model_permaslug ORDER BY fetched_at) AS replaced_before,
        prompt_price,
        completion_price,
        cache_read_price
    FROM changed
)

SELECT * FROM final
