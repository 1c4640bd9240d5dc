/*
---
description: >-
  Why each workload's route is what it is, as data: what was considered, how far the pick is ahead,
  what would change it, how sure it is, and what is not known.
grain: week × workload
unique: [week, workload]
columns:
  week:
  workload:
  model_id: VARCHAR | - | The primary; NULL if no model can carry the work
  escalation_model_id: VARCHAR | - | Where a noticed failure goes; NULL without
  models_offered: BIGINT NOT NULL | models | Standard models on offer
  candidates: BIGINT NOT NULL | models | Those that pass every rule
  pairs: BIGINT NOT NULL | pairs | Pairs of primary and escalation that candidates form
  feasible_pairs: BIGINT NOT NULL | pairs | Those that reach the floor at the lower bound
  quality_floor: DOUBLE | fraction or points | The floor; NULL is none
  quality_low: DOUBLE | fraction or points | What the pick reaches at the lower bound
  floor_probability:
  expected_cost_usd: DOUBLE | USD | Of a task, escalation included
  cost_p10: DOUBLE
  cost_p90: DOUBLE
  best_share: DOUBLE | fraction | Draws in which no other primary is cheaper
  runner_up_model_id: VARCHAR | - | The next primary in the order of preference
  runner_up_distance: DOUBLE | fraction | By how much its pair costs more; below zero it costs less
  breakeven_price_rise: DOUBLE | fraction | Rise of the primary's prices at which another is cheaper
  breakeven_cache_hit: DOUBLE | fraction | Cached part of the replay at which another is cheaper, the nearest
  breakeven_floor_up: DOUBLE | fraction or points | Highest floor that the pick still reaches
  breakeven_floor_down: DOUBLE | fraction or points | Floor at which a pair of a cheaper step would reach it
  weeks_adopted: BIGINT
  momentum: DOUBLE | fraction | Growth of the primary's tokens; NULL is unknown
  excluded_without_evidence: VARCHAR NOT NULL | - | Models of the week's top ten that lack quality evidence
  binding_constraint: VARCHAR | - | What keeps the workload empty; NULL where it is filled
  best_achievable: DOUBLE | fraction or points | Best quality at the lower bound of any pair; NULL is none
  unknown: VARCHAR NOT NULL | - | What nobody knows
  most_removed: VARCHAR | - | The rules that keep most models out, with how many
  history: VARCHAR NOT NULL | - | What was done this week, in words
  admitting_tasks: BIGINT | tasks | Own tasks, all passed, that stand in for missing evidence; NULL is none
checks:
  an empty workload says why: (model_id IS NULL) = (binding_constraint IS NOT NULL)
  a pick reaches its floor: model_id IS NULL OR coalesce(quality_low >= quality_floor, TRUE)
---
*/
WITH counted AS (
    SELECT
        week,
        workload,
        count(*) AS models_offered,
        count(*) FILTER (WHERE rejected_because IS NULL) AS candidates,
        count(*) FILTER (WHERE rejected_because IS NULL AND latency_p99_seconds IS NULL) AS of_unknown_latency
    FROM core.route_candidate
    GROUP BY week, workload
),

paired AS (
    SELECT
        week,
        workload,
        count(*) AS pairs,
        count(*) FILTER (WHERE is_feasible) AS feasible_pairs,
        max(coalesce(success_low, capability_low)) AS best_achievable
    FROM core.route_pair
    GROUP BY week, workload
),

last_rule AS (
    SELECT
        week,
        workload,
        rule,
        models,
        row_number() OVER (PARTITION BY week, workload ORDER BY place DESC) AS age
    FROM marts.routing_rejection
    WHERE models > 0
),

removed AS (
    SELECT
        week,
        workload,
        row_number() OVER (PARTITION BY week, workload ORDER BY models DESC, place) AS size_rank,
        cast(models AS VARCHAR) || ' ' || rule AS said
    FROM marts.routing_rejection
    WHERE models > 0
),

most_removed AS (
    SELECT
        week,
        workload,
        max(said) FILTER (WHERE size_rank = 1)
        || coalesce(', ' || max(said) FILTER (WHERE size_rank = 2), '')
        || coalesce(', ' || max(said) FILTER (WHERE size_rank = 3), '') AS said
    FROM removed
    GROUP BY week, workload
),

top_ten AS (
    SELECT
        week,
        workload,
        model_permaslug || ' (rank ' || cast(rank AS VARCHAR) || ')' AS said,
        row_number() OVER (PARTITION BY week, workload ORDER BY rank) AS place
    FROM core.route_candidate
    WHERE rank <= 10 AND rejected_because = 'no quality evidence'
),

excluded AS (
    SELECT
        week,
        workload,
        max(said) FILTER (WHERE place = 1)
        || coalesce(', ' || max(said) FILTER (WHERE place = 2), '')
        || coalesce(', ' || max(said) FILTER (WHERE place = 3), '')
        || coalesce(', ' || max(said) FILTER (WHERE place = 4), '')
        || coalesce(', ' || max(said) FILTER (WHERE place = 5), '')
        || coalesce(', ' || max(said) FILTER (WHERE place = 6), '')
        || coalesce(', ' || max(said) FILTER (WHERE place = 7), '')
        || coalesce(', ' || max(said) FILTER (WHERE place = 8), '')
        || coalesce(', ' || max(said) FILTER (WHERE place = 9), '')
        || coalesce(', ' || max(said) FILTER (WHERE place = 10), '') AS said
    FROM top_ten
    GROUP BY week, workload
),

pick AS (
    SELECT
        decision.week,
        decision.workload,
        option.model_id,
        nullif(option.escalation_model_id, '') AS escalation_model_id,
        option.cost_bucket,
        option.expected_cost_usd,
        option.cost_p10,
        option.cost_p90,
        option.floor_probability,
        model.weeks_adopted,
        model.momentum,
        coalesce(option.success_low, model.capability_low) AS quality_low
    FROM core.route_decision AS decision
    INNER JOIN core.route_option AS option
        ON
            decision.week = option.week
            AND decision.workload = option.workload
            AND decision.model_id = option.model_id
            AND option.primary_preference = 1
    INNER JOIN core.route_candidate AS model
        ON
            option.week = model.week
            AND option.workload = model.workload
            AND option.model_id = model.model_id
),

best_of_primary AS (
    SELECT
        week,
        workload,
        model_id,
        sum(best_share) AS best_share
    FROM core.route_option
    GROUP BY week, workload, model_id
),

cheaper_below_floor AS (
    SELECT
        pick.week,
        pick.workload,
        max(coalesce(pair.success_low, pair.capability_low)) AS breakeven_floor_down
    FROM pick
    INNER JOIN core.route_pair AS pair
        ON
            pick.week = pair.week
            AND pick.workload = pair.workload
            AND pick.cost_bucket > pair.cost_bucket
            AND NOT pair.is_feasible
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

breakeven AS (
    SELECT
        week,
        workload,
        min(greatest(price_rise, 0)) AS price_rise
    FROM core.route_rival
    GROUP BY week, workload
),

runner_up AS (
    SELECT
        option.week,
        option.workload,
        option.model_id,
        option.expected_cost_usd,
        row_number() OVER (PARTITION BY option.week, option.workload ORDER BY option.preference) AS place
    FROM core.route_option AS option
    INNER JOIN core.route_decision AS decision
        ON
            option.week = decision.week
            AND option.workload = decision.workload
            AND option.model_id <> decision.model_id
),

final AS (
    SELECT
        counted.week,
        counted.workload,
        pick.model_id,
        pick.escalation_model_id,
        counted.models_offered,
        counted.candidates,
        coalesce(paired.pairs, 0) AS pairs,
        coalesce(paired.feasible_pairs, 0) AS feasible_pairs,
        coalesce(workload.quality_floor, workload.index_floor) AS quality_floor,
        pick.quality_low,
        pick.floor_probability,
        pick.expected_cost_usd,
        pick.cost_p10,
        pick.cost_p90,
        best_of_primary.best_share,
        runner_up.model_id AS runner_up_model_id,
        runner_up.expected_cost_usd / nullif(pick.expected_cost_usd, 0) - 1 AS runner_up_distance,
        breakeven.price_rise AS breakeven_price_rise,
        nearest_hit.cache_hit AS breakeven_cache_hit,
        pick.quality_low AS breakeven_floor_up,
        cheaper_below_floor.breakeven_floor_down,
        pick.weeks_adopted,
        pick.momentum,
        coalesce(excluded.said, '') AS excluded_without_evidence,
        CASE
            WHEN pick.model_id IS NOT NULL THEN NULL
            WHEN counted.candidates = 0
                THEN 'no model passes every rule; the last one out: ' || last_rule.rule
            WHEN coalesce(paired.pairs, 0) = 0
                THEN 'only one model passes every rule, and an escalation is needed'
            ELSE
                'the quality floor of '
                || cast(
                    cast(coalesce(workload.quality_floor, workload.index_floor) AS DECIMAL(9, 2)) AS VARCHAR
                )
        END AS binding_constraint,
        paired.best_achievable,
        CASE
            WHEN counted.of_unknown_latency > 0 THEN 'latency, uptime and which providers serve it, ' ELSE ''
        END
        || 'what the index says of these very tasks, and discounts off the list price' AS unknown,
        most_removed.said AS most_removed,
        history.reason AS history,
        admission.tasks AS admitting_tasks
    FROM counted
    INNER JOIN staging.workload ON counted.workload = workload.workload
    INNER JOIN marts.routing_history AS history
        ON counted.week = history.week AND counted.workload = history.workload
    LEFT JOIN core.route_admission AS admission ON counted.workload = admission.workload
    LEFT JOIN paired ON counted.week = paired.week AND counted.workload = paired.workload
    LEFT JOIN pick ON counted.week = pick.week AND counted.workload = pick.workload
    LEFT JOIN best_of_primary
        ON
            pick.week = best_of_primary.week
            AND pick.workload = best_of_primary.workload
            AND pick.model_id = best_of_primary.model_id
    LEFT JOIN runner_up
        ON counted.week = runner_up.week AND counted.workload = runner_up.workload AND runner_up.place = 1
    LEFT JOIN breakeven ON counted.week = breakeven.week AND counted.workload = breakeven.workload
    LEFT JOIN nearest_hit
        ON
            counted.week = nearest_hit.week
            AND counted.workload = nearest_hit.workload
            AND nearest_hit.place = 1
    LEFT JOIN cheaper_below_floor
        ON counted.week = cheaper_below_floor.week AND counted.workload = cheaper_below_floor.workload
    LEFT JOIN excluded ON counted.week = excluded.week AND counted.workload = excluded.workload
    LEFT JOIN most_removed ON counted.week = most_removed.week AND counted.workload = most_removed.workload
    LEFT JOIN last_rule
        ON counted.week = last_rule.week AND counted.workload = last_rule.workload AND last_rule.age = 1
)

SELECT * FROM final
