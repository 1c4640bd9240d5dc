/*
---
description: >-
  What stands behind each workload's route, as data: what was considered, how far the pick is ahead, what
  would change it, how sure it is, and what is not known. pipelines/words says it as a paragraph.
grain: week × workload
unique: [week, workload]
columns:
  week:
  workload:
  model_id: VARCHAR | - | The primary; NULL if no model can carry the work
  escalation_model_id: VARCHAR | - | Where a noticed failure goes; NULL without
  models_offered: BIGINT NOT NULL | models | Standard models on offer
  candidates: BIGINT NOT NULL | models | Those that pass every rule
  choices: BIGINT NOT NULL | choices | Pairs of primary and escalation that candidates form
  feasible_choices: BIGINT NOT NULL | choices | Those that reach the floor at the lower bound
  quality_floor: DOUBLE | fraction or points | The floor; NULL is none
  quality_low: DOUBLE | fraction or points | What the pick reaches at the lower bound
  route_success_low: DOUBLE | fraction | The same as a success; NULL without benchmarks
  floor_probability:
  cost_per_task_usd: DOUBLE | USD | Of a task, by the primary alone
  expected_cost_usd: DOUBLE | USD | Of a task, escalation included
  cost_p10: DOUBLE
  cost_p90: DOUBLE
  best_share: DOUBLE | fraction | Draws in which no other primary is cheaper
  runner_up_model_id: VARCHAR | - | The next primary in the order of preference
  runner_up_distance: DOUBLE | fraction | By how much its choice costs more; below zero it costs less
  breakeven_price_rise: DOUBLE | fraction | Rise of the primary's prices at which another is cheaper
  breakeven_cache_hit: DOUBLE | fraction | Cached part of the replay at which another is cheaper, the nearest
  breakeven_floor_up: DOUBLE | fraction or points | Highest floor that the pick still reaches
  breakeven_floor_down: DOUBLE | fraction or points | Floor at which a choice of a cheaper step would reach it
  weeks_adopted: BIGINT
  momentum: DOUBLE | fraction | Growth of the primary's tokens; NULL is unknown
  binding_constraint: VARCHAR | - | Code of what keeps the workload empty; NULL where it is filled
  last_rule: VARCHAR | - | Last rule, in their order, that kept a model out
  best_achievable: DOUBLE | fraction or points | Best quality at the lower bound of any choice; NULL is none
  latency_is_unknown: BOOLEAN NOT NULL | - | Whether latency and uptime of a candidate are not known
  top_ten_without_evidence: BIGINT NOT NULL | models | Of the week's top ten, kept out for want of evidence
  admitting_tasks: BIGINT | tasks | Own tasks, all passed, that make up for missing evidence; NULL is none
accepted:
  binding_constraint: [no_candidate, one_candidate, quality_floor]
checks:
  an empty workload says why: (model_id IS NULL) = (binding_constraint IS NOT NULL)
  a pick reaches its floor: model_id IS NULL OR coalesce(quality_low >= quality_floor, TRUE)
---
*/
WITH considered AS (
    SELECT
        week,
        workload,
        count(*) AS models_offered,
        count(*) FILTER (WHERE rejected_because IS NULL) AS candidates,
        coalesce(
            bool_or(latency_p99_seconds IS NULL) FILTER (WHERE rejected_because IS NULL), FALSE
        ) AS latency_is_unknown,
        count(*) FILTER (WHERE rank <= 10 AND rejected_because = 'no_quality_evidence')
            AS top_ten_without_evidence
    FROM marts.routing_candidate
    GROUP BY week, workload
),

last_rule AS (
    SELECT
        week,
        workload,
        rule,
        row_number() OVER (PARTITION BY week, workload ORDER BY place DESC) AS age
    FROM marts.routing_rejection
    WHERE models > 0
),

enumerated AS (
    SELECT
        week,
        workload,
        count(*) AS choices,
        count(*) FILTER (WHERE is_feasible) AS feasible_choices,
        max(coalesce(success_low, capability_low)) AS best_achievable
    FROM marts.routing_option
    GROUP BY week, workload
),

pick AS (
    SELECT
        option.*,
        coalesce(option.success_low, option.capability_low) AS quality_low
    FROM core.route_decision AS decision
    INNER JOIN marts.routing_option AS option
        ON
            decision.week = option.week
            AND decision.workload = option.workload
            AND decision.model_id = option.model_id
            AND option.primary_preference = 1
),

pick_share AS (
    SELECT
        pick.week,
        pick.workload,
        sum(option.best_share) AS best_share
    FROM pick
    INNER JOIN marts.routing_option AS option
        ON
            pick.week = option.week
            AND pick.workload = option.workload
            AND pick.model_id = option.model_id
    GROUP BY pick.week, pick.workload
),

runner_up AS (
    SELECT
        option.week,
        option.workload,
        option.model_id,
        option.expected_cost_usd,
        row_number() OVER (PARTITION BY option.week, option.workload ORDER BY option.preference) AS place
    FROM marts.routing_option AS option
    INNER JOIN pick
        ON
            option.week = pick.week
            AND option.workload = pick.workload
            AND option.model_id <> pick.model_id
    WHERE option.preference IS NOT NULL
),

cheaper_below_floor AS (
    SELECT
        pick.week,
        pick.workload,
        max(coalesce(option.success_low, option.capability_low)) AS breakeven_floor_down
    FROM pick
    INNER JOIN marts.routing_option AS option
        ON
            pick.week = option.week
            AND pick.workload = option.workload
            AND pick.cost_bucket > option.cost_bucket
            AND NOT option.is_feasible
    GROUP BY pick.week, pick.workload
),

nearest_hit AS (
    SELECT
        rival.week,
        rival.workload,
        rival.cache_hit,
        row_number() OVER (
            PARTITION BY rival.week, rival.workload
            ORDER BY
                abs(rival.cache_hit - parameter.cache_hit),
                rival.rival_model_id,
                rival.rival_escalation_model_id
        ) AS place
    FROM core.route_rival AS rival
    CROSS JOIN core.parameter AS parameter
    WHERE rival.cache_hit IS NOT NULL
),

price_rise AS (
    SELECT
        week,
        workload,
        min(greatest(price_rise, 0)) AS price_rise
    FROM core.route_rival
    GROUP BY week, workload
),

-- Jeffreys' prior and n tasks passed: mean (n + 1/2) / (n + 1) of a Beta(n + 1/2, 1/2).
posterior AS (
    SELECT
        number.number AS tasks,
        (number.number + 0.5) / nullif(number.number + 1, 0) AS mean,
        sqrt(0.5 * (number.number + 0.5) / nullif(power(number.number + 1, 2) * (number.number + 2), 0))
            AS deviation
    FROM staging.number
),

admission AS (
    SELECT
        workload.workload,
        min(posterior.tasks) AS tasks
    FROM staging.workload
    CROSS JOIN core.parameter AS parameter
    INNER JOIN posterior
        ON posterior.mean - parameter.lower_bound_z * posterior.deviation >= workload.quality_floor
    GROUP BY workload.workload
),

final AS (
    SELECT
        considered.week,
        considered.workload,
        pick.model_id,
        nullif(pick.escalation_model_id, '') AS escalation_model_id,
        considered.models_offered,
        considered.candidates,
        coalesce(enumerated.choices, 0) AS choices,
        coalesce(enumerated.feasible_choices, 0) AS feasible_choices,
        coalesce(workload.quality_floor, workload.index_floor) AS quality_floor,
        pick.quality_low,
        pick.success_low AS route_success_low,
        pick.floor_probability,
        pick.cost_per_task_usd,
        pick.expected_cost_usd,
        pick.cost_p10,
        pick.cost_p90,
        pick_share.best_share,
        runner_up.model_id AS runner_up_model_id,
        runner_up.expected_cost_usd / nullif(pick.expected_cost_usd, 0) - 1 AS runner_up_distance,
        price_rise.price_rise AS breakeven_price_rise,
        nearest_hit.cache_hit AS breakeven_cache_hit,
        pick.quality_low AS breakeven_floor_up,
        cheaper_below_floor.breakeven_floor_down,
        pick.weeks_adopted,
        pick.momentum,
        CASE
            WHEN pick.model_id IS NOT NULL THEN NULL
            WHEN considered.candidates = 0 THEN 'no_candidate'
            WHEN enumerated.choices IS NULL THEN 'one_candidate'
            ELSE 'quality_floor'
        END AS binding_constraint,
        last_rule.rule AS last_rule,
        enumerated.best_achievable,
        considered.latency_is_unknown,
        considered.top_ten_without_evidence,
        admission.tasks AS admitting_tasks
    FROM considered
    INNER JOIN staging.workload ON considered.workload = workload.workload
    LEFT JOIN admission ON considered.workload = admission.workload
    LEFT JOIN last_rule
        ON considered.week = last_rule.week AND considered.workload = last_rule.workload AND last_rule.age = 1
    LEFT JOIN enumerated ON considered.week = enumerated.week AND considered.workload = enumerated.workload
    LEFT JOIN pick ON considered.week = pick.week AND considered.workload = pick.workload
    LEFT JOIN pick_share ON considered.week = pick_share.week AND considered.workload = pick_share.workload
    LEFT JOIN runner_up
        ON
            considered.week = runner_up.week
            AND considered.workload = runner_up.workload
            AND runner_up.place = 1
    LEFT JOIN price_rise ON considered.week = price_rise.week AND considered.workload = price_rise.workload
    LEFT JOIN nearest_hit
        ON
            considered.week = nearest_hit.week
            AND considered.workload = nearest_hit.workload
            AND nearest_hit.place = 1
    LEFT JOIN cheaper_below_floor
        ON
            considered.week = cheaper_below_floor.week
            AND considered.workload = cheaper_below_floor.workload
)

SELECT * FROM final
