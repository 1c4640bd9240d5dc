/*
---
description: >-
  Each printed claim with what the warehouse computes and a verdict that follows from the numbers
  alone. CONFIRMED holds at the full scope; SCOPE_ONLY at a narrower one or another denominator;
  CONTRADICTED nowhere, with complete data; NOT_COMPARABLE has no measured counterpart;
  UNVERIFIABLE lacks rows.
grain: file × claim_id
unique: [file, claim_id]
columns:
  claim_id:
  file: VARCHAR NOT NULL | - | File of warehouse/reference/claims, or the one audited
  section:
  metric:
  subject:
  week:
  operator:
  printed:
  computed:
  unit:
  printed_in_words: VARCHAR NOT NULL | - | printed, as people say it (yes, 1 week, 45 percent)
  computed_in_words: VARCHAR | - | computed likewise, to four digits after the point; NULL where it is
  scope: VARCHAR | - | The scope at which it holds; if at none, the full one
  verdict: VARCHAR NOT NULL | - | CONFIRMED, SCOPE_ONLY, CONTRADICTED, NOT_COMPARABLE or UNVERIFIABLE
  explanation: VARCHAR NOT NULL | - | The scope, the basis, or what would be needed, in one sentence
  matched_by:
  basis: VARCHAR
  printed_as:
accepted:
  verdict: [CONFIRMED, SCOPE_ONLY, CONTRADICTED, NOT_COMPARABLE, UNVERIFIABLE]
checks:
  a verdict on a value has one: verdict IN ('NOT_COMPARABLE', 'UNVERIFIABLE') OR scope IS NOT NULL
---
*/
WITH measured AS (
    SELECT
        evidence.*,
        claim.operator,
        claim.printed,
        claim.unit,
        round(evidence.computed, 4) + 0 AS computed_said,
        round(evidence.computed_low, 4) + 0 AS low_said,
        round(evidence.computed_high, 4) + 0 AS high_said
    FROM marts.claims_evidence AS evidence
    INNER JOIN staging.claim
        ON
            evidence.file = claim.file
            AND evidence.claim_id = claim.claim_id
),

-- Every number that is said, once, so that one rule words them all; joined by unit and value.
spoken AS (
    SELECT
        unit,
        printed AS number
    FROM staging.claim
    UNION
    SELECT
        unit,
        computed_said AS number
    FROM measured
    UNION
    SELECT
        unit,
        low_said AS number
    FROM measured
    UNION
    SELECT
        unit,
        high_said AS number
    FROM measured
),

worded AS (
    SELECT
        unit,
        number,
        CASE
            WHEN unit = 'bool' AND number = 1 THEN 'yes'
            WHEN unit = 'bool' THEN 'no'
            WHEN unit IN ('weeks', 'models') AND number = 1 THEN '1 ' || left(unit, length(unit) - 1)
            ELSE replace(cast(number AS VARCHAR) || ' ' || unit, '.0 ', ' ')
        END AS words
    FROM spoken
),

-- Of the scopes at which a claim holds, the nearest value speaks; a limit speaks at the widest.
ordered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY file, claim_id
            ORDER BY
                CASE WHEN matches THEN 0 ELSE 1 END,
                CASE WHEN width = 1 THEN 0 ELSE 1 END,
                CASE
                    WHEN NOT matches OR operator IN ('lt', 'le', 'gt', 'ge')
                        THEN cast(width AS DOUBLE)
                    ELSE abs(computed - printed)
                END,
                width DESC,
                scope
        ) AS choice
    FROM measured
),

full_scope AS (
    SELECT *
    FROM ordered
    WHERE width = 1
),

unknown_subject AS (
    SELECT
        file,
        claim_id,
        min(grain) AS grain,
        min(name) AS name
    FROM core.claim_subject
    WHERE key IS NULL
    GROUP BY file, claim_id
),

catalogue_week AS (
    SELECT DISTINCT week FROM staging.catalogue
),

gathered AS (
    SELECT
        claim.*,
        best.scope,
        best.basis,
        best.computed,
        best.computed_low,
        best.computed_high,
        printed.words AS printed_in_words,
        computed.words AS computed_in_words,
        low.words AS low_words,
        high.words AS high_words,
        best.rank AS computed_rank,
        best.matched_by,
        coalesce(best.matches, FALSE) AS matches,
        best.width,
        full_scope.claim_id IS NOT NULL AS has_full_scope,
        coalesce(full_scope.is_possible, FALSE) AS is_possible,
        full_scope.scope AS full_scope,
        fully.words AS full_words,
        unknown_subject.grain AS unknown_grain,
        unknown_subject.name AS unknown_name,
        week.week IS NOT NULL AS is_known_week,
        coalesce(week.source = 'daily_rows', FALSE) AS has_rows,
        coalesce(week.is_complete, FALSE) AS is_complete,
        catalogue_week.week IS NOT NULL AS has_catalogue
    FROM staging.claim
    LEFT JOIN ordered AS best
        ON
            claim.file = best.file
            AND claim.claim_id = best.claim_id
            AND best.choice = 1
    LEFT JOIN full_scope
        ON
            claim.file = full_scope.file
            AND claim.claim_id = full_scope.claim_id
    LEFT JOIN unknown_subject
        ON
            claim.file = unknown_subject.file
            AND claim.claim_id = unknown_subject.claim_id
    INNER JOIN worded AS printed ON claim.unit = printed.unit AND claim.printed = printed.number
    LEFT JOIN worded AS computed ON claim.unit = computed.unit AND best.computed_said = computed.number
    LEFT JOIN worded AS low ON claim.unit = low.unit AND best.low_said = low.number
    LEFT JOIN worded AS high ON claim.unit = high.unit AND best.high_said = high.number
    LEFT JOIN worded AS fully ON claim.unit = fully.unit AND full_scope.computed_said = fully.number
    LEFT JOIN core.week ON claim.week = week.week
    LEFT JOIN catalogue_week ON claim.week = catalogue_week.week
),

judged AS (
    SELECT
        *,
        CASE
            WHEN matches AND width = 1 THEN 'CONFIRMED'
            WHEN matches THEN 'SCOPE_ONLY'
            WHEN has_full_scope AND NOT is_possible THEN 'CONTRADICTED'
            WHEN has_full_scope THEN 'UNVERIFIABLE'
            WHEN metric = 'task_share' AND unknown_name IS NOT NULL THEN 'NOT_COMPARABLE'
            WHEN unknown_name IS NOT NULL THEN 'UNVERIFIABLE'
            WHEN metric = 'rising_streak' AND subject <> 'all' THEN 'NOT_COMPARABLE'
            WHEN metric = 'price_ratio' AND has_catalogue THEN 'NOT_COMPARABLE'
            ELSE 'UNVERIFIABLE'
        END AS verdict,
        computed_in_words
        || CASE
            WHEN metric = 'rank_tokens' AND computed_rank IS NULL THEN ' outside the daily top 50'
            WHEN metric = 'rank_tokens' THEN ' at rank ' || cast(computed_rank AS VARCHAR)
            ELSE ''
        END AS found_words,
        CASE
            WHEN unit = 'bool' THEN 'yes or no'
            WHEN high_words IS NULL AND low_words IS NOT NULL THEN 'at least ' || low_words
            ELSE
                'from ' || coalesce(low_words, 'unknown') || ' to ' || coalesce(high_words, 'unknown')
        END AS bound_words,
        -- Where only bounds are known, a limit holds by the bound on its side.
        CASE
            WHEN operator IN ('lt', 'le') THEN 'at most ' || high_words
            ELSE 'at least ' || low_words
        END AS limit_words
    FROM gathered
),

explained AS (
    SELECT
        *,
        CASE
            WHEN verdict = 'CONFIRMED' AND basis = 'estimate'
                THEN 'Within P10 to P90 of our estimate at list prices, ' || bound_words || '.'
            WHEN verdict = 'CONFIRMED'
                THEN
                    'Holds at scope ' || scope || ': '
                    || coalesce(found_words, limit_words) || '.'
            WHEN verdict = 'SCOPE_ONLY'
                THEN
                    'Holds only at scope ' || scope
                    || ' (' || coalesce(found_words, limit_words) || '); at scope '
                    || coalesce(full_scope, 'all') || ' it is '
                    || coalesce(full_words, 'not known') || '.'
            WHEN verdict = 'CONTRADICTED' AND basis = 'estimate'
                THEN 'Outside P10 to P90 of our estimate at list prices, ' || bound_words || '.'
            WHEN verdict = 'CONTRADICTED'
                THEN
                    'At scope ' || scope || ' it is ' || coalesce(found_words, bound_words)
                    || '; it holds at no other scope either.'
            WHEN metric = 'task_share' AND unknown_name IS NOT NULL
                THEN 'No source held counts a category ' || unknown_name || '.'
            WHEN unknown_name IS NOT NULL AND unknown_grain = 'model' AND has_catalogue
                THEN unknown_name || ' is in neither the catalogue nor the rankings of that week.'
            WHEN unknown_name IS NOT NULL AND unknown_grain = 'model'
                THEN unknown_name || ' cannot be resolved: no catalogue of that week is held.'
            WHEN unknown_name IS NOT NULL
                THEN 'The warehouse knows no ' || unknown_grain || ' named ' || unknown_name || '.'
            WHEN has_full_scope AND computed_high IS NULL
                THEN 'The rows held begin too late to tell: ' || bound_words || '.'
            WHEN has_full_scope THEN 'Days on which it was not listed leave it open: ' || bound_words || '.'
            WHEN metric = 'rising_streak' AND subject <> 'all'
                THEN 'A streak of rises is counted for all tokens only.'
            WHEN NOT is_known_week THEN 'The warehouse holds nothing of that week.'
            WHEN metric = 'task_share'
                THEN 'It needs the sampled categories of that week, which were not kept.'
            WHEN metric = 'price_ratio' AND has_catalogue
                THEN 'A free model, or one without a list price, has no price ratio.'
            WHEN
                metric IN (
                    'catalogue_models', 'price_ratio', 'revenue_share', 'weekly_revenue', 'monthly_revenue'
                )
                AND NOT has_catalogue
                THEN 'It needs a catalogue of that week for its prices, and none is held.'
            WHEN NOT is_complete THEN 'Some days of that week are missing.'
            WHEN NOT has_rows THEN 'Only the total of that week is known, no rows by model.'
            WHEN metric IN ('wow', 'vendor_wow', 'both_rise', 'left_top', 'entered_top', 'rising_streak')
                THEN 'It needs the complete week before with the subject in it, which is not held.'
            WHEN metric = 'multiple' THEN 'It needs the complete week a year before, which is not held.'
            WHEN metric IN ('revenue_share', 'weekly_revenue', 'monthly_revenue')
                THEN 'No listed model of the subject has a price in the catalogue of that week.'
            ELSE 'The subject is not among the models listed in that week.'
        END AS explanation
    FROM judged
),

final AS (
    SELECT
        claim_id,
        file,
        section,
        metric,
        subject,
        week,
        operator,
        printed,
        computed,
        unit,
        printed_in_words,
        computed_in_words,
        scope,
        verdict,
        explanation,
        matched_by,
        basis,
        printed_as
    FROM explained
)

SELECT * FROM final
