/*
---
description: >-
  What the warehouse computes for claims of tokens, of their shares, growth and ratios, at every
  scope, with the bounds that follow from those of the tokens.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file:
  claim_id:
  scope: VARCHAR NOT NULL | - | Which rows the value is computed from
  width:
  value:
  value_low:
  value_high:
---
*/
-- First what each operand has in the claim's own period and in the one it is compared with.
WITH claimed AS (
    SELECT *
    FROM staging.claim
    WHERE
        kind IN (
            'tokens', 'rank_tokens', 'month_tokens', 'growth', 'multiple', 'share', 'share_change', 'ratio',
            'all_rise'
        )
),

span AS (
    SELECT
        *,
        FALSE AS is_base,
        first_day AS from_day,
        last_day AS to_day,
        days AS span_days
    FROM claimed
    UNION ALL
    SELECT
        *,
        TRUE AS is_base,
        base_first_day AS from_day,
        base_last_day AS to_day,
        base_days AS span_days
    FROM claimed
    WHERE base_first_day IS NOT NULL
),

measured AS (
    SELECT
        span.file,
        span.claim_id,
        span.kind,
        span.operands,
        span.is_base,
        span.span_days,
        operand.position,
        tokens.operand <> operand.operand AS is_with_free,
        tokens.*
    FROM span
    INNER JOIN core.claim_operand AS operand
        ON span.file = operand.file AND span.claim_id = operand.claim_id
    INNER JOIN core.claim_period AS period
        ON span.from_day = period.first_day AND span.to_day = period.last_day
    INNER JOIN core.claim_tokens AS tokens
        ON
            span.week = tokens.week
            AND period.period_id = tokens.period_id
            AND (operand.operand = tokens.operand OR operand.operand || '+free' = tokens.operand)
    WHERE
        span.is_base OR tokens.models > 0 OR tokens.scope = 'all'
        OR (tokens.scope = 'named' AND (tokens.tokens_high > 0 OR tokens.is_division))
),

-- Tokens of what divides all tokens, such as a bloc, and ratios with it or with all tokens, are judged
-- among all tokens.
judged AS (
    SELECT
        *,
        (kind = 'tokens' AND is_division)
        OR (
            kind = 'ratio'
            AND bool_or(is_division OR is_market) OVER (PARTITION BY file, claim_id)
        ) AS is_of_all
    FROM measured
),

-- The quantity that the claim is about, at every scope: tokens, tokens in thirty days, or tokens over
-- those of the scope. Among all tokens, hidden ones may be the subject's. Width 1 is the scope that
-- confirms, larger ones are narrower.
quantity AS (
    SELECT
        *,
        CASE kind
            WHEN 'month_tokens' THEN scope || CASE WHEN is_base THEN ':four_weeks' ELSE ':week_rate' END
            ELSE scope
        END AS quantity_scope,
        CASE
            WHEN kind = 'month_tokens' AND NOT is_base THEN width + 5
            WHEN is_of_all THEN width + 1
            ELSE width
        END AS quantity_width,
        CASE kind WHEN 'month_tokens' THEN cast(span_days AS DOUBLE) / 30 ELSE 1 END AS divisor,
        0 AS added_tokens
    FROM judged
    WHERE
        kind NOT IN ('share', 'share_change')
        AND (kind <> 'rank_tokens' OR width = 1)
        AND NOT (is_of_all AND scope = 'all')
    UNION ALL
    SELECT
        *,
        'all' AS quantity_scope,
        1 AS quantity_width,
        CASE WHEN kind IN ('share', 'share_change') THEN total_tokens ELSE 1 END AS divisor,
        hidden_tokens AS added_tokens
    FROM judged
    WHERE width = 1 AND (kind IN ('share', 'share_change') OR is_of_all)
    UNION ALL
    SELECT
        *,
        scope AS quantity_scope,
        greatest(width, 2) AS quantity_width,
        scope_tokens AS divisor,
        0 AS added_tokens
    FROM judged
    WHERE kind IN ('share', 'share_change') AND scope <> 'all'
    UNION ALL
    SELECT
        *,
        'cn_us' AS quantity_scope,
        6 AS quantity_width,
        cn_us_tokens AS divisor,
        0 AS added_tokens
    FROM judged
    WHERE kind = 'share' AND scope = 'named' AND operand IN ('bloc=CN', 'bloc=US')
),

bounded AS (
    SELECT
        file,
        claim_id,
        kind,
        position,
        is_with_free,
        is_base AND kind <> 'month_tokens' AS is_base,
        quantity_scope AS scope,
        quantity_width AS width,
        cast(tokens AS DOUBLE) / nullif(divisor, 0) AS value,
        cast(tokens_low AS DOUBLE) / nullif(divisor, 0) AS low,
        CASE
            WHEN kind IN ('share', 'share_change')
                THEN least(cast(tokens_high + added_tokens AS DOUBLE) / nullif(divisor, 0), 1)
            ELSE cast(tokens_high + added_tokens AS DOUBLE) / nullif(divisor, 0)
        END AS high,
        1 + length(operands) - length(replace(operands, ';', '')) AS operand_count
    FROM quantity
),

-- The value claimed: one quantity, or two of which one is divided or subtracted.
compared AS (
    SELECT
        own.*,
        other.value AS other_value,
        other.low AS other_low,
        other.high AS other_high
    FROM bounded AS own
    LEFT JOIN bounded AS other
        ON
            own.file = other.file
            AND own.claim_id = other.claim_id
            AND own.scope = other.scope
            AND own.is_with_free = other.is_with_free
            AND (
                (own.kind <> 'ratio' AND other.is_base AND own.position = other.position)
                OR (own.kind = 'ratio' AND other.position = 2)
            )
    WHERE NOT own.is_base AND (own.kind <> 'ratio' OR own.position = 1)
),

combined AS (
    SELECT
        *,
        CASE
            WHEN kind IN ('ratio', 'multiple') THEN value / nullif(other_value, 0)
            WHEN kind = 'growth' THEN value / nullif(other_value, 0) - 1
            WHEN kind = 'share_change' THEN value - other_value
            WHEN kind = 'all_rise' AND low > other_high THEN 1
            WHEN kind = 'all_rise' AND high <= other_low THEN 0
            WHEN kind <> 'all_rise' THEN value
        END AS computed,
        CASE
            WHEN kind IN ('ratio', 'multiple') THEN low / nullif(other_high, 0)
            WHEN kind = 'growth' THEN low / nullif(other_high, 0) - 1
            WHEN kind = 'share_change' THEN low - other_high
            WHEN kind = 'all_rise' THEN CASE WHEN low > other_high THEN 1 ELSE 0 END
            ELSE low
        END AS computed_low,
        CASE
            WHEN kind IN ('ratio', 'multiple') THEN high / nullif(other_low, 0)
            WHEN kind = 'growth' THEN high / nullif(other_low, 0) - 1
            WHEN kind = 'share_change' THEN high - other_low
            WHEN kind = 'all_rise' THEN CASE WHEN high <= other_low THEN 0 ELSE 1 END
            ELSE high
        END AS computed_high
    FROM compared
    WHERE
        kind IN ('tokens', 'rank_tokens', 'month_tokens', 'share')
        OR (kind = 'share_change' AND other_high IS NOT NULL)
        OR other_high > 0
),

-- All of several subjects rose if each did. A model with its free variant is another subject, which
-- is shown and never confirms.
final AS (
    SELECT
        file,
        claim_id,
        CASE WHEN is_with_free THEN 'with_free' ELSE scope END AS scope,
        cast(CASE WHEN is_with_free THEN 20 ELSE max(width) END AS BIGINT) AS width,
        cast(
            CASE WHEN min(computed_low) = min(computed_high) OR kind <> 'all_rise' THEN min(computed) END
            AS DOUBLE
        ) AS value,
        cast(min(computed_low) AS DOUBLE) AS value_low,
        cast(min(computed_high) AS DOUBLE) AS value_high
    FROM combined
    WHERE NOT is_with_free OR width = 1
    GROUP BY file, claim_id, kind, scope, is_with_free, operand_count
    HAVING kind <> 'all_rise' OR count(*) = operand_count
)

SELECT * FROM final
