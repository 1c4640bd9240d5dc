/*
---
description: >-
  A model's tokens in a week with the bounds that the daily top 50 leaves open. A model that was
  listed the week before but not in this one has a row too: below the cut-off is not zero.
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
  tokens: BIGINT
  tokens_low:
  tokens_high:
  days_seen:
  is_listed_every_day: BOOLEAN NOT NULL | - | Whether it was listed on all seven days
checks:
  the sum is within the bounds: tokens_low <= tokens_high AND coalesce(tokens, 0) = tokens_low
  the models of a week add up to its named tokens: >-
    SELECT model_week.week FROM core.model_week
    INNER JOIN core.week ON model_week.week = week.week
    GROUP BY model_week.week, week.named_tokens
    HAVING sum(model_week.tokens) <> week.named_tokens
---
*/
WITH listed AS (
    SELECT
        row.week,
        row.model_permaslug,
        cast(sum(row.tokens) AS BIGINT) AS tokens,
        count(*) AS days_seen,
        cast(sum(day.cutoff_tokens) AS BIGINT) AS cutoff_tokens
    FROM staging.rankings_daily AS row
    INNER JOIN core.day ON row.date = day.date
    WHERE NOT row.is_other
    GROUP BY row.week, row.model_permaslug
),

of_interest AS (
    SELECT
        week,
        model_permaslug
    FROM listed
    UNION
    SELECT
        week.week,
        listed.model_permaslug
    FROM core.week
    INNER JOIN listed ON week.previous_week = listed.week
    WHERE week.source = 'daily_rows'
),

bounded AS (
    SELECT
        of_interest.week,
        of_interest.model_permaslug,
        listed.tokens,
        coalesce(listed.tokens, 0) AS tokens_low,
        coalesce(listed.tokens, 0) + week.cutoff_tokens - coalesce(listed.cutoff_tokens, 0) AS tokens_high,
        coalesce(listed.days_seen, 0) AS days_seen
    FROM of_interest
    INNER JOIN core.week ON of_interest.week = week.week
    LEFT JOIN listed
        ON
            of_interest.week = listed.week
            AND of_interest.model_permaslug = listed.model_permaslug
),

final AS (
    SELECT
        bounded.week,
        bounded.model_permaslug,
        model.author,
        origin.vendor,
        model.family,
        model.variant,
        origin.bloc,
        CASE
            WHEN bounded.tokens IS NOT NULL
                THEN row_number() OVER (
                    PARTITION BY bounded.week
                    ORDER BY bounded.tokens DESC NULLS LAST, bounded.model_permaslug
                )
        END AS rank,
        bounded.tokens,
        bounded.tokens_low,
        bounded.tokens_high,
        bounded.days_seen,
        bounded.days_seen = 7 AS is_listed_every_day
    FROM bounded
    INNER JOIN core.model ON bounded.model_permaslug = model.model_permaslug
    INNER JOIN core.model_origin AS origin
        ON
            bounded.week = origin.week
            AND bounded.model_permaslug = origin.model_permaslug
)

SELECT * FROM final
