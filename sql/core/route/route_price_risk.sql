/*
---
description: >-
  How often and how far the price of a task moved from one week to the next in the last 26 weeks, over all
  workloads and priced models; the bands of routes and forecasts are as wide as that.
grain: week
unique: [week]
columns:
  week:
  changes_known: BIGINT NOT NULL | changes | Pairs of a week and the week before that were compared
  rise_share: DOUBLE NOT NULL | fraction | Those in which the price rose
  rise_log: DOUBLE NOT NULL | log | Root mean square of the rises
  fall_share: DOUBLE NOT NULL | fraction | Those in which it fell
  fall_log: DOUBLE NOT NULL | log | Root mean square of the falls
checks:
  shares are fractions: rise_share >= 0 AND fall_share >= 0 AND rise_share + fall_share <= 1
---
*/
WITH cost AS (
    SELECT
        verdict.week,
        verdict.workload,
        verdict.model_id,
        cost.cost_per_task_usd AS usd
    FROM core.route_cost AS cost
    INNER JOIN core.route_verdict AS verdict
        ON
            cost.week = verdict.week
            AND cost.workload = verdict.workload
            AND cost.model_id = verdict.model_id
            AND verdict.prices_of_week
    WHERE cost.cost_per_task_usd > 0
),

change AS (
    SELECT
        now.week,
        ln(now.usd / nullif(before.usd, 0)) AS log_change
    FROM cost AS now
    INNER JOIN cost AS before
        ON
            before.week = cast(now.week - INTERVAL 7 DAY AS DATE)
            AND now.workload = before.workload
            AND now.model_id = before.model_id
),

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
weekly AS (
    SELECT
        week,
        count(*) AS changes,
        count(*) FILTER (WHERE log_change > 0.000001) AS rises,
        count(*) FILTER (WHERE log_change < -0.000001) AS falls,
        sum(cast(log_change * log_change AS DECIMAL(18, 9))) FILTER (WHERE log_change > 0.000001)
            AS rise_squares,
        sum(cast(log_change * log_change AS DECIMAL(18, 9))) FILTER (WHERE log_change < -0.000001)
            AS fall_squares
    FROM change
    GROUP BY week
),

summed AS (
    SELECT
        routed.week,
        coalesce(sum(weekly.changes), 0) AS changes,
        coalesce(sum(weekly.rises), 0) AS rises,
        coalesce(sum(weekly.falls), 0) AS falls,
        coalesce(sum(weekly.rise_squares), 0) AS rise_squares,
        coalesce(sum(weekly.fall_squares), 0) AS fall_squares
    FROM (SELECT DISTINCT week FROM core.route_verdict) AS routed
    CROSS JOIN core.parameter AS parameter
    LEFT JOIN weekly
        ON
            routed.week >= weekly.week
            AND cast(routed.week - INTERVAL 7 DAY * cast(parameter.price_risk_weeks AS INTEGER) AS DATE)
            < weekly.week
    GROUP BY routed.week
)

SELECT
    week,
    cast(changes AS BIGINT) AS changes_known,
    coalesce(cast(rises AS DOUBLE) / nullif(changes, 0), 0) AS rise_share,
    coalesce(sqrt(cast(rise_squares AS DOUBLE) / nullif(rises, 0)), 0) AS rise_log,
    coalesce(cast(falls AS DOUBLE) / nullif(changes, 0), 0) AS fall_share,
    coalesce(sqrt(cast(fall_squares AS DOUBLE) / nullif(falls, 0)), 0) AS fall_log
FROM summed
