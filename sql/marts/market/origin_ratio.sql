/*
---
description: >-
  Tokens of Chinese over tokens of American developers at every scope, with the bounds that
  unattributed tokens leave open.
grain: week × scope
unique: [week, scope]
columns:
  week:
  scope:
  cn_over_us: DOUBLE | × | Tokens of CN over those of US within the scope; NULL without US tokens
  cn_over_us_min: DOUBLE | × | At scope named, if all unattributed tokens of the week were American
  cn_over_us_max: DOUBLE | × | At scope named, if all unattributed tokens of the week were Chinese
  is_identified: BOOLEAN NOT NULL | - | Whether its leader leads wherever unattributed tokens belong
accepted:
  scope: [top9, top10, top20, named]
checks:
  the ratio of the named models is within the bounds: >-
    scope <> 'named' OR cn_over_us IS NULL
    OR (cn_over_us_min <= cn_over_us AND cn_over_us <= cn_over_us_max)
---
*/
WITH sides AS (
    SELECT
        origin.week,
        origin.scope,
        sum(origin.tokens) FILTER (WHERE origin.bloc = 'CN') AS cn_tokens,
        sum(origin.tokens) FILTER (WHERE origin.bloc = 'US') AS us_tokens,
        sum(origin.tokens) FILTER (WHERE bloc.is_attributed) AS attributed_tokens
    FROM marts.weekly_origin AS origin
    INNER JOIN core.bloc ON origin.bloc = bloc.bloc
    GROUP BY origin.week, origin.scope
),

bounded AS (
    SELECT
        sides.week,
        sides.scope,
        sides.cn_tokens > sides.us_tokens AS cn_leads,
        sides.us_tokens > sides.cn_tokens AS us_leads,
        cast(sides.cn_tokens AS DOUBLE) / nullif(sides.us_tokens, 0) AS cn_over_us,
        cast(named.cn_tokens AS DOUBLE)
        / nullif(named.us_tokens + week.total_tokens - named.attributed_tokens, 0) AS cn_over_us_min,
        cast(named.cn_tokens + week.total_tokens - named.attributed_tokens AS DOUBLE)
        / nullif(named.us_tokens, 0) AS cn_over_us_max
    FROM sides
    INNER JOIN sides AS named ON sides.week = named.week AND named.scope = 'named'
    INNER JOIN core.week ON sides.week = week.week
),

final AS (
    SELECT
        week,
        scope,
        cn_over_us,
        cn_over_us_min,
        cn_over_us_max,
        coalesce(
            (cn_leads AND cn_over_us_min > 1) OR (us_leads AND cn_over_us_max < 1), FALSE
        ) AS is_identified
    FROM bounded
)

SELECT * FROM final
