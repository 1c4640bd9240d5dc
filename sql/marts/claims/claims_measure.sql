/*
---
description: >-
  Tokens, shares and growth of the one or several subjects of a claim at every scope, in complete
  weeks. Only the platform itself has the scope all.
grain: file × claim_id × position × scope
unique: [file, claim_id, position, scope]
columns:
  file:
  claim_id:
  metric:
  position:
  grain: VARCHAR NOT NULL | - | market, bloc, series, vendor or model
  key:
  week:
  scope:
  width:
  tokens: BIGINT | tokens | Tokens within the scope, on the days listed; NULL on none
  tokens_low:
  tokens_high:
  wow: DOUBLE | fraction | Growth within the scope; NULL is unknown
  wow_low:
  wow_high:
  share: DOUBLE | fraction of the scope | tokens over those of the scope
  total_tokens:
  rank: BIGINT | place | Of a model among the named; NULL for others
accepted:
  scope: [all, named, top20, top10, top9]
---
*/
WITH subject AS (
    SELECT *
    FROM core.claim_subject
    WHERE key IS NOT NULL
),

final AS (
    SELECT
        subject.file,
        subject.claim_id,
        subject.metric,
        subject.position,
        subject.grain,
        subject.key,
        subject.week,
        'all' AS scope,
        cast(1 AS BIGINT) AS width,
        total.total_tokens AS tokens,
        total.total_tokens AS tokens_low,
        total.total_tokens AS tokens_high,
        total.wow,
        total.wow AS wow_low,
        total.wow AS wow_high,
        cast(CASE WHEN total.total_tokens > 0 THEN 1 END AS DOUBLE) AS share,
        total.total_tokens,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN marts.weekly_total AS total ON subject.week = total.week
    WHERE subject.grain = 'market' AND total.is_complete
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        subject.metric,
        subject.position,
        subject.grain,
        subject.key,
        subject.week,
        lens.scope,
        cast(
            CASE WHEN lens.scope = 'named' AND subject.grain <> 'market' THEN 1 ELSE wide.width END
            AS BIGINT
        ) AS width,
        lens.tokens,
        lens.tokens AS tokens_low,
        lens.tokens AS tokens_high,
        lens.wow,
        lens.wow AS wow_low,
        lens.wow AS wow_high,
        lens.share,
        week.total_tokens,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN marts.scope_lens AS lens
        ON
            subject.week = lens.week
            AND subject.grain = lens.grain
            AND subject.key = lens.key
    INNER JOIN core.scope AS wide ON lens.scope = wide.scope
    INNER JOIN core.week ON subject.week = week.week
    WHERE (subject.grain <> 'model' OR lens.scope <> 'named') AND week.is_complete
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        subject.metric,
        subject.position,
        subject.grain,
        subject.key,
        subject.week,
        'named' AS scope,
        cast(1 AS BIGINT) AS width,
        weekly.tokens,
        coalesce(weekly.tokens_low, 0) AS tokens_low,
        coalesce(weekly.tokens_high, week.cutoff_tokens) AS tokens_high,
        weekly.wow,
        coalesce(weekly.wow, weekly.wow_low) AS wow_low,
        coalesce(weekly.wow, weekly.wow_high) AS wow_high,
        named.share,
        week.total_tokens,
        weekly.rank
    FROM subject
    INNER JOIN core.week ON subject.week = week.week
    LEFT JOIN marts.weekly_model AS weekly
        ON
            subject.week = weekly.week
            AND subject.key = weekly.model_permaslug
    LEFT JOIN marts.scope_lens AS named
        ON
            subject.week = named.week
            AND named.scope = 'named'
            AND named.grain = 'model'
            AND subject.key = named.key
    WHERE subject.grain = 'model' AND week.is_complete AND week.source = 'daily_rows'
)

SELECT * FROM final
