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
        claim.condition,
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
    WHERE claim.condition IS NOT NULL
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
        tokens.is_division,
        tokens.is_division OR tokens.is_market AS is_of_all,
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
-- with so many tokens. Of all tokens, what is unattributed may belong to the subject.
judged AS (
    SELECT
        file,
        claim_id,
        scope,
        width,
        number,
        CASE condition WHEN 'rise' THEN tokens_low > high_before ELSE is_own OR tokens_low >= own_high END
            AS surely,
        CASE condition WHEN 'rise' THEN tokens_high > low_before ELSE is_own OR tokens_high >= own_low END
            AS possibly
    FROM operand
    WHERE width = 1 AND condition IN ('rise', 'record')
    UNION ALL
    SELECT
        file,
        claim_id,
        CASE WHEN level_is_share OR is_division THEN 'all' ELSE scope END AS scope,
        1 AS width,
        number,
        tokens_low >= level * CASE WHEN level_is_share THEN total_tokens ELSE 1 END AS surely,
        tokens_high + CASE WHEN level_is_share OR is_division THEN hidden_tokens ELSE 0 END
        >= level * CASE WHEN level_is_share THEN total_tokens ELSE 1 END AS possibly
    FROM operand
    WHERE condition = 'above' AND width = 1
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        greatest(width, 2) AS width,
        number,
        tokens_low >= level * CASE WHEN level_is_share THEN scope_tokens ELSE 1 END AS surely,
        tokens_high >= level * CASE WHEN level_is_share THEN scope_tokens ELSE 1 END AS possibly
    FROM operand
    WHERE condition = 'above' AND (level_is_share OR is_division) AND scope <> 'all'
    UNION ALL
    SELECT
        first.file,
        first.claim_id,
        first.scope,
        CASE
            WHEN first.is_of_all OR second.is_of_all THEN greatest(first.width, second.width) + 1
            ELSE first.width
        END AS width,
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
    WHERE
        first.condition = 'lead' AND first.position = 1 AND second.position = 2
        AND first.scope <> 'all'
    UNION ALL
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
            AND second.width = 1
    WHERE
        first.condition = 'lead' AND first.position = 1 AND second.position = 2
        AND first.width = 1 AND (first.is_of_all OR second.is_of_all)
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
        ON
            past.period_id = unlisted.period_id
            AND unlisted.grain = 'unlisted'
            AND part.grain = unlisted.key
    WHERE past.condition = 'top' AND past.is_listed AND part.key IS NOT NULL
),

-- Scopes of which the claim's own week is known; an unknown week before may be anything.
scoped AS (
    SELECT
        judged.file,
        judged.claim_id,
        judged.scope,
        judged.width
    FROM judged
    INNER JOIN past
        ON
            judged.file = past.file
            AND judged.claim_id = past.claim_id
            AND judged.number = past.number
    WHERE past.is_own AND judged.surely IS NOT NULL
),

tried AS (
    SELECT
        scoped.*,
        past.kind,
        past.number,
        past.is_own,
        coalesce(judged.surely, FALSE) AS surely,
        coalesce(judged.possibly, TRUE) AS possibly
    FROM scoped
    INNER JOIN past ON scoped.file = past.file AND scoped.claim_id = past.claim_id
    LEFT JOIN judged
        ON
            scoped.file = judged.file
            AND scoped.claim_id = judged.claim_id
            AND scoped.scope = judged.scope
            AND past.number = judged.number
),

-- Nothing is known before the first week, so what is so in it may have been so before.
counted AS (
    SELECT
        file,
        claim_id,
        scope,
        width,
        kind = 'streak' AS is_streak,
        max(number) - coalesce(max(number) FILTER (WHERE NOT surely), 0) AS weeks_low,
        max(number) - max(number) FILTER (WHERE NOT possibly) AS weeks_high,
        count(*) > 1
        AND bool_and(CASE WHEN is_own THEN surely ELSE NOT possibly END) AS is_surely_first,
        bool_and(CASE WHEN is_own THEN possibly ELSE NOT surely END) AS is_possibly_first
    FROM tried
    GROUP BY file, claim_id, scope, width, kind
),

valued AS (
    SELECT
        file,
        claim_id,
        scope,
        width,
        CASE WHEN is_streak THEN weeks_low WHEN is_surely_first THEN 1 ELSE 0 END AS value_low,
        CASE WHEN is_streak THEN weeks_high WHEN is_possibly_first THEN 1 ELSE 0 END AS value_high
    FROM counted
    UNION ALL
    SELECT
        claim.file,
        claim.claim_id,
        'all:carried' AS scope,
        2 AS width,
        growth.rising_streak AS value_low,
        growth.rising_streak AS value_high
    FROM staging.claim
    INNER JOIN core.week_growth AS growth ON claim.week = growth.week
    -- The week that ended the streak must be a fall: before an unknown one it may be longer.
    INNER JOIN core.week_growth AS ending
        ON
            cast(claim.week - growth.streak_weeks * INTERVAL 7 DAY AS DATE) = ending.week
            AND ending.wow IS NOT NULL
    INNER JOIN core.claim_operand AS operand
        ON claim.file = operand.file AND claim.claim_id = operand.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week AND part.grain = 'market'
    WHERE claim.kind = 'streak' AND claim.condition = 'rise' AND growth.wow IS NOT NULL
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        cast(CASE WHEN value_low = value_high THEN value_low END AS DOUBLE) AS value,
        cast(value_low AS DOUBLE) AS value_low,
        cast(value_high AS DOUBLE) AS value_high
    FROM valued
)

SELECT * FROM final
