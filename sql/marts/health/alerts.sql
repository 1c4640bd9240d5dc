/*
---
description: >-
  Events of a week that deserve attention, with the numbers behind them: moves beyond noise, prices
  that changed by 10% or more or too often within 24 hours, prices about which responses of one instant
  disagree, models that became free or paid, authors of unknown origin, families that leave series
  incomplete, models whose token mix is their author's or general chat's, new stealth models, restated days,
  and an app that explains much of the traffic. A number that is no part of an event's kind is NULL.
empty: Empty where no week has such an event.
grain: week × kind × subject
unique: [week, kind, subject]
columns:
  week:
  kind: VARCHAR NOT NULL | - | What happened
  subject: VARCHAR NOT NULL | - | The model, family, author or day concerned
  size: DOUBLE | fraction | Growth, price change, share of tokens, of revenue for a model without a mix
  size_low: DOUBLE | fraction | Lower end of the 90% interval of a mover's growth
  size_high: DOUBLE | fraction | Upper end of it
  p_value: DOUBLE | fraction | Probability of so large a move by chance; one call in ten may be noise
  tokens: BIGINT | tokens | Tokens of the subject, or the sum of the differences of a restated day
  rows: BIGINT | rows | Rows restated of a day, changes of a price, or catalogues in dispute
  price: VARCHAR | - | The list price that changed; NULL where a free variant came or went
  previous_usd: DOUBLE | USD per million tokens | That price before
  current_usd: DOUBLE | USD per million tokens | That price now
  since: DATE | UTC day | Catalogue before (its week) or with a passing price, or end of an app's window
accepted:
  kind:
    - mover
    - price_change
    - passing_price
    - unsettled_price
    - disputed_price
    - became_free
    - became_paid
    - free_variant_added
    - free_variant_removed
    - unknown_author
    - incomplete_series
    - author_prior
    - unclassified
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
        wow_low AS size_low,
        wow_high AS size_high,
        p_value
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
        price,
        previous_usd,
        current_usd,
        previous_week AS since
    FROM price_step
    WHERE size_rank = 1
    UNION ALL
    SELECT week, 'passing_price' AS kind, model_id AS subject, change, price, previous_usd, current_usd, since
    FROM core.passing_price
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
        CASE WHEN is_free THEN 'free_variant_added' ELSE 'free_variant_removed' END AS kind,
        model_id || ':free' AS subject,
        previous_week AS since
    FROM standard
    WHERE is_free <> was_free
),

unknown_author AS (
    SELECT
        week,
        'unknown_author' AS kind,
        author AS subject,
        share AS size,
        tokens
    FROM marts.unknown_author
),

-- A family may leave several series of its author incomplete.
incomplete_series AS (
    SELECT
        unlisted.week,
        'incomplete_series' AS kind,
        unlisted.family AS subject,
        cast(max(unlisted.tokens) AS DOUBLE) / nullif(max(week.total_tokens), 0) AS size,
        max(unlisted.tokens) AS tokens
    FROM marts.unlisted_family AS unlisted
    INNER JOIN core.week ON unlisted.week = week.week
    WHERE unlisted.tokens > 0
    GROUP BY unlisted.week, unlisted.family
),

unclassified AS (
    SELECT
        week,
        revenue_method AS kind,
        base_permaslug AS subject,
        revenue_share AS size,
        tokens
    FROM marts.unclassified_model
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
        stealth.tokens
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
        cast(sum(difference) AS BIGINT) AS tokens,
        count(*) AS rows
    FROM marts.restatements
    WHERE NOT has_returned
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
        apps.window_end AS since
    FROM marts.apps
    INNER JOIN newest_apps ON apps.week = newest_apps.week AND apps.as_of = newest_apps.as_of
    WHERE apps.is_largest AND apps.share_of_listed >= 0.333
),

-- What every kind may have; a mover's interval and a price's steps are joined below.
event AS (
    SELECT
        week,
        kind,
        subject,
        size,
        cast(NULL AS BIGINT) AS tokens,
        cast(NULL AS BIGINT) AS rows,
        cast(NULL AS DATE) AS since
    FROM mover
    UNION ALL
    SELECT week, kind, subject, size, NULL AS tokens, NULL AS rows, since FROM price
    UNION ALL
    SELECT week, kind, subject, NULL AS size, NULL AS tokens, NULL AS rows, since FROM variant
    UNION ALL
    SELECT week, kind, subject, NULL AS size, NULL AS tokens, rows, NULL AS since FROM core.doubtful_price
    UNION ALL
    SELECT week, kind, subject, size, tokens, NULL AS rows, NULL AS since FROM unknown_author
    UNION ALL
    SELECT week, kind, subject, size, tokens, NULL AS rows, NULL AS since FROM incomplete_series
    UNION ALL
    SELECT week, kind, subject, size, tokens, NULL AS rows, NULL AS since FROM unclassified
    UNION ALL
    SELECT week, kind, subject, size, tokens, NULL AS rows, NULL AS since FROM new_stealth
    UNION ALL
    SELECT week, kind, subject, size, tokens, rows, NULL AS since FROM restatement
    UNION ALL
    SELECT week, kind, subject, size, NULL AS tokens, NULL AS rows, since FROM single_app
),

final AS (
    SELECT
        event.week,
        event.kind,
        event.subject,
        event.size,
        mover.size_low,
        mover.size_high,
        mover.p_value,
        event.tokens,
        event.rows,
        price.price,
        price.previous_usd,
        price.current_usd,
        event.since
    FROM event
    LEFT JOIN mover
        ON
            event.week = mover.week
            AND event.kind = mover.kind
            AND event.subject = mover.subject
    LEFT JOIN price
        ON
            event.week = price.week
            AND event.kind = price.kind
            AND event.subject = price.subject
)

SELECT * FROM final
