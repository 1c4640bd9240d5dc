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
  computed_low:
  computed_high:
  rank_low:
  rank_high:
  matches: BOOLEAN NOT NULL | - | Whether the printed value surely holds here
  is_possible: BOOLEAN NOT NULL | - | Whether it holds for some value that the known rows allow
  by_attributed: BOOLEAN NOT NULL | - | Whether what is attributed matches, and not both bounds
  matched_by: VARCHAR NOT NULL
accepted:
  basis: [measured, estimate, list_price]
---
*/
WITH fact AS (
    SELECT
        volume.file,
        volume.claim_id,
        volume.scope,
        volume.width,
        'measured' AS basis,
        volume.value,
        volume.value_low,
        volume.value_high,
        place.rank_low,
        place.rank_high
    FROM core.claim_volume AS volume
    LEFT JOIN core.claim_place AS place
        ON
            volume.file = place.file
            AND volume.claim_id = place.claim_id
            AND volume.scope = place.scope
    UNION ALL
    SELECT
        place.file,
        place.claim_id,
        place.scope,
        place.width,
        'measured' AS basis,
        place.value,
        place.value_low,
        place.value_high,
        place.rank_low,
        place.rank_high
    FROM core.claim_place AS place
    INNER JOIN staging.claim ON place.file = claim.file AND place.claim_id = claim.claim_id
    WHERE claim.kind <> 'rank_tokens'
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        width,
        'measured' AS basis,
        value,
        value_low,
        value_high,
        NULL AS rank_low,
        NULL AS rank_high
    FROM core.claim_history
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        width,
        basis,
        value,
        value_low,
        value_high,
        NULL AS rank_low,
        NULL AS rank_high
    FROM core.claim_offer
),

-- A printed value may be off by half its last digit, and by a little more where figures are restated.
-- If the last digit is finer than that margin, the number is not treated as rounded, even with about.
allowed AS (
    SELECT
        fact.*,
        claim.operator,
        claim.unit_size,
        claim.printed_value,
        claim.rank AS claimed_rank,
        claim.last_digit / 2 AS by_digit,
        CASE
            WHEN claim.unit IN ('percent', 'points') THEN 0.001
            ELSE 0.002 * abs(claim.printed_value)
        END AS by_level,
        CASE WHEN claim.unit IN ('percent', 'points') THEN 'points' ELSE 'level' END AS level_rule,
        CASE
            WHEN claim.operator <> 'about' THEN 0
            WHEN claim.last_digit < 0.002 * abs(claim.printed_value) THEN 0.035 * abs(claim.printed_value)
            ELSE 0.05 * abs(claim.printed_value)
        END AS by_about,
        CASE
            WHEN claim.last_digit < 0.002 * abs(claim.printed_value) THEN 'about_exact'
            ELSE 'about'
        END AS about_rule
    FROM fact
    INNER JOIN staging.claim ON fact.file = claim.file AND fact.claim_id = claim.claim_id
),

ruled AS (
    SELECT
        *,
        CASE
            WHEN basis = 'estimate' THEN 0
            ELSE greatest(by_digit, by_level, by_about) * 1.000000001
        END AS tolerance,
        CASE
            WHEN operator IN ('lt', 'le', 'gt', 'ge') THEN 'limit'
            WHEN basis = 'estimate' THEN 'band'
            WHEN by_about >= by_digit AND by_about >= by_level THEN about_rule
            WHEN by_digit >= by_level THEN 'half_digit'
            ELSE level_rule
        END AS matched_by
    FROM allowed
),

-- A value may be known, or be between bounds. A limit holds surely if it holds at both ends. A number
-- matches both ends, or what is attributed; of a list price only both. It is possible anywhere between. A
-- wide estimate confirms nothing.
compared AS (
    SELECT
        *,
        coalesce(
            CASE
                WHEN operator = 'lt' THEN value_high < printed_value
                WHEN operator = 'le' THEN value_high <= printed_value
                WHEN operator = 'gt' THEN value_low > printed_value
                WHEN operator = 'ge' THEN value_low >= printed_value
                WHEN basis = 'estimate' THEN value_low <= printed_value AND printed_value <= value_high
                ELSE
                    abs(value_low - printed_value) <= tolerance
                    AND abs(value_high - printed_value) <= tolerance
            END,
            FALSE
        ) AS surely,
        coalesce(
            operator IN ('eq', 'about') AND basis = 'measured' AND abs(value - printed_value) <= tolerance,
            FALSE
        ) AS as_attributed,
        CASE operator
            WHEN 'lt' THEN value_low < printed_value
            WHEN 'le' THEN value_low <= printed_value
            WHEN 'gt' THEN value_high > printed_value
            WHEN 'ge' THEN value_high >= printed_value
            ELSE
                coalesce(value_low - tolerance <= printed_value, TRUE)
                AND coalesce(printed_value <= value_high + tolerance, TRUE)
        END AS possibly,
        coalesce(claimed_rank = rank_low AND claimed_rank = rank_high, claimed_rank IS NULL) AS rank_surely,
        coalesce(
            claimed_rank >= rank_low AND coalesce(claimed_rank <= rank_high, TRUE), claimed_rank IS NULL
        ) AS rank_possibly
    FROM ruled
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        basis,
        value / nullif(unit_size, 0) AS computed,
        value_low / nullif(unit_size, 0) AS computed_low,
        value_high / nullif(unit_size, 0) AS computed_high,
        rank_low,
        rank_high,
        (as_attributed OR (surely AND (basis <> 'estimate' OR coalesce(value_high <= 2 * value_low, FALSE))))
        AND rank_surely AS matches,
        coalesce(possibly, TRUE) AND rank_possibly AS is_possible,
        as_attributed AND NOT surely AND rank_surely AS by_attributed,
        matched_by
    FROM compared
)

SELECT * FROM final
