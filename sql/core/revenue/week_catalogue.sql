/*
---
description: >-
  The catalogues that price a week: those fetched from its Monday to the Tuesday after it, the last one
  before it, and where only one or none was fetched the first one after it, each at most 14 days away.
grain: week × fetched_at
unique: [week, fetched_at]
columns:
  week:
  fetched_at:
---
*/
WITH fetched AS (
    SELECT DISTINCT fetched_at FROM staging.price_vintage
),

instant AS (
    SELECT
        fetched_at,
        cast(fetched_at AS DATE) AS fetched_on
    FROM fetched
),

near AS (
    SELECT
        week.week,
        instant.fetched_at,
        CASE
            WHEN instant.fetched_on < week.week THEN 'before'
            WHEN instant.fetched_on <= cast(week.week + INTERVAL 8 DAY AS DATE) THEN 'during'
            ELSE 'after'
        END AS place
    FROM core.week
    INNER JOIN instant
        ON
            instant.fetched_on >= cast(week.week - INTERVAL 14 DAY AS DATE)
            AND instant.fetched_on <= cast(week.week + INTERVAL 20 DAY AS DATE)
    WHERE week.source = 'daily_rows'
),

numbered AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY week, place ORDER BY fetched_at) AS from_first,
        row_number() OVER (PARTITION BY week, place ORDER BY fetched_at DESC) AS from_last,
        sum(CASE WHEN place = 'during' THEN 1 ELSE 0 END) OVER (PARTITION BY week) AS during
    FROM near
),

final AS (
    SELECT
        week,
        fetched_at
    FROM numbered
    WHERE
        place = 'during'
        OR (place = 'before' AND from_last = 1)
        OR (place = 'after' AND from_first = 1 AND during <= 1)
)

SELECT * FROM final
