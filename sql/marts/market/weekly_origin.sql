/*
---
description: >-
  The week by origin of the developer, at every scope. What is true for the top nine may be false for
  all models: read lead_identified before stating who leads.
grain: week × scope × bloc
unique: [week, scope, bloc]
columns:
  week:
  scope:
  bloc:
  tokens: BIGINT NOT NULL | tokens | Tokens of the bloc within the scope
  share: DOUBLE | fraction of the scope | tokens over the tokens of the scope
  share_of_total:
  share_of_cn_us: DOUBLE | fraction of CN + US | tokens over those of CN and US in the scope; NULL for others
  share_min:
  share_max:
  wow: DOUBLE | fraction | Growth of tokens, both weeks complete
  wow_kind: VARCHAR NOT NULL | - | like_for_like for named; reproduction for a top N, whose members change
  leads: BOOLEAN | - | Whether the bloc has more tokens than the other of CN and US within the scope
  lead_identified: BOOLEAN | - | Whether it would still lead if the other had all unattributed tokens
  lead_streak: BIGINT | weeks | Complete weeks in a row in which it leads within the scope
  lead_streak_is_lower_bound: BOOLEAN | - | Whether the streak may be longer, reaching the first rows
accepted:
  scope: [top9, top10, top20, named]
  bloc: [CN, US, OTHER, STEALTH, UNATTRIBUTED]
  wow_kind: [like_for_like, reproduction]
checks:
  the share of all tokens is within its bounds: share_min <= share_of_total AND share_of_total <= share_max
  shares of a scope add up to one: >-
    SELECT week, scope FROM marts.weekly_origin
    GROUP BY week, scope HAVING abs(sum(share) - 1) > 1e-9
  every listed token has a bloc: >-
    SELECT split.week FROM marts.weekly_origin AS split
    INNER JOIN core.week ON split.week = week.week
    WHERE split.scope = 'named'
    GROUP BY split.week, week.named_tokens HAVING sum(split.tokens) <> week.named_tokens
---
*/
WITH summed AS (
    SELECT
        model_week.week,
        scopes.scope,
        model_week.bloc,
        cast(sum(model_week.tokens) AS BIGINT) AS tokens
    FROM core.model_week
    INNER JOIN core.scope AS scopes
        ON scopes.lowest_rank IS NULL OR model_week.rank <= scopes.lowest_rank
    WHERE model_week.tokens IS NOT NULL
    GROUP BY model_week.week, scopes.scope, model_week.bloc
),

grid AS (
    SELECT
        week.week,
        week.previous_week,
        week.is_complete,
        week.total_tokens,
        scopes.scope,
        blocs.bloc,
        blocs.is_attributed,
        coalesce(summed.tokens, 0) AS tokens
    FROM core.week
    CROSS JOIN core.scope AS scopes
    CROSS JOIN core.bloc AS blocs
    LEFT JOIN summed
        ON
            week.week = summed.week
            AND scopes.scope = summed.scope
            AND blocs.bloc = summed.bloc
    WHERE week.source = 'daily_rows'
),

scope_totals AS (
    SELECT
        week,
        scope,
        sum(tokens) AS scope_tokens,
        sum(tokens) FILTER (WHERE bloc = 'CN') AS cn_tokens,
        sum(tokens) FILTER (WHERE bloc = 'US') AS us_tokens,
        sum(tokens) FILTER (WHERE is_attributed) AS attributed_tokens
    FROM grid
    GROUP BY week, scope
),

-- The unattributed tokens: stealth, routers, unknown authors and the row other.
named_totals AS (
    SELECT
        week,
        attributed_tokens,
        abs(cn_tokens - us_tokens) AS lead_tokens
    FROM scope_totals
    WHERE scope = 'named'
),

compared AS (
    SELECT
        grid.*,
        scope_totals.scope_tokens,
        scope_totals.cn_tokens + scope_totals.us_tokens AS cn_us_tokens,
        grid.total_tokens - named_totals.attributed_tokens AS unattributed_tokens,
        named_totals.lead_tokens,
        coalesce(previous_week.is_complete, FALSE) AND previous.week IS NOT NULL AS has_previous,
        previous.week IS NULL AS begins_the_rows,
        previous.tokens AS previous_tokens,
        CASE grid.bloc
            WHEN 'CN' THEN scope_totals.cn_tokens > scope_totals.us_tokens
            WHEN 'US' THEN scope_totals.us_tokens > scope_totals.cn_tokens
        END AS leads
    FROM grid
    INNER JOIN scope_totals ON grid.week = scope_totals.week AND grid.scope = scope_totals.scope
    INNER JOIN named_totals ON grid.week = named_totals.week
    LEFT JOIN core.week AS previous_week ON grid.previous_week = previous_week.week
    LEFT JOIN grid AS previous
        ON
            grid.previous_week = previous.week
            AND grid.scope = previous.scope
            AND grid.bloc = previous.bloc
),

numbered AS (
    SELECT
        *,
        sum(CASE WHEN leads AND is_complete AND has_previous THEN 0 ELSE 1 END) OVER (
            PARTITION BY scope, bloc ORDER BY week ROWS UNBOUNDED PRECEDING
        ) AS streak_number
    FROM compared
),

counted AS (
    SELECT
        *,
        CASE WHEN is_attributed THEN tokens ELSE 0 END + unattributed_tokens
            AS attributable_tokens,
        sum(CASE WHEN leads AND is_complete THEN 1 ELSE 0 END) OVER (
            PARTITION BY scope, bloc, streak_number ORDER BY week ROWS UNBOUNDED PRECEDING
        ) AS weeks_led,
        first_value(leads AND is_complete AND begins_the_rows) OVER (
            PARTITION BY scope, bloc, streak_number ORDER BY week
        ) AS reaches_the_beginning
    FROM numbered
),

final AS (
    SELECT
        counted.week,
        counted.scope,
        counted.bloc,
        counted.tokens,
        cast(counted.tokens AS DOUBLE) / nullif(counted.scope_tokens, 0) AS share,
        cast(counted.tokens AS DOUBLE) / nullif(counted.total_tokens, 0) AS share_of_total,
        CASE
            WHEN counted.bloc IN ('CN', 'US')
                THEN cast(counted.tokens AS DOUBLE) / nullif(counted.cn_us_tokens, 0)
        END AS share_of_cn_us,
        cast(counted.tokens AS DOUBLE) / nullif(counted.total_tokens, 0) AS share_min,
        cast(counted.attributable_tokens AS DOUBLE) / nullif(counted.total_tokens, 0) AS share_max,
        CASE
            WHEN counted.is_complete AND counted.has_previous
                THEN cast(counted.tokens AS DOUBLE) / nullif(counted.previous_tokens, 0) - 1
        END AS wow,
        CASE WHEN counted.scope = 'named' THEN 'like_for_like' ELSE 'reproduction' END AS wow_kind,
        counted.leads,
        CASE
            WHEN counted.bloc IN ('CN', 'US')
                THEN named.leads AND counted.lead_tokens > counted.unattributed_tokens
        END AS lead_identified,
        CASE
            WHEN counted.bloc IN ('CN', 'US') AND counted.is_complete
                THEN cast(counted.weeks_led AS BIGINT)
        END AS lead_streak,
        CASE
            WHEN counted.bloc IN ('CN', 'US') AND counted.is_complete
                THEN counted.reaches_the_beginning
        END AS lead_streak_is_lower_bound
    FROM counted
    INNER JOIN compared AS named
        ON
            counted.week = named.week
            AND counted.bloc = named.bloc
            AND named.scope = 'named'
)

SELECT * FROM final
