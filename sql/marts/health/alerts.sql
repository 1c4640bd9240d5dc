/*
---
description: >-
  Events of a week that deserve attention, with their evidence: moves beyond noise, prices that changed
  by 10 % or more, models that became free or paid, authors of unknown origin, new stealth models, and
  restated days.
grain: week × kind × subject
unique: [week, kind, subject]
columns:
  week:
  kind: VARCHAR NOT NULL | - | What happened
  subject: VARCHAR NOT NULL | - | The model, author or day concerned
  size: DOUBLE | as evidence says | Growth, price change or share of tokens, as a fraction
  evidence: VARCHAR NOT NULL | - | The numbers behind it, in one sentence
accepted:
  kind:
    - mover
    - price_change
    - became_free
    - became_paid
    - unknown_author
    - new_stealth
    - restatement
    - single_app
---
*/
WITH mover AS (
    SELECT
        week,
        'mover' AS kind,
        model_permaslug AS subject,
        wow AS size,
        'week on week ' || cast(round(100 * wow, 1) AS VARCHAR) || ' %, 90 % interval '
        || cast(round(100 * wow_low, 1) AS VARCHAR) || ' to '
        || cast(round(100 * wow_high, 1) AS VARCHAR) || ' %, p = '
        || cast(round(p_value, 4) AS VARCHAR) || ', one in ten calls may be noise' AS evidence
    FROM marts.weekly_model
    WHERE is_significant
),

-- One row per model: its largest change.
price_step AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, model_id
            ORDER BY abs(coalesce(change, 1)) DESC, price
        ) AS size_rank
    FROM marts.price_changes
    WHERE kind IN ('became_free', 'became_paid') OR abs(change) >= 0.1 - 1e-9
),

price AS (
    SELECT
        week,
        CASE WHEN kind IN ('rise', 'fall') THEN 'price_change' ELSE kind END AS kind,
        model_id AS subject,
        change AS size,
        price || ' price ' || cast(round(previous_usd, 6) AS VARCHAR) || ' to '
        || cast(round(current_usd, 6) AS VARCHAR) || ' USD per million tokens since the catalogue of week '
        || cast(previous_week AS VARCHAR) AS evidence
    FROM price_step
    WHERE size_rank = 1
),

-- A free variant of a paid model that appears or disappears changes what people pay, too.
catalogue_week AS (
    SELECT DISTINCT week FROM staging.catalogue
),

neighbours AS (
    SELECT
        week,
        lag(week) OVER (ORDER BY week) AS previous_week
    FROM catalogue_week
),

free_variant AS (
    SELECT DISTINCT
        week,
        canonical_slug
    FROM staging.catalogue
    WHERE variant = 'free'
),

standard AS (
    SELECT
        neighbours.week,
        neighbours.previous_week,
        catalogue.model_id,
        now.canonical_slug IS NOT NULL AS is_free,
        before.canonical_slug IS NOT NULL AS was_free
    FROM neighbours
    INNER JOIN staging.catalogue
        ON
            neighbours.week = catalogue.week
            AND catalogue.variant = 'standard'
            AND catalogue.prompt_price > 0
    LEFT JOIN free_variant AS now
        ON
            neighbours.week = now.week
            AND catalogue.canonical_slug = now.canonical_slug
    LEFT JOIN free_variant AS before
        ON
            neighbours.previous_week = before.week
            AND catalogue.canonical_slug = before.canonical_slug
    WHERE neighbours.previous_week IS NOT NULL
),

variant AS (
    SELECT
        week,
        CASE WHEN is_free THEN 'became_free' ELSE 'became_paid' END AS kind,
        model_id || ':free' AS subject,
        cast(NULL AS DOUBLE) AS size,
        CASE WHEN is_free THEN 'a free variant came' ELSE 'the free variant went' END
        || ' since the catalogue of week ' || cast(previous_week AS VARCHAR) AS evidence
    FROM standard
    WHERE is_free <> was_free
),

unknown_author AS (
    SELECT
        week,
        'unknown_author' AS kind,
        author AS subject,
        share AS size,
        cast(tokens AS VARCHAR) || ' tokens, ' || cast(round(100 * share, 3) AS VARCHAR)
        || ' % of the week, stay on no side' AS evidence
    FROM marts.unknown_author
),

stealth AS (
    SELECT
        model_week.week,
        model_week.model_permaslug,
        model_week.tokens,
        min(model_week.week) OVER (PARTITION BY model_week.model_permaslug) AS first_week
    FROM core.model_week
    WHERE model_week.bloc = 'STEALTH' AND model_week.tokens IS NOT NULL
),

new_stealth AS (
    SELECT
        stealth.week,
        'new_stealth' AS kind,
        stealth.model_permaslug AS subject,
        cast(stealth.tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS size,
        'first listed in this week of those held, with '
        || cast(stealth.tokens AS VARCHAR) || ' tokens' AS evidence
    FROM stealth
    INNER JOIN core.week ON stealth.week = week.week
    WHERE stealth.week = stealth.first_week
),

restatement AS (
    SELECT
        week,
        'restatement' AS kind,
        cast(date AS VARCHAR) AS subject,
        cast(sum(difference) AS DOUBLE) / nullif(cast(sum(coalesce(earlier_tokens, 0)) AS DOUBLE), 0) AS size,
        cast(count(*) AS VARCHAR) || ' rows of the day told differently, '
        || cast(cast(sum(difference) AS BIGINT) AS VARCHAR) || ' tokens in all' AS evidence
    FROM marts.restatements
    GROUP BY week, date
),

-- An app with a third of the listed traffic may explain the whole week.
newest_apps AS (
    SELECT
        week,
        max(as_of) AS as_of
    FROM marts.apps
    GROUP BY week
),

single_app AS (
    SELECT
        apps.week,
        'single_app' AS kind,
        apps.app_name AS subject,
        apps.share_of_listed AS size,
        cast(round(100 * apps.share_of_listed, 1) AS VARCHAR) || ' % of the tokens of the listed apps'
        || coalesce(' in the window that ends on ' || cast(apps.window_end AS VARCHAR), '') AS evidence
    FROM marts.apps
    INNER JOIN newest_apps ON apps.week = newest_apps.week AND apps.as_of = newest_apps.as_of
    WHERE apps.is_largest AND apps.share_of_listed >= 0.333
),

final AS (
    SELECT * FROM mover
    UNION ALL
    SELECT * FROM price
    UNION ALL
    SELECT * FROM variant
    UNION ALL
    SELECT * FROM unknown_author
    UNION ALL
    SELECT * FROM new_stealth
    UNION ALL
    SELECT * FROM restatement
    UNION ALL
    SELECT * FROM single_app
)

SELECT * FROM final
