/*
---
description: >-
  The week of each series, such as all of Claude Opus, by the rules of warehouse/reference/series.csv.
  While families of the author fit no rule, a series is incomplete: it has bounds, and what those
  families could change is NULL; marts.unlisted_family names them. Shares of series do not add up.
grain: week × series
unique: [week, series]
columns:
  week:
  series:
  is_complete: BOOLEAN NOT NULL | - | Whether each family of the author listed so far fits one rule
  open_tokens:
  tokens: BIGINT | tokens | Tokens of its families; NULL while open_tokens could add to them
  tokens_low: BIGINT NOT NULL | tokens | Tokens of the families that surely belong
  tokens_high: BIGINT NOT NULL | tokens | With those that may belong
  token_share:
  wow: DOUBLE | fraction | Growth on the week before, both weeks complete and without open tokens
  wow_low:
  wow_high:
  models: BIGINT NOT NULL | models | Listed models that surely belong, variants counted each
  top10_models: BIGINT | models | Those among the first ten; NULL while open_tokens could add to them
  revenue_share_p10:
  revenue_share_p50:
  revenue_share_p90:
  revenue_usd_p10:
  revenue_usd_p50:
  revenue_usd_p90:
  revenue_usd_min:
  revenue_usd_max:
checks:
  a series with open tokens is incomplete: NOT (is_complete AND open_tokens > 0)
  the bounds are in order: tokens_low <= tokens_high
---
*/
WITH family AS (
    SELECT
        week,
        series,
        bool_and(membership = 'sure') AS is_complete,
        coalesce(sum(tokens) FILTER (WHERE membership <> 'sure'), 0) AS open_tokens,
        coalesce(sum(tokens) FILTER (WHERE membership = 'sure'), 0) AS tokens
    FROM core.series_family
    GROUP BY week, series
),

counted AS (
    SELECT
        member.week,
        member.key AS series,
        count(*) AS models,
        count(*) FILTER (WHERE model_week.rank <= 10) AS top10_models
    FROM core.model_group AS member
    INNER JOIN core.model_week
        ON
            member.week = model_week.week
            AND member.model_permaslug = model_week.model_permaslug
    WHERE member.grain = 'series'
    GROUP BY member.week, member.key
),

compared AS (
    SELECT
        family.*,
        family.open_tokens = 0 AS is_exact,
        week.total_tokens,
        CASE WHEN week.is_complete AND previous_week.is_complete THEN previous.tokens END AS tokens_before,
        previous.open_tokens AS open_tokens_before,
        coalesce(counted.models, 0) AS models,
        coalesce(counted.top10_models, 0) AS top10_models
    FROM family
    INNER JOIN core.week ON family.week = week.week
    LEFT JOIN core.week AS previous_week ON week.previous_week = previous_week.week
    LEFT JOIN family AS previous
        ON week.previous_week = previous.week AND family.series = previous.series
    LEFT JOIN counted ON family.week = counted.week AND family.series = counted.series
),

final AS (
    SELECT
        compared.week,
        compared.series,
        compared.is_complete,
        cast(compared.open_tokens AS BIGINT) AS open_tokens,
        cast(CASE WHEN compared.is_exact THEN compared.tokens END AS BIGINT) AS tokens,
        cast(compared.tokens AS BIGINT) AS tokens_low,
        cast(compared.tokens + compared.open_tokens AS BIGINT) AS tokens_high,
        CASE
            WHEN compared.is_exact
                THEN cast(compared.tokens AS DOUBLE) / nullif(compared.total_tokens, 0)
        END AS token_share,
        CASE
            WHEN compared.is_exact AND compared.open_tokens_before = 0
                THEN cast(compared.tokens AS DOUBLE) / nullif(compared.tokens_before, 0) - 1
        END AS wow,
        cast(compared.tokens AS DOUBLE)
        / nullif(compared.tokens_before + compared.open_tokens_before, 0) - 1 AS wow_low,
        cast(compared.tokens + compared.open_tokens AS DOUBLE)
        / nullif(compared.tokens_before, 0) - 1 AS wow_high,
        compared.models,
        CASE WHEN compared.is_exact THEN compared.top10_models END AS top10_models,
        band.revenue_share_p10,
        band.revenue_share_p50,
        band.revenue_share_p90,
        band.revenue_usd_p10,
        band.revenue_usd_p50,
        band.revenue_usd_p90,
        CASE WHEN compared.is_exact THEN priced.revenue_usd_min END AS revenue_usd_min,
        CASE WHEN compared.is_exact THEN priced.revenue_usd_max END AS revenue_usd_max
    FROM compared
    LEFT JOIN core.group_week AS priced
        ON
            compared.week = priced.week
            AND priced.grain = 'series'
            AND compared.series = priced.key
    LEFT JOIN core.revenue_band AS band
        ON
            compared.week = band.week
            AND band.grain = 'series'
            AND compared.series = band.key
            AND compared.is_exact
)

SELECT * FROM final
