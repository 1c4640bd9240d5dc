/*
---
description: Each model's week with rank, share, growth and their bounds. It has no row other.
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week:
  model_permaslug:
  author:
  vendor:
  family:
  variant:
  bloc:
  rank:
  previous_rank:
  tokens: BIGINT
  tokens_low:
  tokens_high:
  days_seen:
  share:
  wow:
  wow_low:
  wow_high:
  wow_interval_kind: VARCHAR | - | sampling, 90% of weekday pairs; censoring, bounds of unlisted days
  p_value:
  is_significant:
  status: VARCHAR NOT NULL | - | every_day, some_days, or below_cutoff, which is not zero
accepted:
  bloc: [CN, US, OTHER, STEALTH, UNATTRIBUTED]
  status: [every_day, some_days, below_cutoff]
  wow_interval_kind: [sampling, censoring]
checks:
  growth has an interval: >-
    (wow IS NULL OR wow_interval_kind = 'sampling') AND coalesce(wow_low <= wow_high, TRUE)
  a model below the cut-off has no rank: (status = 'below_cutoff') = (rank IS NULL)
---
*/
WITH compared AS (
    SELECT
        model_week.*,
        week.days_seen AS week_days_seen,
        week.total_tokens,
        previous.rank AS previous_rank,
        previous.tokens AS previous_tokens,
        week.is_complete AND previous_week.is_complete AND previous_week.source = 'daily_rows'
            AS is_comparable,
        model_week.is_listed_every_day AND coalesce(previous.is_listed_every_day, FALSE)
            AS is_listed_throughout,
        coalesce(previous.tokens_low, 0) AS previous_low,
        coalesce(previous.tokens_high, previous_week.cutoff_tokens) AS previous_high,
        growth.growth_low,
        growth.growth_high,
        growth.p_value,
        growth.is_significant
    FROM core.model_week
    INNER JOIN core.week ON model_week.week = week.week
    LEFT JOIN core.week AS previous_week ON week.previous_week = previous_week.week
    LEFT JOIN core.model_week AS previous
        ON
            week.previous_week = previous.week
            AND model_week.model_permaslug = previous.model_permaslug
    LEFT JOIN core.model_growth AS growth
        ON
            model_week.week = growth.week
            AND model_week.model_permaslug = growth.model_permaslug
),

final AS (
    SELECT
        week,
        model_permaslug,
        author,
        vendor,
        family,
        variant,
        bloc,
        rank,
        previous_rank,
        tokens,
        tokens_low,
        tokens_high,
        days_seen,
        cast(tokens AS DOUBLE) / nullif(total_tokens, 0) AS share,
        CASE
            WHEN is_comparable AND is_listed_throughout
                THEN cast(tokens AS DOUBLE) / nullif(previous_tokens, 0) - 1
        END AS wow,
        CASE
            WHEN is_comparable AND is_listed_throughout THEN growth_low
            WHEN is_comparable THEN cast(tokens_low AS DOUBLE) / nullif(previous_high, 0) - 1
        END AS wow_low,
        CASE
            WHEN is_comparable AND is_listed_throughout THEN growth_high
            WHEN is_comparable THEN cast(tokens_high AS DOUBLE) / nullif(previous_low, 0) - 1
        END AS wow_high,
        CASE
            WHEN is_comparable AND is_listed_throughout THEN 'sampling'
            WHEN is_comparable THEN 'censoring'
        END AS wow_interval_kind,
        CASE WHEN is_comparable AND is_listed_throughout THEN p_value END AS p_value,
        CASE WHEN is_comparable AND is_listed_throughout THEN is_significant END AS is_significant,
        CASE
            WHEN days_seen = 0 THEN 'below_cutoff'
            WHEN days_seen = week_days_seen THEN 'every_day'
            ELSE 'some_days'
        END AS status
    FROM compared
)

SELECT * FROM final
