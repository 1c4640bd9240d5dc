/*
---
description: >-
  What each way of choosing would have cost in the week after: decided with the rows and catalogues of
  a week, paid at the prices of the next. Success is predicted, not executed; in weeks before the first
  day of the index the scores are from after the decision.
grain: week × workload × strategy
unique: [week, workload, strategy]
columns:
  week:
  paid_week: DATE NOT NULL | Monday | The week after, whose prices are paid
  workload:
  strategy: VARCHAR NOT NULL | - | How the choice was made
  model_id: VARCHAR NOT NULL | - | The primary
  escalation_model_id:
  is_switch: BOOLEAN NOT NULL | - | Whether the week before had another primary
  cost_per_task_usd: DOUBLE | USD | What a task costs in the week after; NULL if no candidate then
  success: DOUBLE | fraction | Predicted success in the week after; NULL without evidence or benchmarks
  floor_is_kept: BOOLEAN | - | Whether the floor is reached at the lower bound then; NULL is unknown
  regret: DOUBLE | fraction | Cost over that of the best choice then; below zero only by missing the floor
  quality_lookahead: BOOLEAN NOT NULL | - | Whether the scores are from after the decision
accepted:
  strategy:
    - routing_table
    - best_each_week
    - static_pin
    - most_expensive
    - best_score
    - cheapest
    - cheapest_alone
    - most_tokens
---
*/
WITH routed_week AS (
    SELECT
        week,
        min(week) OVER () AS first_week,
        cast(week + INTERVAL 7 DAY AS DATE) AS paid_week
    FROM core.route_offer
    WHERE prices_of_week
    GROUP BY week
),

candidate AS (
    SELECT
        week,
        workload,
        model_id,
        row_number() OVER (PARTITION BY week, workload ORDER BY cost_per_task_usd DESC, model_id) AS dearest,
        row_number() OVER (PARTITION BY week, workload ORDER BY cost_per_task_usd, model_id) AS cheapest,
        row_number() OVER (
            PARTITION BY week, workload
            ORDER BY coalesce(success_low, capability_low) DESC NULLS LAST, cost_per_task_usd, model_id
        ) AS best
    FROM marts.routing_candidate
    WHERE rejected_because IS NULL AND cost_per_task_usd IS NOT NULL
),

priced AS (
    SELECT
        week,
        workload,
        model_id,
        row_number() OVER (PARTITION BY week, workload ORDER BY tokens DESC NULLS LAST, model_id) AS most_used
    FROM marts.routing_candidate
    WHERE cost_per_task_usd IS NOT NULL
),

reaching AS (
    SELECT
        week,
        workload,
        model_id,
        row_number() OVER (PARTITION BY week, workload ORDER BY cost_per_task_usd, model_id) AS cheapest
    FROM core.route_choice
    WHERE escalation_model_id = '' AND reaches_floor
),

choice AS (
    SELECT
        week,
        workload,
        'routing_table' AS strategy,
        model_id,
        escalation_model_id
    FROM core.route_decision
    UNION ALL
    SELECT
        week,
        workload,
        'best_each_week' AS strategy,
        model_id,
        escalation_model_id
    FROM marts.routing_option
    WHERE preference = 1
    UNION ALL
    SELECT
        routed_week.week,
        decision.workload,
        'static_pin' AS strategy,
        decision.model_id,
        decision.escalation_model_id
    FROM routed_week
    INNER JOIN core.route_decision AS decision ON routed_week.first_week = decision.week
    UNION ALL
    SELECT
        week,
        workload,
        'most_expensive' AS strategy,
        model_id,
        '' AS escalation_model_id
    FROM candidate
    WHERE dearest = 1
    UNION ALL
    SELECT
        week,
        workload,
        'best_score' AS strategy,
        model_id,
        '' AS escalation_model_id
    FROM candidate
    WHERE best = 1
    UNION ALL
    SELECT
        week,
        workload,
        'cheapest' AS strategy,
        model_id,
        '' AS escalation_model_id
    FROM candidate
    WHERE cheapest = 1
    UNION ALL
    SELECT
        week,
        workload,
        'cheapest_alone' AS strategy,
        model_id,
        '' AS escalation_model_id
    FROM reaching
    WHERE cheapest = 1
    UNION ALL
    SELECT
        week,
        workload,
        'most_tokens' AS strategy,
        model_id,
        '' AS escalation_model_id
    FROM priced
    WHERE most_used = 1
),

paid AS (
    SELECT
        choice.week,
        routed_week.paid_week,
        choice.workload,
        choice.strategy,
        choice.model_id,
        choice.escalation_model_id,
        coalesce(
            lag(choice.model_id) OVER (PARTITION BY choice.workload, choice.strategy ORDER BY choice.week)
            <> choice.model_id, FALSE
        ) AS is_switch,
        workload.has_benchmarks,
        floor.quality_floor,
        CASE
            WHEN choice.escalation_model_id = '' THEN alone.cost_per_task_usd ELSE pair.expected_cost_usd
        END AS cost_per_task_usd,
        CASE WHEN choice.escalation_model_id = '' THEN alone.success ELSE pair.success END AS success,
        CASE WHEN choice.escalation_model_id = '' THEN alone.success_low ELSE pair.success_low END
            AS success_low,
        alone.capability_low
    FROM choice
    INNER JOIN routed_week ON choice.week = routed_week.week
    INNER JOIN staging.workload ON choice.workload = workload.workload
    LEFT JOIN core.route_floor AS floor
        ON routed_week.paid_week = floor.week AND choice.workload = floor.workload
    LEFT JOIN marts.routing_candidate AS alone
        ON
            routed_week.paid_week = alone.week
            AND choice.workload = alone.workload
            AND choice.model_id = alone.model_id
    LEFT JOIN marts.routing_option AS pair
        ON
            routed_week.paid_week = pair.week
            AND choice.workload = pair.workload
            AND choice.model_id = pair.model_id
            AND choice.escalation_model_id = pair.escalation_model_id
),

final AS (
    SELECT
        paid.week,
        paid.paid_week,
        paid.workload,
        paid.strategy,
        paid.model_id,
        paid.escalation_model_id,
        paid.is_switch,
        paid.cost_per_task_usd,
        paid.success,
        CASE
            WHEN paid.cost_per_task_usd IS NULL THEN NULL
            WHEN judged.is_inferred THEN judged.reaches_floor
            WHEN paid.has_benchmarks THEN paid.success_low >= paid.quality_floor
            ELSE paid.capability_low >= paid.quality_floor
        END AS floor_is_kept,
        paid.cost_per_task_usd / nullif(best.expected_cost_usd, 0) - 1 AS regret,
        evidence_week.is_lookahead AS quality_lookahead
    FROM paid
    INNER JOIN core.evidence_week ON paid.week = evidence_week.week
    LEFT JOIN core.route_choice AS judged
        ON
            paid.paid_week = judged.week
            AND paid.workload = judged.workload
            AND paid.model_id = judged.model_id
            AND paid.escalation_model_id = judged.escalation_model_id
    INNER JOIN routed_week ON paid.paid_week = routed_week.week
    LEFT JOIN marts.routing_option AS best
        ON
            paid.paid_week = best.week
            AND paid.workload = best.workload
            AND best.preference = 1
)

SELECT * FROM final
