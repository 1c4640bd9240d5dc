/*
---
description: >-
  What stands behind each workload's route, as data: what was considered, how far the pick is ahead, what
  would change it, how sure it is, and what is not known and what it rests on.
  pipelines/words says it in five lines. What is inferred from third-party scores has no numbers.
grain: week × workload
unique: [week, workload]
columns:
  week:
  workload:
  model_id: VARCHAR | - | The primary; NULL if no model can carry the work
  escalation_model_id: VARCHAR | - | Where a noticed failure goes; NULL without
  models_offered: BIGINT NOT NULL | models | Standard models that are still listed
  candidates: BIGINT NOT NULL | models | Those that pass every rule
  index_candidates:
  inferred_candidates:
  own_candidates:
  index_token_share:
  inferred_token_share:
  own_token_share:
  unknown_token_share:
  index_on:
  index_age_days:
  choices: BIGINT NOT NULL | choices | Models alone, and pairs where the caller escalates
  feasible_choices: BIGINT NOT NULL | choices | Those that reach the floor at the lower bound
  evidence: VARCHAR | - | Kind of evidence for the primary's quality; NULL without a primary
  quality_floor:
  quality_low:
  route_success_low: DOUBLE | fraction | The same as a success; NULL without benchmarks
  floor_probability:
  cost_per_task_usd: DOUBLE | USD | Of a task, by the primary alone
  expected_cost_usd: DOUBLE | USD | Of a task, escalation included
  cost_p10: DOUBLE
  cost_p90: DOUBLE
  best_share: DOUBLE
  runner_up_model_id: VARCHAR | - | The next primary in the order of preference
  runner_up_evidence: VARCHAR | - | Kind of evidence for its quality; NULL without one
  runner_up_distance: DOUBLE | fraction | By how much its choice costs more; below zero it costs less
  breakeven_price_rise: DOUBLE | fraction | Rise of its prices at which the choice changes; NULL is none
  breakeven_cache_hit: DOUBLE | fraction | Nearest cached part of the replay at which it changes; NULL is none
  breakeven_floor_up: DOUBLE | fraction or points | Highest floor with the same choice
  breakeven_floor_down: DOUBLE | fraction or points | Highest lower one with another choice; NULL if unknown
  caller_model_id: VARCHAR | - | Primary of the cheapest pair that costs less than the pick; NULL is none
  caller_escalation_model_id: VARCHAR | - | Its escalation, which the gateway does not make and a caller could
  caller_cost_usd: DOUBLE | USD | Expected list price of a task on that pair
  price_rise_share: DOUBLE NOT NULL | fraction | Weekly prices of a task that rose, of those the bands rest on
  price_rise_log: DOUBLE NOT NULL | log | Root mean square of those rises
  price_fall_share: DOUBLE NOT NULL | fraction | Weekly prices of a task that fell, of those the bands rest on
  price_fall_log: DOUBLE NOT NULL | log | Root mean square of those falls
  weeks_adopted: BIGINT
  momentum: DOUBLE | fraction | Growth of the primary's tokens; NULL is unknown
  binding_constraint: VARCHAR | - | Code of what keeps the workload empty; NULL where it is filled
  last_rule: VARCHAR | - | Last rule, in their order, that kept a model out
  best_achievable: DOUBLE | fraction or points | Best lower bound of a choice; NULL if that of one is unknown
  latency_is_unknown: BOOLEAN NOT NULL | - | Whether latency and uptime of a candidate are not known
  top_ten_without_evidence: BIGINT NOT NULL | models | Of the week's top ten, kept out for want of evidence
  evaluation_model_id: VARCHAR | - | Model whose evaluation is likeliest to save money; NULL is none
  evaluation_tasks: BIGINT | tasks | Own tasks, all passed, that would admit it
  evaluation_usd:
  evaluation_saving_usd: DOUBLE | USD | What a month at the workload's volume would then save
accepted:
  binding_constraint: [no_candidate, quality_floor]
checks:
  an empty workload says why: (model_id IS NULL) = (binding_constraint IS NOT NULL)
  a pick reaches its floor: model_id IS NULL OR coalesce(quality_low >= quality_floor, TRUE)
---
*/
WITH considered AS (
    SELECT
        week,
        workload,
        count(*) FILTER (WHERE coalesce(rejected_because, '') <> 'no_longer_listed') AS models_offered,
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
        CASE WHEN count(quality_low) = count(*) THEN max(quality_low) END AS best_achievable,
        bool_or(quality_low IS NULL AND NOT is_feasible) AS hides_lower_choice
    FROM marts.routing_option
    GROUP BY week, workload
),

pick AS (
    SELECT option.*
    FROM core.route_decision AS decision
    INNER JOIN marts.routing_option AS option
        ON
            decision.week = option.week
            AND decision.workload = option.workload
            AND decision.model_id = option.model_id
            AND option.primary_preference = 1
),

runner_up AS (
    SELECT
        option.week,
        option.workload,
        option.model_id,
        option.compared_cost_usd,
        row_number() OVER (PARTITION BY option.week, option.workload ORDER BY option.preference) AS place
    FROM marts.routing_option AS option
    INNER JOIN pick
        ON
            option.week = pick.week
            AND option.workload = pick.workload
            AND option.model_id <> pick.model_id
    WHERE option.preference IS NOT NULL
),

-- What a caller that escalates would save: the cheapest pair that reaches the floor and raises success,
-- where the workload has no such caller yet.
escalated AS (
    SELECT
        choice.week,
        choice.workload,
        choice.model_id,
        choice.escalation_model_id,
        choice.expected_cost_usd,
        row_number() OVER (
            PARTITION BY choice.week, choice.workload
            ORDER BY choice.compared_cost_usd, choice.model_id, choice.escalation_model_id
        ) AS place
    FROM core.route_choice AS choice
    LEFT JOIN pick ON choice.week = pick.week AND choice.workload = pick.workload
    WHERE
        NOT choice.is_open
        AND choice.raises_success
        AND choice.reaches_floor
        AND (
            pick.model_id IS NULL
            OR (
                choice.compared_cost_usd < pick.compared_cost_usd
                AND choice.expected_cost_usd < pick.expected_cost_usd
            )
        )
),

floor AS (
    SELECT
        considered.week,
        considered.workload,
        coalesce(floor.quality_floor, workload.quality_floor, workload.index_floor) AS quality_floor
    FROM considered
    INNER JOIN staging.workload ON considered.workload = workload.workload
    LEFT JOIN core.route_floor AS floor
        ON considered.week = floor.week AND considered.workload = floor.workload
),

final AS (
    SELECT
        considered.week,
        considered.workload,
        pick.model_id,
        nullif(pick.escalation_model_id, '') AS escalation_model_id,
        considered.models_offered,
        considered.candidates,
        reach.index_candidates,
        reach.inferred_candidates,
        reach.own_candidates,
        reach.index_token_share,
        reach.inferred_token_share,
        reach.own_token_share,
        reach.unknown_token_share,
        reach.index_on,
        reach.index_age_days,
        coalesce(enumerated.choices, 0) AS choices,
        coalesce(enumerated.feasible_choices, 0) AS feasible_choices,
        picked.evidence,
        floor.quality_floor,
        pick.quality_low,
        pick.success_low AS route_success_low,
        pick.floor_probability,
        pick.cost_per_task_usd,
        pick.expected_cost_usd,
        pick.cost_p10,
        pick.cost_p90,
        pick.best_share,
        runner_up.model_id AS runner_up_model_id,
        rival.evidence AS runner_up_evidence,
        runner_up.compared_cost_usd / nullif(pick.compared_cost_usd, 0) - 1 AS runner_up_distance,
        breakeven.price_rise AS breakeven_price_rise,
        breakeven.cache_hit AS breakeven_cache_hit,
        breakeven.floor_up AS breakeven_floor_up,
        CASE WHEN NOT enumerated.hides_lower_choice THEN breakeven.floor_down END AS breakeven_floor_down,
        escalated.model_id AS caller_model_id,
        escalated.escalation_model_id AS caller_escalation_model_id,
        escalated.expected_cost_usd AS caller_cost_usd,
        risk.rise_share AS price_rise_share,
        risk.rise_log AS price_rise_log,
        risk.fall_share AS price_fall_share,
        risk.fall_log AS price_fall_log,
        pick.weeks_adopted,
        pick.momentum,
        CASE
            WHEN pick.model_id IS NOT NULL THEN NULL
            WHEN considered.candidates = 0 THEN 'no_candidate'
            ELSE 'quality_floor'
        END AS binding_constraint,
        last_rule.rule AS last_rule,
        enumerated.best_achievable,
        considered.latency_is_unknown,
        considered.top_ten_without_evidence,
        admission.model_id AS evaluation_model_id,
        admission.tasks AS evaluation_tasks,
        admission.evaluation_usd,
        admission.saving_usd AS evaluation_saving_usd
    FROM considered
    INNER JOIN core.evidence_reach AS reach
        ON considered.week = reach.week AND considered.workload = reach.workload
    INNER JOIN core.route_price_risk AS risk ON considered.week = risk.week
    INNER JOIN floor ON considered.week = floor.week AND considered.workload = floor.workload
    LEFT JOIN core.route_admission AS admission
        ON
            considered.week = admission.week
            AND considered.workload = admission.workload
            AND admission.admission_place = 1
    LEFT JOIN last_rule
        ON considered.week = last_rule.week AND considered.workload = last_rule.workload AND last_rule.age = 1
    LEFT JOIN enumerated ON considered.week = enumerated.week AND considered.workload = enumerated.workload
    LEFT JOIN pick ON considered.week = pick.week AND considered.workload = pick.workload
    LEFT JOIN runner_up
        ON
            considered.week = runner_up.week
            AND considered.workload = runner_up.workload
            AND runner_up.place = 1
    LEFT JOIN core.route_breakeven AS breakeven
        ON considered.week = breakeven.week AND considered.workload = breakeven.workload
    LEFT JOIN escalated
        ON
            considered.week = escalated.week
            AND considered.workload = escalated.workload
            AND escalated.place = 1
    LEFT JOIN marts.routing_candidate AS picked
        ON
            pick.week = picked.week
            AND pick.workload = picked.workload
            AND pick.model_id = picked.model_id
    LEFT JOIN marts.routing_candidate AS rival
        ON
            runner_up.week = rival.week
            AND runner_up.workload = rival.workload
            AND runner_up.model_id = rival.model_id
)

SELECT * FROM final
