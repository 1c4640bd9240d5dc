/*
---
description: >-
  The choices that may be made, in the order of preference: the cheaper step; inside a step the
  likelier to reach the floor, then the lower P90 of cost, then adoption, momentum and the name.
grain: week × workload × preference
unique: [week, workload, preference]
columns:
  week:
  workload:
  preference: BIGINT NOT NULL | place | 1 is the best choice of all
  model_id: VARCHAR NOT NULL | - | The primary
  escalation_model_id:
  primary_preference:
  vendor: VARCHAR NOT NULL | - | The primary's vendor
  bloc: VARCHAR NOT NULL | - | Where the primary's developer has its headquarters
  cost_per_task_usd:
  escalation_cost_usd:
  escalation_probability:
  expected_cost_usd:
  compared_cost_usd:
  primary_compared_usd:
  cost_bucket:
  cost_p10:
  cost_p90:
  success: DOUBLE | fraction | Predicted success of the choice; NULL without benchmarks
  success_low: DOUBLE | fraction | The same with both at their lower bound
  floor_probability:
  best_share:
checks:
  a better place is never in a dearer step: >-
    SELECT better.week FROM core.route_option AS better INNER JOIN core.route_option AS worse
        ON better.week = worse.week AND better.workload = worse.workload
        AND better.preference + 1 = worse.preference AND better.cost_bucket > worse.cost_bucket
---
*/
-- pipelines/models/python/route_breakevens.py makes the choice again in this order.
WITH ordered AS (
    SELECT
        choice.*,
        draw.cost_p10,
        draw.cost_p90,
        draw.floor_probability,
        draw.best_share,
        row_number() OVER (
            PARTITION BY choice.week, choice.workload
            ORDER BY
                choice.cost_bucket,
                coalesce(draw.floor_probability, 0) DESC,
                draw.cost_p90,
                choice.weeks_adopted DESC,
                coalesce(choice.momentum, -1) DESC,
                choice.model_id,
                choice.escalation_model_id
        ) AS preference
    FROM core.route_draw AS draw
    INNER JOIN core.route_choice AS choice
        ON
            draw.week = choice.week
            AND draw.workload = choice.workload
            AND draw.model_id = choice.model_id
            AND draw.escalation_model_id = choice.escalation_model_id
),

final AS (
    SELECT
        week,
        workload,
        preference,
        model_id,
        escalation_model_id,
        row_number() OVER (PARTITION BY week, workload, model_id ORDER BY preference) AS primary_preference,
        vendor,
        bloc,
        cost_per_task_usd,
        escalation_cost_usd,
        escalation_probability,
        expected_cost_usd,
        compared_cost_usd,
        primary_compared_usd,
        cost_bucket,
        cost_p10,
        cost_p90,
        success,
        success_low,
        floor_probability,
        best_share
    FROM ordered
)

SELECT * FROM final
