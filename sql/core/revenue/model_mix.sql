/*
---
description: >-
  The token mix of a model in a week: from its newest public observation, else from its class, else from
  the class that carries most of its author's tokens, and general chat where the author is new. Evidence
  ages: P10 and P90 move away from P50, on the logit scale, with the square root of its age. A class that
  is recorded for the author or for nobody has a wider spread than one recorded for the model.
grain: week × base_permaslug
unique: [week, base_permaslug]
columns:
  week:
  base_permaslug:
  revenue_method: VARCHAR NOT NULL
  workload_class:
  evidence_on:
  evidence_weeks:
  prompt_share_low:
  prompt_share_mid:
  prompt_share_high:
  cached_share_low:
  cached_share_mid:
  cached_share_high:
accepted:
  revenue_method: [observed_mix, class_prior, author_prior, unclassified]
checks:
  prompt shares are in order: prompt_share_low <= prompt_share_mid AND prompt_share_mid <= prompt_share_high
  cached shares are in order: cached_share_low <= cached_share_mid AND cached_share_mid <= cached_share_high
---
*/
WITH wanted AS (
    SELECT DISTINCT
        model_week.week,
        model.base_permaslug,
        model_week.author
    FROM core.model_week
    INNER JOIN core.model ON model_week.model_permaslug = model.model_permaslug
    WHERE model_week.tokens IS NOT NULL
),

classified AS (
    SELECT
        wanted.week,
        wanted.base_permaslug,
        CASE
            WHEN observed.base_permaslug IS NOT NULL THEN 'observed_mix'
            WHEN model_class.base_permaslug IS NOT NULL THEN 'class_prior'
            WHEN author_class.author IS NOT NULL THEN 'author_prior'
            ELSE 'unclassified'
        END AS revenue_method,
        CASE
            WHEN observed.base_permaslug IS NULL
                THEN coalesce(model_class.workload_class, author_class.workload_class, 'general_chat')
        END AS workload_class,
        observed.week_end,
        observed.prompt_share,
        observed.cached_share
    FROM wanted
    LEFT JOIN staging.observed_mix AS observed ON wanted.base_permaslug = observed.base_permaslug
    LEFT JOIN reference.model_class ON wanted.base_permaslug = model_class.base_permaslug
    LEFT JOIN core.author_class
        ON
            wanted.week = author_class.week
            AND wanted.author = author_class.author
),

-- Evidence of a later week is as far from the week as evidence of an earlier one.
dated AS (
    SELECT
        classified.*,
        classified.week_end IS NOT NULL AS is_observed,
        classified.revenue_method IN ('author_prior', 'unclassified') AS is_guessed,
        coalesce(classified.week_end, prior.fitted_on, prior.recorded_on) AS evidence_on,
        cast(abs(
            epoch(cast(classified.week AS TIMESTAMP))
            - epoch(cast(coalesce(classified.week_end, prior.fitted_on, prior.recorded_on) AS TIMESTAMP))
        ) AS DOUBLE) / 604800 AS evidence_weeks,
        prior.prompt_share_low,
        coalesce(classified.prompt_share, prior.prompt_share_mid) AS prompt_share_mid,
        prior.prompt_share_high,
        prior.cached_share_low,
        coalesce(classified.cached_share, prior.cached_share_mid) AS cached_share_mid,
        prior.cached_share_high
    FROM classified
    LEFT JOIN reference.class_prior AS prior ON classified.workload_class = prior.workload_class
),

share AS (
    SELECT
        week,
        base_permaslug,
        'prompt' AS part,
        is_observed,
        is_guessed,
        evidence_weeks,
        prompt_share_low AS low,
        prompt_share_mid AS mid,
        prompt_share_high AS high
    FROM dated
    UNION ALL
    SELECT
        week,
        base_permaslug,
        'cached' AS part,
        is_observed,
        is_guessed,
        evidence_weeks,
        cached_share_low AS low,
        cached_share_mid AS mid,
        cached_share_high AS high
    FROM dated
),

clipped AS (
    SELECT
        share.week,
        share.base_permaslug,
        share.part,
        share.is_observed,
        sqrt(
            1 + share.evidence_weeks / nullif(
                CASE
                    WHEN share.is_observed THEN parameter.observed_mix_ageing_weeks
                    ELSE parameter.class_prior_ageing_weeks
                END, 0
            )
        ) * CASE WHEN share.is_guessed THEN parameter.guessed_class_spread ELSE 1 END AS ageing,
        -- 1.28… is the standard normal's ninth decile, P90 in models/python/revenue_bands.py.
        1.2815515655446004 * parameter.observed_logit_sd AS observed_distance,
        least(greatest(share.low, parameter.share_floor), parameter.share_ceiling) AS low,
        least(greatest(share.mid, parameter.share_floor), parameter.share_ceiling) AS mid,
        least(greatest(share.high, parameter.share_floor), parameter.share_ceiling) AS high
    FROM share
    CROSS JOIN core.parameter
),

-- On the logit scale.
distance AS (
    SELECT
        *,
        ln(mid / (1 - mid)) AS middle,
        ageing * CASE
            WHEN is_observed THEN observed_distance
            ELSE ln(mid / (1 - mid)) - ln(low / (1 - low))
        END AS down,
        ageing * CASE
            WHEN is_observed THEN observed_distance
            ELSE ln(high / (1 - high)) - ln(mid / (1 - mid))
        END AS up
    FROM clipped
),

aged AS (
    SELECT
        week,
        base_permaslug,
        part,
        least(1 / (1 + exp(down - middle)), mid) AS low,
        mid,
        greatest(1 / (1 + exp(-middle - up)), mid) AS high
    FROM distance
),

final AS (
    SELECT
        dated.week,
        dated.base_permaslug,
        dated.revenue_method,
        dated.workload_class,
        dated.evidence_on,
        dated.evidence_weeks,
        prompt.low AS prompt_share_low,
        prompt.mid AS prompt_share_mid,
        prompt.high AS prompt_share_high,
        cached.low AS cached_share_low,
        cached.mid AS cached_share_mid,
        cached.high AS cached_share_high
    FROM dated
    INNER JOIN aged AS prompt
        ON
            dated.week = prompt.week
            AND dated.base_permaslug = prompt.base_permaslug
            AND prompt.part = 'prompt'
    INNER JOIN aged AS cached
        ON
            dated.week = cached.week
            AND dated.base_permaslug = cached.base_permaslug
            AND cached.part = 'cached'
)

SELECT * FROM final
