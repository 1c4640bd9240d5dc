/*
---
description: >-
  Each printed claim with what the warehouse computes and a verdict that follows from the numbers
  alone. CONFIRMED surely holds at the full scope, SCOPE_ONLY at a narrower one or another
  denominator. CONTRADICTED holds at no value that the data allow. UNVERIFIABLE holds at some of them
  only, or cannot be computed since rows are missing.
  NOT_COMPARABLE has no measured counterpart. REFUSED is a row that cannot be read.
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
  weeks_from:
  listed_models:
  unknown_grain:
  unknown_name:
  open_family:
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
-- Everything that a verdict and its reason depend on, one row for each line of the files. A refused
-- row may have the name of another and has nothing of it.
WITH gathered AS (
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
        coalesce(choice.by_attributed, FALSE) AS by_attributed,
        choice.full_scope IS NOT NULL AND choice.may_hold AS may_hold,
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
        gap.unknown_grain,
        gap.unknown_name,
        gap.open_family,
        gap.is_bloc,
        gap.is_unlisted,
        gap.was_unlisted,
        gap.days_known,
        gap.is_known,
        gap.is_listed,
        gap.listed_models,
        gap.is_beyond_list,
        gap.lacks_base,
        gap.lacks_base_list,
        gap.weeks_from,
        gap.is_first_week,
        gap.is_not_over,
        gap.has_catalogue,
        gap.has_base_catalogue
    FROM reference.claims AS claim
    LEFT JOIN core.claim_choice AS choice
        ON claim.file = choice.file AND claim.claim_id = choice.claim_id AND claim.fault IS NULL
    LEFT JOIN core.claim_gap AS gap
        ON claim.file = gap.file AND claim.claim_id = gap.claim_id AND claim.fault IS NULL
),

-- The first that applies: the row is refused, it holds, it may hold, it holds nowhere, or there is nothing
-- to compare, because the subject is unknown or rows are missing.
reasoned AS (
    SELECT
        *,
        CASE
            WHEN fault IS NOT NULL THEN fault
            WHEN matches AND width = 1 AND matched_by = 'band' THEN 'inside_band'
            WHEN matches AND width = 1 AND basis = 'estimate' THEN 'over_band'
            WHEN matches AND width = 1 AND by_attributed THEN 'holds_as_attributed'
            WHEN matches AND width = 1 THEN 'holds'
            WHEN matches THEN 'holds_in_scope'
            WHEN may_hold AND open_family IS NOT NULL THEN 'open_series'
            WHEN may_hold AND basis = 'estimate' THEN 'open_band'
            WHEN may_hold AND basis = 'list_price' THEN 'open_price'
            WHEN may_hold AND kind = 'first_time' AND is_first_week THEN 'first_week'
            WHEN may_hold AND kind = 'streak' AND full_high IS NULL
                THEN 'open_beginning'
            WHEN may_hold AND (condition IS NOT NULL OR kind IN ('entered_top', 'left_top'))
                THEN 'open_weeks'
            WHEN may_hold AND kind = 'rank' AND is_bloc THEN 'open_bloc_rank'
            WHEN may_hold THEN 'open'
            WHEN full_scope IS NOT NULL AND basis = 'estimate' THEN 'outside_band'
            WHEN full_scope IS NOT NULL THEN 'holds_nowhere'
            WHEN unknown_grain = 'category' THEN 'unknown_category'
            WHEN unknown_grain = 'model' AND has_catalogue THEN 'unknown_model'
            WHEN unknown_grain = 'model' THEN 'unresolved_model'
            WHEN unknown_grain IS NOT NULL THEN 'unknown_subject'
            WHEN is_not_over THEN 'not_over'
            WHEN needs = 'sample' THEN 'no_sample'
            WHEN needs = 'calls' THEN 'no_calls'
            WHEN needs = 'index' THEN 'few_scored'
            WHEN needs <> 'rankings' AND NOT has_catalogue THEN 'no_catalogue'
            WHEN needs = 'prices' AND NOT has_base_catalogue THEN 'no_base_catalogue'
            WHEN needs = 'prices' THEN 'no_list_price'
            WHEN days_known = 0 THEN 'no_data'
            WHEN NOT is_known THEN 'missing_days'
            WHEN is_first_week THEN 'first_week'
            WHEN lacks_base THEN 'no_base'
            WHEN NOT is_listed THEN 'only_total'
            WHEN lacks_base_list THEN 'base_only_total'
            WHEN is_beyond_list THEN 'beyond_list'
            WHEN needs = 'revenue' AND open_family IS NOT NULL THEN 'open_series_band'
            WHEN needs = 'revenue' THEN 'no_price'
            WHEN was_unlisted AND NOT is_unlisted THEN 'base_not_listed'
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
        weeks_from,
        listed_models,
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
