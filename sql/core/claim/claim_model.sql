/*
---
description: >-
  The models listed in the periods of claims, with their tokens, the bounds that the daily top 50
  leaves open, and their place in the whole period. Only periods whose days all have rows are here.
grain: period_id × week × model_permaslug
unique: [period_id, week, model_permaslug]
columns:
  period_id:
  week: DATE NOT NULL | Monday | A week of the period in which the model is listed
  model_permaslug:
  bloc:
  is_attributed: BOOLEAN NOT NULL | - | Whether the bloc is a known country or region
  tokens: BIGINT NOT NULL | tokens | Listed tokens of the days that are in this week
  period_tokens: BIGINT NOT NULL | tokens | Listed tokens of the whole period, the lower bound
  period_high: BIGINT NOT NULL | tokens | Upper bound of the period, days not listed at the cut-off
  rank: BIGINT NOT NULL | place | By listed tokens of the period, then slug
checks:
  the bounds are in order: tokens <= period_tokens AND period_tokens <= period_high
---
*/
WITH period_day AS (
    SELECT
        period.period_id,
        day.date,
        day.cutoff_tokens
    FROM core.claim_period AS period
    INNER JOIN core.day ON period.first_day <= day.date AND day.date <= period.last_day
    WHERE period.is_listed
),

listed AS (
    SELECT
        day.period_id,
        row.week,
        row.model_permaslug,
        sum(row.tokens) AS tokens,
        sum(day.cutoff_tokens) AS cutoff_tokens
    FROM period_day AS day
    INNER JOIN staging.rankings_daily AS row ON day.date = row.date
    WHERE NOT row.is_other
    GROUP BY day.period_id, row.week, row.model_permaslug
),

whole AS (
    SELECT
        listed.period_id,
        listed.model_permaslug,
        sum(listed.tokens) AS tokens,
        sum(listed.tokens) + period.cutoff_tokens - sum(listed.cutoff_tokens) AS high
    FROM listed
    INNER JOIN core.claim_period AS period ON listed.period_id = period.period_id
    GROUP BY listed.period_id, listed.model_permaslug, period.cutoff_tokens
),

ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY period_id ORDER BY tokens DESC, model_permaslug) AS rank
    FROM whole
),

final AS (
    SELECT
        listed.period_id,
        listed.week,
        listed.model_permaslug,
        bloc.bloc,
        bloc.is_attributed,
        cast(listed.tokens AS BIGINT) AS tokens,
        cast(ranked.tokens AS BIGINT) AS period_tokens,
        cast(ranked.high AS BIGINT) AS period_high,
        ranked.rank
    FROM listed
    INNER JOIN ranked
        ON listed.period_id = ranked.period_id AND listed.model_permaslug = ranked.model_permaslug
    INNER JOIN core.model_origin AS origin
        ON listed.week = origin.week AND listed.model_permaslug = origin.model_permaslug
    INNER JOIN core.bloc ON origin.bloc = bloc.bloc
)

SELECT * FROM final
