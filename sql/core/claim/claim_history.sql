/*
---
description: >-
  What the warehouse computes for claims of weeks in a row and of first times: in each week whether
  the condition surely or possibly holds, then how far back it does. A week without rows may be
  anything. For all tokens the streak that small moves do not end is a scope of its own.
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
WITH first_week AS (
    SELECT min(week) AS week FROM core.week
),

calendar AS (
    SELECT
        number.number,
        cast(first_week.week + (number.number - 1) * INTERVAL 7 DAY AS DATE) AS week
    FROM first_week
    CROSS JOIN staging.number
),

-- Every week up to the claim's own, with the periods of that week and of the one before.
past AS (
    SELECT
        claim.file,
        claim.claim_id,
        claim.kind,
        split_part(claim.kind, '_', 2) AS condition,
        claim.week AS claim_week,
        claim.top_n,
        claim.level,
        claim.level_is_share,
        calendar.number,
        calendar.week = claim.week AS is_own,
        period.period_id,
        period.is_listed,
        before.period_id AS period_before
    FROM staging.claim
    INNER JOIN calendar ON calendar.week <= claim.week
    LEFT JOIN core.claim_period AS period
        ON
            calendar.week = period.first_day
            AND cast(calendar.week + INTERVAL 6 DAY AS DATE) = period.last_day
    LEFT JOIN core.claim_period AS before
        ON
            cast(calendar.week - INTERVAL 7 DAY AS DATE) = before.first_day
            AND cast(calendar.week - INTERVAL 1 DAY AS DATE) = before.last_day
    WHERE claim.kind LIKE 'streak_%' OR claim.kind LIKE 'first_%'
),

operand AS (
    SELECT
        past.*,
        operand.position,
        tokens.scope,
        tokens.width,
        tokens.tokens_low,
        tokens.tokens_high,
        tokens.scope_tokens,
        tokens.total_tokens,
        tokens.hidden_tokens,
        tokens.is_bloc,
        before.tokens_low AS low_before,
        before.tokens_high AS high_before,
        max(CASE WHEN past.is_own THEN tokens.tokens_low END) OVER subject AS own_low,
        max(CASE WHEN past.is_own THEN tokens.tokens_high END) OVER subject AS own_high
    FROM past
    INNER JOIN core.claim_operand AS operand
        ON past.file = operand.file AND past.claim_id = operand.claim_id
    INNER JOIN core.claim_tokens AS tokens
        ON
            past.claim_week = tokens.week
            AND past.period_id = tokens.period_id
            AND operand.operand = tokens.operand
    LEFT JOIN core.claim_tokens AS before
        ON
            past.claim_week = before.week
            AND past.period_before = before.period_id
            AND tokens.operand = before.operand
            AND tokens.scope = before.scope
    WINDOW subject AS (PARTITION BY past.file, past.claim_id, operand.position, tokens.scope)
),

-- Whether the condition holds in a week: surely, and possibly. A week is a record if it is the first
-- with so many tokens.
condition AS (
    SELECT
        file,
        claim_id,
        scope,
        width,
        number,
        CASE condition
            WHEN 'rise' THEN tokens_low > high_before
            WHEN 'record' THEN is_own OR tokens_low >= own_high
            ELSE tokens_low >= level
        END AS surely,
        CASE condition
            WHEN 'rise' THEN tokens_high > low_before
            WHEN 'record' THEN is_own OR tokens_high >= own_low
            ELSE tokens_high >= level
        END AS possibly
    FROM operand
    WHERE
        width = 1
        AND (condition IN ('rise', 'record') OR (condition = 'above' AND NOT level_is_share))
    UNION ALL
    SELECT
        file,
        claim_id,
        'all' AS scope,
        1 AS width,
        number,
        tokens_low >= level * total_tokens AS surely,
        tokens_high + hidden_tokens >= level * total_tokens AS possibly
    FROM operand
    WHERE condition = 'above' AND level_is_share AND width = 1
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        greatest(width, 2) AS width,
        number,
        tokens_low >= level * scope_tokens AS surely,
        tokens_high >= level * scope_tokens AS possibly
    FROM operand
    WHERE condition = 'above' AND level_is_share AND scope <> 'all'
    UNION ALL
    SELECT
        first.file,
        first.claim_id,
        first.scope,
        CASE WHEN first.is_bloc OR second.is_bloc THEN first.width + 1 ELSE first.width END AS width,
        first.number,
        first.tokens_low > second.tokens_high AS surely,
        first.tokens_high > second.tokens_low AS possibly
    FROM operand AS first
    INNER JOIN operand AS second
        ON
            first.file = second.file
            AND first.claim_id = second.claim_id
            AND first.number = second.number
            AND first.scope = second.scope
    WHERE first.condition = 'lead' AND first.position = 1 AND second.position = 2
    UNION ALL
    -- Of all tokens, what is unattributed may belong to either bloc.
    SELECT
        first.file,
        first.claim_id,
        'all' AS scope,
        1 AS width,
        first.number,
        first.tokens_low > second.tokens_high + second.hidden_tokens AS surely,
        first.tokens_high + first.hidden_tokens > second.tokens_low AS possibly
    FROM operand AS first
    INNER JOIN operand AS second
        ON
            first.file = second.file
            AND first.claim_id = second.claim_id
            AND first.number = second.number
            AND first.scope = second.scope
    WHERE
        first.condition = 'lead' AND first.position = 1 AND second.position = 2
        AND first.width = 1 AND (first.is_bloc OR second.is_bloc)
    UNION ALL
    SELECT
        past.file,
        past.claim_id,
        'named' AS scope,
        1 AS width,
        past.number,
        coalesce(rank.rank_high <= past.top_n, FALSE) AS surely,
        coalesce(rank.rank_low, unlisted.rank_low) <= past.top_n AS possibly
    FROM past
    INNER JOIN core.claim_operand AS operand
        ON past.file = operand.file AND past.claim_id = operand.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND past.claim_week = part.week
    LEFT JOIN core.claim_rank AS rank
        ON past.period_id = rank.period_id AND part.grain = rank.grain AND part.key = rank.key
    INNER JOIN core.claim_rank AS unlisted
        ON past.period_id = unlisted.period_id AND unlisted.grain = 'unlisted'
    WHERE past.condition = 'top' AND past.is_listed AND part.key IS NOT NULL
),

-- Scopes of which the claim's own week is known; an unknown week before may be anything.
scoped AS (
    SELECT
        condition.file,
        condition.claim_id,
        condition.scope,
        condition.width
    FROM condition
    INNER JOIN past
        ON
            condition.file = past.file
            AND condition.claim_id = past.claim_id
            AND condition.number = past.number
    WHERE past.is_own AND condition.surely IS NOT NULL
),

tried AS (
    SELECT
        scoped.*,
        past.kind,
        past.number,
        past.is_own,
        coalesce(condition.surely, FALSE) AS surely,
        coalesce(condition.possibly, TRUE) AS possibly
    FROM scoped
    INNER JOIN past ON scoped.file = past.file AND scoped.claim_id = past.claim_id
    LEFT JOIN condition
        ON
            scoped.file = condition.file
            AND scoped.claim_id = condition.claim_id
            AND scoped.scope = condition.scope
            AND past.number = condition.number
),

-- Nothing is known before the first week, so what is so in it may have been so before.
counted AS (
    SELECT
        file,
        claim_id,
        scope,
        width,
        kind LIKE 'streak_%' AS is_streak,
        max(number) - coalesce(max(number) FILTER (WHERE NOT surely), 0) AS weeks_low,
        max(number) - max(number) FILTER (WHERE NOT possibly) AS weeks_high,
        count(*) > 1
        AND bool_and(CASE WHEN is_own THEN surely ELSE NOT possibly END) AS is_surely_first,
        bool_and(CASE WHEN is_own THEN possibly ELSE NOT surely END) AS is_possibly_first
    FROM tried
    GROUP BY file, claim_id, scope, width, kind
),

-- The published streaks of all tokens start over after an incomplete week.
published AS (
    SELECT
        claim.file,
        claim.claim_id,
        CASE WHEN NOT growth.strict_streak_is_lower_bound THEN growth.strict_rising_streak END
            AS strict_weeks,
        growth.rising_streak AS carried_low,
        CASE WHEN NOT growth.streak_is_lower_bound THEN growth.rising_streak END AS carried_high
    FROM staging.claim
    INNER JOIN core.week_growth AS growth ON claim.week = growth.week
    WHERE claim.kind = 'streak_rise' AND claim.operands = 'market=named' AND growth.wow IS NOT NULL
),

valued AS (
    SELECT
        counted.file,
        counted.claim_id,
        counted.scope,
        counted.width,
        published.strict_weeks AS value,
        CASE WHEN counted.is_streak THEN counted.weeks_low WHEN counted.is_surely_first THEN 1 ELSE 0 END
            AS value_low,
        CASE WHEN counted.is_streak THEN counted.weeks_high WHEN counted.is_possibly_first THEN 1 ELSE 0 END
            AS value_high
    FROM counted
    LEFT JOIN published ON counted.file = published.file AND counted.claim_id = published.claim_id
    UNION ALL
    SELECT
        file,
        claim_id,
        'all:carried' AS scope,
        2 AS width,
        carried_high AS value,
        carried_low AS value_low,
        carried_high AS value_high
    FROM published
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        cast(CASE WHEN value_low = value_high THEN value_low ELSE value END AS DOUBLE) AS value,
        cast(value_low AS DOUBLE) AS value_low,
        cast(value_high AS DOUBLE) AS value_high
    FROM valued
)

SELECT * FROM final
