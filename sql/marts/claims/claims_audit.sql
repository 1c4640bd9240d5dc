/*
---
description: >-
  Each printed claim with what the warehouse computes and a verdict that follows from the numbers
  alone. CONFIRMED surely holds at the full scope; SCOPE_ONLY at a narrower one or another
  denominator; CONTRADICTED at no value that the data allow; UNVERIFIABLE at some of them, or rows
  are missing; NOT_COMPARABLE has no measured counterpart; REFUSED is a row that cannot be read.
grain: file × line
unique: [file, line]
function: claims_explained
columns:
  claim_id: VARCHAR
  file: VARCHAR NOT NULL | - | File of warehouse/reference/claims, or the one audited
  line:
  section:
  metric: VARCHAR
  subject: VARCHAR
  period: VARCHAR
  week: DATE | Monday | The ISO week in which the period ends, UTC
  first_day:
  last_day:
  days:
  days_known: BIGINT | days | Days of it with rows, or of a week whose total is known
  base_first_day:
  base_last_day:
  operator: VARCHAR
  printed: DOUBLE
  rank: BIGINT | place | The rank claimed with the number
  computed: DOUBLE | unit | The value at scope; NULL where none or only bounds are known
  computed_low:
  computed_high:
  rank_low:
  rank_high:
  unit: VARCHAR
  scope: VARCHAR | - | The scope at which it holds; if at none, the full one
  full_scope: VARCHAR | - | The scope by which it is confirmed
  full_computed:
  full_low:
  full_high:
  free_matters:
  free_computed:
  free_low:
  free_high:
  free_rank:
  free_rank_high:
  verdict: VARCHAR NOT NULL | - | What the numbers say of the claim
  reason: VARCHAR NOT NULL | - | Why the verdict is so, as a code
  unknown_grain: VARCHAR | - | What kind of subject is unknown; NULL if all are known
  unknown_name: VARCHAR | - | The unknown subject
  open_family: VARCHAR | - | A family that may belong to the series of the subject; NULL if none
  fault_field: VARCHAR | - | The column of a refused row that is wrong, or line
  fault_value: VARCHAR | - | What it contains
  fault_expected: VARCHAR | - | What could be there
  matched_by:
  basis: VARCHAR
  printed_as: VARCHAR
  title:
  publisher:
  published_on:
  url:
  explanation: VARCHAR NOT NULL | - | reason with its numbers, as an English sentence
accepted:
  verdict: [CONFIRMED, SCOPE_ONLY, UNVERIFIABLE, CONTRADICTED, NOT_COMPARABLE, REFUSED]
  matched_by: [half_digit, level, points, about, about_exact, limit, band]
checks:
  a verdict on a value has one: >-
    verdict NOT IN ('CONFIRMED', 'SCOPE_ONLY', 'CONTRADICTED') OR scope IS NOT NULL
  only a row that is refused has a fault: (verdict = 'REFUSED') = (fault_field IS NOT NULL)
---
*/
WITH unknown_subject AS (
    SELECT
        operand.file,
        operand.claim_id,
        min(part.grain) AS grain,
        min(part.name) AS name
    FROM core.claim_operand AS operand
    INNER JOIN staging.claim ON operand.file = claim.file AND operand.claim_id = claim.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week
    WHERE part.key IS NULL
    GROUP BY operand.file, operand.claim_id
),

-- Of the weeks of the claim, or of all weeks up to its own where it is about weeks in a row.
open_series AS (
    SELECT
        operand.file,
        operand.claim_id,
        min(family.family) AS family
    FROM core.claim_operand AS operand
    INNER JOIN staging.claim ON operand.file = claim.file AND operand.claim_id = claim.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week AND part.grain = 'series'
    INNER JOIN core.series_family AS family
        ON
            part.key = family.series
            AND family.membership <> 'sure'
            AND family.tokens > 0
            AND family.week <= claim.last_day
            AND (
                claim.kind LIKE 'streak_%' OR claim.kind LIKE 'first_%'
                OR family.week + INTERVAL 6 DAY >= coalesce(claim.base_first_day, claim.first_day)
            )
    GROUP BY operand.file, operand.claim_id
),

catalogue_week AS (
    SELECT DISTINCT week FROM staging.catalogue
),

newest AS (
    SELECT cast(max(week) + INTERVAL 6 DAY AS DATE) AS last_day FROM core.week
),

-- Everything that a verdict and its reason depend on, one row for each line of the files. A refused
-- row may have the name of another and has nothing of it.
gathered AS (
    SELECT
        claim.*,
        choice.scope,
        choice.width,
        choice.basis,
        choice.computed,
        choice.computed_low,
        choice.computed_high,
        choice.rank_low,
        choice.rank_high,
        choice.matched_by,
        coalesce(choice.matches, FALSE) AS matches,
        coalesce(choice.may_hold, FALSE) AS may_hold,
        choice.full_scope,
        choice.full_computed,
        choice.full_low,
        choice.full_high,
        coalesce(choice.free_matters, FALSE) AS free_matters,
        choice.free_computed,
        choice.free_low,
        choice.free_high,
        choice.free_rank,
        choice.free_rank_high,
        unknown_subject.grain AS unknown_grain,
        unknown_subject.name AS unknown_name,
        open_series.family AS open_family,
        period.days_known,
        period.is_known,
        period.is_listed,
        coalesce(NOT base.is_known, FALSE) AS lacks_base,
        newest.last_day < claim.last_day AS is_not_over,
        catalogue_week.week IS NOT NULL AS has_catalogue,
        claim.kind LIKE 'streak_%' OR claim.kind LIKE 'first_%'
        OR claim.kind IN ('entered_top', 'left_top') AS is_over_weeks,
        claim.kind LIKE '%revenue%' AS is_revenue,
        claim.kind LIKE '%price%' AS is_price
    FROM reference.claims AS claim
    CROSS JOIN newest
    LEFT JOIN core.claim_choice AS choice
        ON claim.file = choice.file AND claim.claim_id = choice.claim_id AND claim.fault IS NULL
    LEFT JOIN unknown_subject
        ON
            claim.file = unknown_subject.file
            AND claim.claim_id = unknown_subject.claim_id
            AND claim.fault IS NULL
    LEFT JOIN open_series
        ON claim.file = open_series.file AND claim.claim_id = open_series.claim_id AND claim.fault IS NULL
    LEFT JOIN core.claim_period AS period
        ON claim.first_day = period.first_day AND claim.last_day = period.last_day
    LEFT JOIN core.claim_period AS base
        ON claim.base_first_day = base.first_day AND claim.base_last_day = base.last_day
    LEFT JOIN catalogue_week ON claim.week = catalogue_week.week
),

-- The first that applies: the row is refused; it holds; it may hold; it holds nowhere; there is nothing
-- to compare, because the subject is unknown or rows are missing.
reasoned AS (
    SELECT
        *,
        CASE
            WHEN fault IS NOT NULL THEN fault
            WHEN matches AND width = 1 AND matched_by = 'band' THEN 'inside_band'
            WHEN matches AND width = 1 AND basis = 'estimate' THEN 'over_band'
            WHEN
                matches AND width = 1 AND basis = 'measured' AND matched_by <> 'limit'
                AND computed_low < computed_high
                THEN 'holds_as_attributed'
            WHEN matches AND width = 1 THEN 'holds'
            WHEN matches THEN 'holds_in_scope'
            WHEN full_scope IS NOT NULL AND may_hold AND open_family IS NOT NULL THEN 'open_series'
            WHEN full_scope IS NOT NULL AND may_hold AND basis = 'estimate' THEN 'open_band'
            WHEN full_scope IS NOT NULL AND may_hold AND basis = 'list_price' THEN 'open_price'
            WHEN full_scope IS NOT NULL AND may_hold AND is_over_weeks THEN 'open_weeks'
            WHEN full_scope IS NOT NULL AND may_hold THEN 'open'
            WHEN full_scope IS NOT NULL AND basis = 'estimate' THEN 'outside_band'
            WHEN full_scope IS NOT NULL THEN 'holds_nowhere'
            WHEN unknown_grain = 'category' THEN 'unknown_category'
            WHEN unknown_grain = 'model' AND has_catalogue THEN 'unknown_model'
            WHEN unknown_grain = 'model' THEN 'unresolved_model'
            WHEN unknown_grain IS NOT NULL THEN 'unknown_subject'
            WHEN is_not_over THEN 'not_over'
            WHEN kind = 'task_share' THEN 'no_sample'
            WHEN (is_revenue OR is_price OR kind = 'catalogue_models') AND NOT has_catalogue
                THEN 'no_catalogue'
            WHEN is_price THEN 'no_list_price'
            WHEN days_known = 0 THEN 'no_data'
            WHEN NOT is_known THEN 'missing_days'
            WHEN lacks_base THEN 'no_base'
            WHEN NOT is_listed THEN 'only_total'
            WHEN is_revenue AND open_family IS NOT NULL THEN 'open_series_band'
            WHEN is_revenue THEN 'no_price'
            ELSE 'not_listed'
        END AS reason
    FROM gathered
),

final AS (
    SELECT
        claim_id,
        file,
        line,
        section,
        metric,
        subject,
        period,
        week,
        first_day,
        last_day,
        days,
        days_known,
        base_first_day,
        base_last_day,
        operator,
        printed,
        rank,
        computed,
        computed_low,
        computed_high,
        rank_low,
        rank_high,
        unit,
        scope,
        full_scope,
        full_computed,
        full_low,
        full_high,
        free_matters,
        free_computed,
        free_low,
        free_high,
        free_rank,
        free_rank_high,
        CASE
            WHEN fault IS NOT NULL THEN 'REFUSED'
            WHEN reason IN ('holds', 'holds_as_attributed', 'inside_band', 'over_band') THEN 'CONFIRMED'
            WHEN reason = 'holds_in_scope' THEN 'SCOPE_ONLY'
            WHEN reason IN ('holds_nowhere', 'outside_band') THEN 'CONTRADICTED'
            WHEN reason IN ('unknown_category', 'no_list_price') THEN 'NOT_COMPARABLE'
            ELSE 'UNVERIFIABLE'
        END AS verdict,
        reason,
        unknown_grain,
        unknown_name,
        open_family,
        fault_field,
        fault_value,
        fault_expected,
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
