/*
---
description: >-
  The week of each series, such as all of Claude Opus. A series is a group of families compiled by
  hand. Series may overlap, so their shares do not add up.
grain: week × series
unique: [week, series]
columns:
  week:
  series:
  tokens:
  token_share:
  wow:
  models:
  top10_models:
  revenue_share_p10:
  revenue_share_p50:
  revenue_share_p90:
  revenue_usd_p10:
  revenue_usd_p50:
  revenue_usd_p90:
---
*/
WITH counted AS (
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

final AS (
    SELECT
        counted.week,
        counted.series,
        group_week.tokens,
        cast(group_week.tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS token_share,
        CASE
            WHEN week.is_complete AND previous_week.is_complete
                THEN cast(group_week.tokens AS DOUBLE) / nullif(previous.tokens, 0) - 1
        END AS wow,
        counted.models,
        counted.top10_models,
        band.revenue_share_p10,
        band.revenue_share_p50,
        band.revenue_share_p90,
        band.revenue_usd_p10,
        band.revenue_usd_p50,
        band.revenue_usd_p90
    FROM counted
    INNER JOIN core.week ON counted.week = week.week
    LEFT JOIN core.week AS previous_week ON week.previous_week = previous_week.week
    INNER JOIN core.group_week
        ON
            counted.week = group_week.week
            AND group_week.grain = 'series'
            AND counted.series = group_week.key
    LEFT JOIN core.group_week AS previous
        ON
            week.previous_week = previous.week
            AND previous.grain = 'series'
            AND counted.series = previous.key
    LEFT JOIN core.revenue_band AS band
        ON
            counted.week = band.week
            AND band.grain = 'series'
            AND counted.series = band.key
)

SELECT * FROM final
