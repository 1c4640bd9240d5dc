/*
---
description: >-
  The list prices of every model in the periods of claims of prices, with bounds. The price of a day is
  that of the newest catalogue fetched by its end, and until the next one it may already have changed: so
  every catalogue counts from the newest of the first day to the first after the last day, up to 14 days
  away. A period that is not over has no price.
grain: first_day × last_day × model_permaslug × scope
unique: [first_day, last_day, model_permaslug, scope]
columns:
  first_day: DATE NOT NULL
  last_day: DATE NOT NULL
  model_permaslug:
  scope: VARCHAR NOT NULL | - | Which price
  width:
  usd: DOUBLE NOT NULL | USD per million tokens | The price of the week in which the period ends
  usd_low: DOUBLE NOT NULL | USD per million tokens | The lowest price that counts
  usd_high: DOUBLE NOT NULL | USD per million tokens | The highest price that counts
accepted:
  scope: [blended_price, prompt_price, completion_price, cache_read_price]
---
*/
WITH span AS (
    SELECT
        first_day,
        last_day
    FROM staging.claim
    WHERE needs = 'prices'
    UNION
    SELECT
        base_first_day AS first_day,
        base_last_day AS last_day
    FROM staging.claim
    WHERE needs = 'prices' AND base_first_day IS NOT NULL
),

newest AS (
    SELECT cast(max(week) + INTERVAL 6 DAY AS DATE) AS last_day FROM core.week
),

fetched AS (
    SELECT DISTINCT fetched_at FROM staging.price_vintage
),

fetch_day AS (
    SELECT
        fetched_at,
        cast(fetched_at AT TIME ZONE 'UTC' AS DATE) AS fetched_on
    FROM fetched
),

counted AS (
    SELECT
        span.first_day,
        span.last_day,
        max(fetch_day.fetched_on) FILTER (WHERE fetch_day.fetched_on <= span.first_day) AS from_day,
        min(fetch_day.fetched_on) FILTER (WHERE fetch_day.fetched_on > span.last_day) AS to_day
    FROM span
    INNER JOIN newest ON span.last_day <= newest.last_day
    INNER JOIN fetch_day
        ON
            fetch_day.fetched_on >= span.first_day - INTERVAL 14 DAY
            AND fetch_day.fetched_on <= span.last_day + INTERVAL 14 DAY
    GROUP BY span.first_day, span.last_day
),

vintage AS (
    SELECT
        *,
        0.75 * prompt_price + 0.25 * completion_price AS blended_price
    FROM staging.price_vintage
),

scope AS (
    SELECT
        'blended_price' AS scope,
        1 AS width
    UNION ALL
    SELECT
        'prompt_price' AS scope,
        2 AS width
    UNION ALL
    SELECT
        'completion_price' AS scope,
        3 AS width
    UNION ALL
    SELECT
        'cache_read_price' AS scope,
        4 AS width
),

bounded AS (
    SELECT
        counted.first_day,
        counted.last_day,
        vintage.model_permaslug,
        scope.scope,
        scope.width,
        min(CASE scope.scope
            WHEN 'blended_price' THEN vintage.blended_price
            WHEN 'prompt_price' THEN vintage.prompt_price
            WHEN 'completion_price' THEN vintage.completion_price
            ELSE vintage.cache_read_price
        END) AS usd_low,
        max(CASE scope.scope
            WHEN 'blended_price' THEN vintage.blended_price
            WHEN 'prompt_price' THEN vintage.prompt_price
            WHEN 'completion_price' THEN vintage.completion_price
            ELSE vintage.cache_read_price
        END) AS usd_high
    FROM counted
    INNER JOIN fetch_day
        ON
            fetch_day.fetched_on >= coalesce(counted.from_day, counted.first_day)
            AND fetch_day.fetched_on <= coalesce(counted.to_day, counted.last_day)
    INNER JOIN vintage ON fetch_day.fetched_at = vintage.fetched_at
    CROSS JOIN scope
    GROUP BY
        counted.first_day, counted.last_day, vintage.model_permaslug, scope.scope, scope.width
),

final AS (
    SELECT
        bounded.first_day,
        bounded.last_day,
        bounded.model_permaslug,
        bounded.scope,
        cast(bounded.width AS BIGINT) AS width,
        CASE bounded.scope
            WHEN 'blended_price' THEN 0.75 * list.prompt_price + 0.25 * list.completion_price
            WHEN 'prompt_price' THEN list.prompt_price
            WHEN 'completion_price' THEN list.completion_price
            ELSE list.cache_read_price
        END AS usd,
        bounded.usd_low,
        bounded.usd_high
    FROM bounded
    INNER JOIN core.list_price AS list
        ON
            cast(date_trunc('week', bounded.last_day) AS DATE) = list.week
            AND bounded.model_permaslug = list.model_permaslug
)

SELECT * FROM final WHERE usd IS NOT NULL AND usd_low IS NOT NULL
