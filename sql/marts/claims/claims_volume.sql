/*
---
description: >-
  What the warehouse computes for claims of tokens, of their shares and of their growth, at every
  scope.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file:
  claim_id:
  scope:
  width:
  basis:
  value:
  value_low:
  value_high:
  rank: BIGINT | place | The rank at this scope; NULL where none is meant
accepted:
  basis: [measured]
---
*/
-- The week of a year ago, and the four weeks that end with this one.
WITH past_week AS (
    SELECT
        week.week,
        past.week AS past_week,
        past.week = cast(week.week - INTERVAL 364 DAY AS DATE) AS is_year_ago
    FROM core.week
    INNER JOIN core.week AS past
        ON
            past.week = cast(week.week - INTERVAL 364 DAY AS DATE)
            OR (cast(week.week - INTERVAL 21 DAY AS DATE) <= past.week AND past.week <= week.week)
    WHERE week.is_complete AND past.is_complete
),

past AS (
    SELECT
        measured.file,
        measured.claim_id,
        measured.scope,
        sum(coalesce(lens.tokens, total.total_tokens)) FILTER (WHERE past_week.is_year_ago)
            AS year_ago_tokens,
        sum(coalesce(lens.tokens, total.total_tokens)) FILTER (WHERE NOT past_week.is_year_ago)
            AS month_tokens,
        count(coalesce(lens.tokens, total.total_tokens)) FILTER (WHERE NOT past_week.is_year_ago)
            AS weeks_of_month
    FROM marts.claims_measure AS measured
    INNER JOIN past_week ON measured.week = past_week.week
    LEFT JOIN marts.scope_lens AS lens
        ON
            past_week.past_week = lens.week
            AND measured.scope = lens.scope
            AND measured.grain = lens.grain
            AND measured.key = lens.key
    LEFT JOIN marts.weekly_total AS total
        ON
            past_week.past_week = total.week
            AND measured.scope = 'all'
    WHERE measured.metric IN ('multiple', 'monthly_tokens')
    GROUP BY measured.file, measured.claim_id, measured.scope
),

-- Tokens, and what they are divided by to give what the claim speaks of.
divided AS (
    SELECT
        measured.file,
        measured.claim_id,
        CASE measured.metric
            WHEN 'token_share' THEN 'all'
            WHEN 'monthly_tokens' THEN measured.scope || ':week_rate'
            ELSE measured.scope
        END AS scope,
        measured.width + CASE WHEN measured.metric = 'monthly_tokens' THEN 5 ELSE 0 END AS width,
        cast(measured.tokens AS DOUBLE) AS tokens,
        cast(measured.tokens_low AS DOUBLE) AS tokens_low,
        cast(measured.tokens_high AS DOUBLE) AS tokens_high,
        CASE measured.metric
            WHEN 'token_share' THEN cast(measured.total_tokens AS DOUBLE)
            WHEN 'multiple' THEN cast(past.year_ago_tokens AS DOUBLE)
            WHEN 'monthly_tokens' THEN cast(7 AS DOUBLE) / 30
            ELSE 1
        END AS divisor,
        measured.rank
    FROM marts.claims_measure AS measured
    LEFT JOIN past
        ON
            measured.file = past.file
            AND measured.claim_id = past.claim_id
            AND measured.scope = past.scope
    WHERE
        measured.metric IN ('weekly_tokens', 'vendor_tokens', 'monthly_tokens', 'multiple')
        OR (measured.metric IN ('rank_tokens', 'token_share') AND measured.width = 1)
),

bounded AS (
    SELECT
        file,
        claim_id,
        scope,
        width,
        tokens / nullif(divisor, 0) AS value,
        tokens_low / nullif(divisor, 0) AS value_low,
        tokens_high / nullif(divisor, 0) AS value_high,
        rank
    FROM divided
    WHERE divisor > 0
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        width,
        wow AS value,
        wow_low AS value_low,
        wow_high AS value_high,
        rank
    FROM marts.claims_measure
    WHERE metric IN ('wow', 'vendor_wow') AND (wow IS NOT NULL OR wow_low IS NOT NULL)
),

-- A share is told of all tokens; other denominators come second. A month is thirty days.
exact AS (
    SELECT
        file,
        claim_id,
        scope,
        greatest(width, 2) AS width,
        share AS value
    FROM marts.claims_measure
    WHERE metric = 'token_share' AND scope <> 'all' AND share IS NOT NULL
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'cn_us' AS scope,
        6 AS width,
        origin.share_of_cn_us AS value
    FROM core.claim_subject AS subject
    INNER JOIN core.week ON subject.week = week.week
    INNER JOIN marts.weekly_origin AS origin
        ON
            subject.week = origin.week
            AND origin.scope = 'named'
            AND subject.grain = 'bloc'
            AND subject.key = origin.bloc
    WHERE
        subject.metric = 'token_share' AND week.is_complete AND origin.share_of_cn_us IS NOT NULL
    UNION ALL
    SELECT
        measured.file,
        measured.claim_id,
        measured.scope || ':four_weeks' AS scope,
        measured.width,
        cast(past.month_tokens AS DOUBLE) * 30 / 28 AS value
    FROM marts.claims_measure AS measured
    INNER JOIN past
        ON
            measured.file = past.file
            AND measured.claim_id = past.claim_id
            AND measured.scope = past.scope
    WHERE measured.metric = 'monthly_tokens' AND past.weeks_of_month = 4
    UNION ALL
    SELECT
        measured.file,
        measured.claim_id,
        measured.scope,
        min(measured.width) AS width,
        min(CASE WHEN measured.wow > 0 THEN 1 ELSE 0 END) AS value
    FROM marts.claims_measure AS measured
    INNER JOIN staging.claim
        ON
            measured.file = claim.file
            AND measured.claim_id = claim.claim_id
    WHERE measured.metric = 'both_rise' AND measured.wow IS NOT NULL
    GROUP BY measured.file, measured.claim_id, measured.scope, claim.subject
    HAVING count(*) = 1 + length(claim.subject) - length(replace(claim.subject, ';', ''))
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        'measured' AS basis,
        cast(value AS DOUBLE) AS value,
        cast(value AS DOUBLE) AS value_low,
        cast(value AS DOUBLE) AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM exact
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        'measured' AS basis,
        cast(value AS DOUBLE) AS value,
        cast(value_low AS DOUBLE) AS value_low,
        cast(value_high AS DOUBLE) AS value_high,
        rank
    FROM bounded
)

SELECT * FROM final
