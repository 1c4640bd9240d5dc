/*
---
description: >-
  What the warehouse can say to each claim: the computed value at every scope that fits, and whether
  the printed one matches it. The verdicts of marts.claims_audit follow from these rows.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file:
  claim_id:
  scope: VARCHAR NOT NULL | - | Which rows, or which price, the value is computed from
  width:
  basis:
  computed:
  computed_low: DOUBLE | the claim's unit | Lower bound or P10; NULL is unbounded
  computed_high: DOUBLE | the claim's unit | Upper bound or P90; NULL is unbounded
  rank: BIGINT | place | The rank at this scope, for claims of a rank
  matches: BOOLEAN NOT NULL | - | Whether the printed value holds here
  is_possible: BOOLEAN NOT NULL | - | Whether it lies within what the known rows leave open
  matched_by: VARCHAR NOT NULL
accepted:
  basis: [measured, estimate, list_price]
---
*/
-- A printed value may be off by half its last digit, and by a little more where figures are restated.
-- A number printed finer than that little is no round one, whatever about it says.
WITH compared AS (
    SELECT
        fact.*,
        -- A measured value must keep a limit at its worse bound, an estimate at its better one.
        CASE fact.basis WHEN 'estimate' THEN fact.value_low ELSE fact.value_high END AS surely_below,
        CASE fact.basis WHEN 'estimate' THEN fact.value_high ELSE fact.value_low END AS surely_above,
        claim.operator,
        claim.printed_value,
        claim.unit_size,
        CASE WHEN claim.metric = 'rank_tokens' THEN claim.rank END AS claimed_rank,
        claim.last_digit / 2 AS by_digit,
        CASE WHEN claim.unit = 'percent' THEN 0.001 ELSE 0.002 * abs(claim.printed_value) END AS by_level,
        CASE
            WHEN claim.operator <> 'about' THEN 0
            WHEN claim.last_digit < 0.002 * abs(claim.printed_value) THEN 0.035 * abs(claim.printed_value)
            ELSE 0.05 * abs(claim.printed_value)
        END AS by_about,
        CASE WHEN claim.unit = 'percent' THEN 'points' ELSE 'level' END AS level_rule,
        CASE
            WHEN claim.last_digit < 0.002 * abs(claim.printed_value) THEN 'about_exact'
            ELSE 'about'
        END AS about_rule
    FROM marts.claims_fact AS fact
    INNER JOIN staging.claim
        ON
            fact.file = claim.file
            AND fact.claim_id = claim.claim_id
),

judged AS (
    SELECT
        *,
        coalesce(claimed_rank = rank, claimed_rank IS NULL) AS rank_holds,
        CASE
            WHEN operator IN ('lt', 'le', 'gt', 'ge') THEN 'limit'
            WHEN basis = 'estimate' THEN 'band'
            WHEN by_about >= by_digit AND by_about >= by_level THEN about_rule
            WHEN by_digit >= by_level THEN 'half_digit'
            ELSE level_rule
        END AS matched_by,
        CASE
            WHEN operator IN ('eq', 'about') AND basis = 'estimate'
                THEN value_low <= printed_value AND printed_value <= value_high
            WHEN operator IN ('eq', 'about')
                THEN
                    abs(value - printed_value) <= greatest(by_digit, by_level, by_about) * 1.000000001
            WHEN operator = 'lt' THEN surely_below < printed_value
            WHEN operator = 'le' THEN surely_below <= printed_value
            WHEN operator = 'gt' THEN surely_above > printed_value
            WHEN operator = 'ge' THEN surely_above >= printed_value
        END AS value_holds,
        CASE
            WHEN basis = 'estimate' OR value_low = value_high THEN FALSE
            WHEN operator IN ('eq', 'about')
                THEN
                    coalesce(printed_value >= value_low, TRUE) AND coalesce(printed_value <= value_high, TRUE)
            WHEN operator = 'lt' THEN coalesce(value_low < printed_value, TRUE)
            WHEN operator = 'le' THEN coalesce(value_low <= printed_value, TRUE)
            WHEN operator = 'gt' THEN coalesce(value_high > printed_value, TRUE)
            ELSE coalesce(value_high >= printed_value, TRUE)
        END AS is_possible
    FROM compared
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        width,
        basis,
        value / nullif(unit_size, 0) AS computed,
        value_low / nullif(unit_size, 0) AS computed_low,
        value_high / nullif(unit_size, 0) AS computed_high,
        rank,
        rank_holds AND coalesce(value_holds, FALSE) AS matches,
        is_possible,
        matched_by
    FROM judged
)

SELECT * FROM final
