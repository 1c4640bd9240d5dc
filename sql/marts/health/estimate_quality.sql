/*
---
description: >-
  What the estimated revenue of a week rests on: the tokens and the revenue of priced models by the origin
  of their token mix, the age of that evidence, and how wide the band of the whole is.
grain: week × revenue_method
unique: [week, revenue_method]
columns:
  week:
  revenue_method: VARCHAR NOT NULL | - | Where the mix comes from; all for every priced model
  models: BIGINT NOT NULL | models | Priced models, variants counted once
  new_models: BIGINT | models | Those that no earlier week lists; NULL where the week before has no rows
  tokens:
  token_share: DOUBLE | fraction of priced tokens | tokens over those of all priced models
  revenue_usd_mid: DOUBLE NOT NULL
  revenue_share: DOUBLE | fraction of priced revenue | revenue_usd_mid over that of all priced models
  evidence_weeks: DOUBLE | weeks | Age of the evidence, mean over the tokens
  band_ratio: DOUBLE | × | P90 over P10 of the revenue of all named models; NULL but for all
accepted:
  revenue_method: [observed_mix, class_prior, author_prior, unclassified, all]
---
*/
WITH first_seen AS (
    SELECT
        model.base_permaslug,
        min(model_week.week) AS first_week
    FROM core.model_week
    INNER JOIN core.model ON model_week.model_permaslug = model.model_permaslug
    WHERE model_week.tokens IS NOT NULL
    GROUP BY model.base_permaslug
),

priced AS (
    SELECT
        value.week,
        value.base_permaslug,
        value.revenue_method,
        value.tokens,
        value.evidence_weeks,
        cast(value.revenue_usd_mid AS DECIMAL(28, 12)) AS revenue_usd,
        first_seen.first_week = value.week AS is_new
    FROM core.model_value AS value
    INNER JOIN first_seen ON value.base_permaslug = first_seen.base_permaslug
    WHERE value.unpriced_because IS NULL
),

counted AS (
    SELECT
        week,
        revenue_method,
        base_permaslug,
        tokens,
        evidence_weeks,
        revenue_usd,
        is_new
    FROM priced
    UNION ALL
    SELECT
        week,
        'all' AS revenue_method,
        base_permaslug,
        tokens,
        evidence_weeks,
        revenue_usd,
        is_new
    FROM priced
),

grouped AS (
    SELECT
        week,
        revenue_method,
        count(DISTINCT base_permaslug) AS models,
        count(DISTINCT base_permaslug) FILTER (WHERE is_new) AS new_models,
        cast(sum(tokens) AS BIGINT) AS tokens,
        cast(sum(revenue_usd) AS DOUBLE) AS revenue_usd_mid,
        cast(sum(cast(tokens * evidence_weeks AS DECIMAL(28, 6))) AS DOUBLE)
        / nullif(cast(sum(tokens) AS DOUBLE), 0) AS evidence_weeks
    FROM counted
    GROUP BY week, revenue_method
),

final AS (
    SELECT
        grouped.week,
        grouped.revenue_method,
        grouped.models,
        CASE WHEN before.source = 'daily_rows' THEN grouped.new_models END AS new_models,
        grouped.tokens,
        cast(grouped.tokens AS DOUBLE) / nullif(whole.tokens, 0) AS token_share,
        grouped.revenue_usd_mid,
        grouped.revenue_usd_mid / nullif(whole.revenue_usd_mid, 0) AS revenue_share,
        grouped.evidence_weeks,
        CASE
            WHEN grouped.revenue_method = 'all'
                THEN band.revenue_usd_p90 / nullif(band.revenue_usd_p10, 0)
        END AS band_ratio
    FROM grouped
    INNER JOIN grouped AS whole ON grouped.week = whole.week AND whole.revenue_method = 'all'
    INNER JOIN core.week ON grouped.week = week.week
    LEFT JOIN core.week AS before ON week.previous_week = before.week
    LEFT JOIN core.revenue_band AS band ON grouped.week = band.week AND band.grain = 'market'
)

SELECT * FROM final
