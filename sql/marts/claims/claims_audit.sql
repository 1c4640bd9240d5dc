/*
---
description: >-
  Each printed claim with what the warehouse computes and a verdict that follows from the numbers
  alone. CONFIRMED holds at the full scope; SCOPE_ONLY at a narrower one or another denominator;
  CONTRADICTED nowhere, with complete data; NOT_COMPARABLE has no measured counterpart;
  UNVERIFIABLE lacks rows.
grain: file × claim_id
unique: [file, claim_id]
function: claims_explained
columns:
  claim_id:
  file: VARCHAR NOT NULL | - | File of warehouse/reference/claims, or the one audited
  section:
  metric:
  subject:
  week:
  operator:
  printed:
  computed: DOUBLE | unit | The value at scope; NULL where none or only bounds are known
  computed_low: DOUBLE | unit | Lower bound of computed, or P10; NULL is unbounded or unknown
  computed_high: DOUBLE | unit | Upper bound of computed, or P90; NULL is unbounded or unknown
  computed_rank: BIGINT | place | The rank at scope, for claims of a rank
  unit:
  scope: VARCHAR | - | The scope at which it holds; if at none, the full one
  full_scope: VARCHAR | - | The scope by which it is confirmed
  full_computed: DOUBLE | unit | The value at full_scope; NULL where none or only bounds are known
  verdict: VARCHAR NOT NULL | - | CONFIRMED, SCOPE_ONLY, CONTRADICTED, NOT_COMPARABLE or UNVERIFIABLE
  reason: VARCHAR NOT NULL | - | Why the verdict is so, as a code
  unknown_grain: VARCHAR | - | What kind of subject is unknown; NULL if all are known
  unknown_name: VARCHAR | - | The unknown subject
  matched_by:
  basis: VARCHAR
  printed_as:
  title:
  publisher:
  published_on:
  url:
  explanation: VARCHAR NOT NULL | - | reason with its numbers, as an English sentence
accepted:
  verdict: [CONFIRMED, SCOPE_ONLY, CONTRADICTED, NOT_COMPARABLE, UNVERIFIABLE]
  reason:
    - holds
    - holds_in_scope
    - holds_nowhere
    - inside_band
    - outside_band
    - open
    - history_too_short
    - unknown_category
    - unknown_model
    - unresolved_model
    - unknown_subject
    - streak_of_subject
    - unknown_week
    - no_sample
    - no_list_price
    - no_catalogue
    - missing_days
    - only_total
    - no_previous_week
    - no_year_ago
    - no_price
    - not_listed
  matched_by: [half_digit, level, points, about, about_exact, limit, band]
checks:
  a verdict on a value has one: verdict IN ('NOT_COMPARABLE', 'UNVERIFIABLE') OR scope IS NOT NULL
---
*/
-- Of the scopes at which a claim holds, the nearest value counts; for a limit the widest scope.
WITH ordered AS (
    SELECT
        evidence.*,
        row_number() OVER (
            PARTITION BY evidence.file, evidence.claim_id
            ORDER BY
                CASE WHEN evidence.matches THEN 0 ELSE 1 END,
                CASE WHEN evidence.width = 1 THEN 0 ELSE 1 END,
                CASE
                    WHEN NOT evidence.matches OR claim.operator IN ('lt', 'le', 'gt', 'ge')
                        THEN cast(evidence.width AS DOUBLE)
                    ELSE abs(evidence.computed - claim.printed)
                END,
                evidence.width DESC,
                evidence.scope
        ) AS choice
    FROM marts.claims_evidence AS evidence
    INNER JOIN staging.claim ON evidence.file = claim.file AND evidence.claim_id = claim.claim_id
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

-- Everything that a verdict and its reason depend on, one row for each claim.
gathered AS (
    SELECT
        claim.*,
        best.scope,
        best.basis,
        best.computed,
        best.computed_low,
        best.computed_high,
        best.rank AS computed_rank,
        best.matched_by,
        coalesce(best.matches, FALSE) AS matches,
        best.width,
        full_scope.scope AS full_scope,
        full_scope.computed AS full_computed,
        full_scope.claim_id IS NOT NULL AS has_full_scope,
        coalesce(full_scope.is_possible, FALSE) AS is_possible,
        unknown_subject.grain AS unknown_grain,
        unknown_subject.name AS unknown_name,
        week.week IS NOT NULL AS is_known_week,
        coalesce(week.source = 'daily_rows', FALSE) AS has_rows,
        coalesce(week.is_complete, FALSE) AS is_complete,
        catalogue_week.week IS NOT NULL AS has_catalogue,
        claim.metric IN ('revenue_share', 'weekly_revenue', 'monthly_revenue') AS is_revenue
    FROM staging.claim
    LEFT JOIN ordered AS best
        ON
            claim.file = best.file
            AND claim.claim_id = best.claim_id
            AND best.choice = 1
    LEFT JOIN full_scope ON claim.file = full_scope.file AND claim.claim_id = full_scope.claim_id
    LEFT JOIN unknown_subject
        ON
            claim.file = unknown_subject.file
            AND claim.claim_id = unknown_subject.claim_id
    LEFT JOIN core.week ON claim.week = week.week
    LEFT JOIN catalogue_week ON claim.week = catalogue_week.week
),

reasoned AS (
    SELECT
        *,
        CASE
            WHEN matches AND width = 1 AND basis = 'estimate' THEN 'inside_band'
            WHEN matches AND width = 1 THEN 'holds'
            WHEN matches THEN 'holds_in_scope'
            WHEN has_full_scope AND NOT is_possible AND basis = 'estimate' THEN 'outside_band'
            WHEN has_full_scope AND NOT is_possible THEN 'holds_nowhere'
            WHEN has_full_scope AND computed_high IS NULL THEN 'history_too_short'
            WHEN has_full_scope THEN 'open'
            WHEN unknown_grain = 'category' THEN 'unknown_category'
            WHEN unknown_grain = 'model' AND has_catalogue THEN 'unknown_model'
            WHEN unknown_grain = 'model' THEN 'unresolved_model'
            WHEN unknown_grain IS NOT NULL THEN 'unknown_subject'
            WHEN metric = 'rising_streak' AND subject <> 'all' THEN 'streak_of_subject'
            WHEN metric = 'price_ratio' AND has_catalogue THEN 'no_list_price'
            WHEN NOT is_known_week THEN 'unknown_week'
            WHEN metric = 'task_share' THEN 'no_sample'
            WHEN (is_revenue OR metric IN ('catalogue_models', 'price_ratio')) AND NOT has_catalogue
                THEN 'no_catalogue'
            WHEN NOT is_complete THEN 'missing_days'
            WHEN NOT has_rows THEN 'only_total'
            WHEN metric IN ('wow', 'vendor_wow', 'both_rise', 'left_top', 'entered_top', 'rising_streak')
                THEN 'no_previous_week'
            WHEN metric = 'multiple' THEN 'no_year_ago'
            WHEN is_revenue THEN 'no_price'
            ELSE 'not_listed'
        END AS reason
    FROM gathered
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
        computed_low,
        computed_high,
        computed_rank,
        unit,
        scope,
        full_scope,
        full_computed,
        CASE
            WHEN reason IN ('holds', 'inside_band') THEN 'CONFIRMED'
            WHEN reason = 'holds_in_scope' THEN 'SCOPE_ONLY'
            WHEN reason IN ('holds_nowhere', 'outside_band') THEN 'CONTRADICTED'
            WHEN reason IN ('unknown_category', 'streak_of_subject', 'no_list_price') THEN 'NOT_COMPARABLE'
            ELSE 'UNVERIFIABLE'
        END AS verdict,
        reason,
        unknown_grain,
        unknown_name,
        matched_by,
        basis,
        printed_as,
        title,
        publisher,
        published_on,
        url
    FROM reasoned
)

SELECT * FROM final
