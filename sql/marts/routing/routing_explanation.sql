/*
---
description: The certificate of each workload's route as one paragraph; its data is marts.routing_certificate.
grain: week × workload
unique: [week, workload]
columns:
  week:
  workload:
  model_id: VARCHAR | - | The primary; NULL if no model can carry the work
  certificate: VARCHAR NOT NULL | - | Why the route is what it is, with all that would change it
---
*/
SELECT
    week,
    workload,
    model_id,
    'Of ' || cast(models_offered AS VARCHAR) || ' models on offer '
    || cast(candidates AS VARCHAR) || ' pass every rule'
    || coalesce(' (most fall for: ' || most_removed || ')', '') || '. '
    || CASE
        WHEN model_id IS NULL
            THEN
                'The workload stays empty: ' || binding_constraint || ' binds'
                || coalesce(
                    ', the best achievable is '
                    || cast(cast(best_achievable AS DECIMAL(9, 3)) AS VARCHAR), ''
                ) || '. '
        ELSE
            model_id || coalesce(' with escalation to ' || escalation_model_id, '')
            || ' is expected to cost ' || cast(cast(expected_cost_usd AS DECIMAL(18, 5)) AS VARCHAR)
            || ' USD a task (80 % of draws: ' || cast(cast(cost_p10 AS DECIMAL(18, 5)) AS VARCHAR)
            || ' to ' || cast(cast(cost_p90 AS DECIMAL(18, 5)) AS VARCHAR) || ')'
            || coalesce(
                ' and reaches ' || cast(cast(quality_low AS DECIMAL(9, 3)) AS VARCHAR)
                || ' at the lower bound against a floor of '
                || cast(cast(quality_floor AS DECIMAL(9, 2)) AS VARCHAR), ''
            )
            || '; in ' || cast(cast(100 * best_share AS DECIMAL(9, 0)) AS VARCHAR)
            || ' % of the draws it is the cheapest primary. '
            || coalesce(
                'Runner-up: ' || runner_up_model_id || ', '
                || cast(cast(100 * abs(runner_up_distance) AS DECIMAL(9, 1)) AS VARCHAR)
                || CASE
                    WHEN runner_up_distance >= 0 THEN ' % dearer. '
                    WHEN
                        history = 'still the best pair'
                        THEN ' % cheaper, but inside a step of a tenth the surer pair wins. '
                    ELSE ' % cheaper. '
                END,
                'There is no other primary. '
            )
            || CASE
                WHEN breakeven_price_rise IS NULL THEN ''
                WHEN breakeven_price_rise = 0 THEN 'Another pair costs less already. '
                ELSE
                    'Its prices may rise by '
                    || cast(cast(100 * breakeven_price_rise AS DECIMAL(12, 1)) AS VARCHAR)
                    || ' % before another pair costs less. '
            END
            || coalesce(
                'It holds up to a floor of '
                || cast(cast(breakeven_floor_up AS DECIMAL(9, 3)) AS VARCHAR), ''
            )
            || coalesce(
                '; a floor of ' || cast(cast(breakeven_floor_down AS DECIMAL(9, 3)) AS VARCHAR)
                || ' would admit a cheaper pair', ''
            )
            || CASE WHEN breakeven_floor_up IS NULL THEN '' ELSE '. ' END
            || coalesce(
                'Two pairs change places at a cached part of '
                || cast(cast(breakeven_cache_hit AS DECIMAL(9, 2)) AS VARCHAR) || '. ', ''
            )
            || 'In the top 50 in ' || cast(weeks_adopted AS VARCHAR) || ' of the last four weeks'
            || coalesce(
                ', '
                || CASE WHEN momentum < 0 THEN '' ELSE '+' END
                || cast(cast(100 * momentum AS DECIMAL(12, 1)) AS VARCHAR)
                || ' % on the week',
                ''
            )
            || '. '
    END
    || CASE
        WHEN excluded_without_evidence = '' THEN ''
        ELSE
            'Excluded, no evidence: ' || excluded_without_evidence
            || coalesce(
                '; ' || cast(admitting_tasks AS VARCHAR)
                || ' tasks of your own, all passed, in own_evaluation.csv would admit each', ''
            ) || '. '
    END
    || 'History: ' || history || '. Unknown: ' || unknown
    || '. Success is predicted, not executed.' AS certificate
FROM marts.routing_certificate
