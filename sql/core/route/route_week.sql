/*
---
description: >-
  The weeks for which routes are chosen, the complete ones of the newest year, and the week whose
  catalogue has their prices.
grain: week
unique: [week]
columns:
  week:
  decided_on:
  previous_week:
  price_week:
checks:
  prices are of the week or of a later one: price_week >= week
---
*/
WITH complete_week AS (
    SELECT
        week,
        cast(week + INTERVAL 7 DAY AS DATE) AS decided_on,
        previous_week,
        max(week) OVER () AS newest_week
    FROM core.week
    WHERE is_complete AND source = 'daily_rows'
),

routed_week AS (
    SELECT *
    FROM complete_week
    WHERE week > cast(newest_week - INTERVAL 364 DAY AS DATE)
),

catalogue_week AS (
    SELECT DISTINCT week
    FROM staging.catalogue
),

-- A past week that was snapshotted late has no catalogue of its own; the next one after it is
-- what a route can be bought at, and the row says so.
final AS (
    SELECT
        routed_week.week,
        routed_week.decided_on,
        routed_week.previous_week,
        min(catalogue_week.week) AS price_week
    FROM routed_week
    INNER JOIN catalogue_week ON routed_week.week <= catalogue_week.week
    GROUP BY routed_week.week, routed_week.decided_on, routed_week.previous_week
)

SELECT * FROM final
