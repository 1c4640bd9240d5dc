/*
---
description: >-
  The token mix of a model in a week: from its newest public observation, else from its class, else from
  the class that carries most of its author's tokens, and general chat where no model of the author has a
  class. Evidence ages: P10 and P90 move away from P50, on the logit scale, with the square root of its age.
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
            WHEN model_class.base_permaslug IS NOT NULL THEN 'class_prior'
            WHEN author_class.author IS NOT NULL THEN 'author_prior'
            ELSE 'unclassified'
        END AS revenue_method,
        CASE
            WHEN model_class.base_permaslug IS NOT NULL THEN ''
            ELSE coalesce(author_class.author, '*')
        END AS guessed_from,
        coalesce(model_class.workload_class, author_class.workload_class, 'general_chat') AS workload_class
    FROM wanted
    LEFT JOIN staging.observed_mix AS observed ON wanted.base_permaslug = observed.base_permaslug
    LEFT JOIN reference.model_class ON wanted.base_permaslug = model_class.base_permaslug
    LEFT JOIN core.author_class
        ON
            wanted.week = author_class.week
            AND wanted.author = author_class.author
            AND author_class.is_largest
    WHERE observed.base_permaslug IS NULL
),

share AS (
    SELECT
        base_permaslug,
        'prompt' AS part,
        week_end,
        prompt_share AS share
    FROM staging.observed_mix
    UNION ALL
    SELECT
        base_permaslug,
        'cached' AS part,
        week_end,
        cached_share AS share
    FROM staging.observed_mix
),

-- Evidence of a later week is as far from the week as evidence of an earlier one.
observed AS (
    SELECT
        wanted.week,
        wanted.base_permaslug,
        share.part,
        share.week_end AS evidence_on,
        cast(abs(
            epoch(cast(wanted.week AS TIMESTAMP)) - epoch(cast(share.week_end AS TIMESTAMP))
        ) AS DOUBLE) / 604800 AS evidence_weeks,
        least(greatest(share.share, parameter.share_floor), parameter.share_ceiling) AS mid,
        parameter.observed_mix_ageing_weeks,
        -- 1.28… is the standard normal's ninth decile, P90 in models/python/revenue_bands.py.
        1.2815515655446004 * parameter.observed_logit_sd AS distance
    FROM wanted
    INNER JOIN share ON wanted.base_permaslug = share.base_permaslug
    CROSS JOIN core.parameter
),

-- The distances are on the logit scale.
banded AS (
    SELECT
        week,
        base_permaslug,
        part,
        'observed_mix' AS revenue_method,
        cast(NULL AS VARCHAR) AS workload_class,
        evidence_on,
        evidence_weeks,
        mid,
        sqrt(1 + evidence_weeks / nullif(observed_mix_ageing_weeks, 0)) * distance AS down,
        sqrt(1 + evidence_weeks / nullif(observed_mix_ageing_weeks, 0)) * distance AS up
    FROM observed
    UNION ALL
    SELECT
        classified.week,
        classified.base_permaslug,
        band.part,
        classified.revenue_method,
        classified.workload_class,
        band.evidence_on,
        band.evidence_weeks,
        band.mid,
        band.down,
        band.up
    FROM classified
    INNER JOIN core.class_band AS band
        ON
            classified.week = band.week
            AND classified.guessed_from = band.guessed_from
            AND classified.workload_class = band.workload_class
),

aged AS (
    SELECT
        *,
        least(1 / (1 + exp(down - ln(mid / (1 - mid)))), mid) AS low,
        greatest(1 / (1 + exp(-ln(mid / (1 - mid)) - up)), mid) AS high
    FROM banded
),

final AS (
    SELECT
        prompt.week,
        prompt.base_permaslug,
        prompt.revenue_method,
        prompt.workload_class,
        prompt.evidence_on,
        prompt.evidence_weeks,
        prompt.low AS prompt_share_low,
        prompt.mid AS prompt_share_mid,
        prompt.high AS prompt_share_high,
        cached.low AS cached_share_low,
        cached.mid AS cached_share_mid,
        cached.high AS cached_share_high
    FROM aged AS prompt
    INNER JOIN aged AS cached ON prompt.week = cached.week AND prompt.base_permaslug = cached.base_permaslug
    WHERE prompt.part = 'prompt' AND cached.part = 'cached'
)

SELECT * FROM final
