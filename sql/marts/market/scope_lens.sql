/*
---
description: >-
  Every share at every scope, side by side: the same vendor, family, series, bloc or model among the
  first nine, ten and twenty models, among all named ones, and of all tokens. A printed share means
  little without its scope. Of a series with open tokens in the scope, what they could change is NULL.
grain: week × scope × grain × key
unique: [week, scope, grain, key]
columns:
  week:
  scope:
  grain: VARCHAR NOT NULL | - | model, family, vendor, bloc or series; market for the whole scope
  key: VARCHAR NOT NULL | - | Name of the group; without a model in the scope, sure or possible, no row
  tokens: BIGINT NOT NULL | tokens | Tokens of the group within the scope; of a series the sure ones
  open_tokens: BIGINT NOT NULL | tokens | Tokens within the scope of families that may belong to the series
  models:
  share: DOUBLE | fraction of the scope | tokens over the tokens of the scope
  share_of_total:
  share_min:
  share_max:
  wow: DOUBLE | fraction | Growth within the scope, whose members change; models only if listed on all days
accepted:
  scope: [top9, top10, top20, named]
  grain: [model, family, vendor, bloc, series, market]
checks:
  the share is within its bounds: coalesce(share_min <= share_of_total AND share_of_total <= share_max, TRUE)
  vendors of a scope add up to one: >-
    SELECT week, scope FROM marts.scope_lens WHERE grain = 'vendor'
    GROUP BY week, scope HAVING abs(sum(share) - 1) > 1e-9
---
*/
WITH member AS (
    SELECT
        week,
        model_permaslug,
        grain,
        key,
        TRUE AS is_sure
    FROM core.model_group
    WHERE grain <> 'tier'
    UNION ALL
    SELECT
        family.week,
        model_week.model_permaslug,
        'series' AS grain,
        family.series AS key,
        FALSE AS is_sure
    FROM core.series_family AS family
    INNER JOIN core.model_week
        ON family.week = model_week.week AND family.family = model_week.family
    WHERE family.membership <> 'sure' AND model_week.tokens IS NOT NULL
),

summed AS (
    SELECT
        member.week,
        scopes.scope,
        member.grain,
        member.key,
        cast(coalesce(sum(model_week.tokens) FILTER (WHERE member.is_sure), 0) AS BIGINT) AS tokens,
        cast(coalesce(sum(model_week.tokens) FILTER (WHERE NOT member.is_sure), 0) AS BIGINT) AS open_tokens,
        count(*) FILTER (WHERE member.is_sure) AS models,
        bool_and(model_week.is_listed_every_day) AS is_listed_every_day,
        coalesce(sum(model_week.tokens) FILTER (WHERE origin.is_attributed), 0) AS attributed_tokens,
        max(model_week.tokens_high) AS model_high
    FROM member
    INNER JOIN core.model_week
        ON
            member.week = model_week.week
            AND member.model_permaslug = model_week.model_permaslug
    INNER JOIN core.bloc AS origin ON model_week.bloc = origin.bloc
    INNER JOIN core.scope AS scopes
        ON scopes.lowest_rank IS NULL OR model_week.rank <= scopes.lowest_rank
    GROUP BY member.week, scopes.scope, member.grain, member.key
),

scope_total AS (
    SELECT
        week,
        scope,
        tokens,
        attributed_tokens
    FROM summed
    WHERE grain = 'market'
),

compared AS (
    SELECT
        summed.*,
        scope_total.tokens AS scope_tokens,
        week.total_tokens,
        -- What may belong is among the attributed tokens, or among those of stealth, routers, unknown
        -- authors and the row other. A model has no tokens but its own.
        CASE
            WHEN summed.grain = 'model' THEN summed.model_high
            ELSE summed.attributed_tokens + week.total_tokens - named.attributed_tokens
        END AS tokens_high,
        CASE
            WHEN
                week.is_complete AND previous_week.is_complete AND previous.open_tokens = 0
                AND (
                    summed.grain <> 'model'
                    OR (summed.is_listed_every_day AND previous.is_listed_every_day)
                )
                THEN previous.tokens
        END AS previous_tokens
    FROM summed
    INNER JOIN scope_total ON summed.week = scope_total.week AND summed.scope = scope_total.scope
    INNER JOIN scope_total AS named ON summed.week = named.week AND named.scope = 'named'
    INNER JOIN core.week ON summed.week = week.week
    LEFT JOIN core.week AS previous_week ON week.previous_week = previous_week.week
    LEFT JOIN summed AS previous
        ON
            week.previous_week = previous.week
            AND summed.scope = previous.scope
            AND summed.grain = previous.grain
            AND summed.key = previous.key
),

final AS (
    SELECT
        week,
        scope,
        grain,
        key,
        tokens,
        open_tokens,
        models,
        CASE WHEN open_tokens = 0 THEN cast(tokens AS DOUBLE) / nullif(scope_tokens, 0) END AS share,
        CASE WHEN open_tokens = 0 THEN cast(tokens AS DOUBLE) / nullif(total_tokens, 0) END AS share_of_total,
        cast(tokens AS DOUBLE) / nullif(total_tokens, 0) AS share_min,
        cast(tokens_high AS DOUBLE) / nullif(total_tokens, 0) AS share_max,
        CASE WHEN open_tokens = 0 THEN cast(tokens AS DOUBLE) / nullif(previous_tokens, 0) - 1 END AS wow
    FROM compared
)

SELECT * FROM final
