/*
---
description: >-
  The forecast of a task next to what tasks really cost, by closed week and workload: the list price of one
  task by the route's primary, P10 to P90, times the tasks that were counted. Tokens per task and the price
  per million say which of the two moved it.
empty: Empty until own usage with labels in usage_workload.csv is imported and published.
grain: week × workload
unique: [week, workload]
private: true
columns:
  week:
  workload:
  tasks: BIGINT NOT NULL | tasks | Distinct tasks of the labels that belong to the workload
  low: DOUBLE | USD | Forecast for these tasks, P10; NULL without a route
  high: DOUBLE | USD | Forecast for these tasks, P90
  billed: DOUBLE | USD | What was billed for them
  billed_coverage: DOUBLE | fraction of tokens | Tokens with a bill
  inside: BOOLEAN | - | Whether the bill is within the forecast; NULL where tokens lack a bill or a forecast
  ratio: DOUBLE | × | billed over the forecast without chance, the list price of these tasks
  tokens_ratio: DOUBLE | × | Tokens per task over those of the forecast
  price_ratio: DOUBLE | × | Billed USD per million tokens over the forecast's; mix and price together
checks:
  the two ratios multiply to the whole: >-
    tokens_ratio IS NULL OR price_ratio IS NULL OR billed_coverage < 1
    OR abs(tokens_ratio * price_ratio - ratio) <= 1e-9 * ratio
---
*/
WITH task AS (
    SELECT
        usage_task.week,
        labelled.workload,
        cast(sum(usage_task.tasks) AS BIGINT) AS tasks
    FROM usage.usage_task
    INNER JOIN core.usage_role AS role
        ON
            usage_task.source = role.source
            AND usage_task.scope = role.scope
            AND role.counts
    INNER JOIN reference.usage_workload AS labelled
        ON usage_task.source = labelled.source AND usage_task.label = labelled.label
    GROUP BY usage_task.week, labelled.workload
),

used AS (
    SELECT
        week,
        workload,
        sum(tokens) AS tokens,
        coalesce(sum(tokens) FILTER (WHERE is_billed), 0) AS billed_tokens,
        cast(sum(cost_usd) FILTER (WHERE is_billed) AS DOUBLE) AS billed
    FROM core.usage_counted
    WHERE workload IS NOT NULL
    GROUP BY week, workload
),

forecast AS (
    SELECT
        route.week,
        route.workload,
        option.cost_p10,
        option.cost_p90,
        route.cost_per_task_usd,
        route.cost_per_million_usd
    FROM marts.routing_table AS route
    INNER JOIN marts.weekly_total AS total ON route.week = total.week AND total.is_complete
    LEFT JOIN marts.routing_option AS option
        ON
            route.week = option.week
            AND route.workload = option.workload
            AND route.model_id = option.model_id
            AND option.escalation_model_id = ''
    WHERE route.position = 0
),

final AS (
    SELECT
        task.week,
        task.workload,
        task.tasks,
        task.tasks * forecast.cost_p10 AS low,
        task.tasks * forecast.cost_p90 AS high,
        used.billed,
        cast(used.billed_tokens AS DOUBLE) / nullif(used.tokens, 0) AS billed_coverage,
        CASE
            WHEN used.billed_tokens = used.tokens
                THEN used.billed BETWEEN task.tasks * forecast.cost_p10 AND task.tasks * forecast.cost_p90
        END AS inside,
        used.billed / nullif(task.tasks * forecast.cost_per_task_usd, 0) AS ratio,
        used.tokens * forecast.cost_per_million_usd
        / nullif(1000000 * task.tasks * forecast.cost_per_task_usd, 0) AS tokens_ratio,
        1000000 * used.billed / nullif(used.billed_tokens * forecast.cost_per_million_usd, 0) AS price_ratio
    FROM task
    INNER JOIN used ON task.week = used.week AND task.workload = used.workload
    LEFT JOIN forecast ON task.week = forecast.week AND task.workload = forecast.workload
    WHERE used.tokens > 0
)

SELECT * FROM final
