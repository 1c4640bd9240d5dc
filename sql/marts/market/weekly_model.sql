/*
---
description: Each model's week with rank, share, growth and their bounds. The row other is not in here.
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week: DATE NOT NULL | Monday | The ISO week, UTC
  model_permaslug: VARCHAR NOT NULL | - | Model as on the wire, with its :variant
  author: VARCHAR NOT NULL | - | First part of the slug
  family: VARCHAR NOT NULL | - | The slug without variant and date
  variant: VARCHAR NOT NULL | - | standard, or what follows the colon
  bloc: VARCHAR NOT NULL | - | Where the developer has its headquarters; unknown is UNATTRIBUTED
  rank: BIGINT | place | By tokens, then slug; NULL if not listed this week
  previous_rank: BIGINT | place | The week before; NULL if not listed then or that week is unknown
  tokens: BIGINT | tokens | Sum over the days listed; NULL if not listed this week
  tokens_low: BIGINT NOT NULL | tokens | Lower bound, the days listed
  tokens_high: BIGINT NOT NULL | tokens | Upper bound, unlisted days at that day's smallest listed value
  days_seen: BIGINT NOT NULL | days | Days on which the model was listed
  share: DOUBLE | fraction of all tokens | tokens over all tokens of the week, the row other included
  wow: DOUBLE | fraction | Growth on the week before; only if listed on all seven days of both weeks
  wow_low: DOUBLE | fraction | Lower end of growth, both weeks complete
  wow_high: DOUBLE | fraction | Upper end of growth; NULL is unbounded
  wow_interval_kind: VARCHAR | - | sampling, 90 % of weekday pairs; censoring, bounds of unlisted days
  p_value: DOUBLE | fraction | How often chance alone moves a steady model this far; NULL if censored
  is_significant: BOOLEAN | - | Whether it can be called a mover, one in ten of them noise; NULL if censored
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
