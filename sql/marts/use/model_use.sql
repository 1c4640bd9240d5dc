/*
---
description: >-
  What a model's tokens of a week are used for, from snapshots. Tool calls and context buckets are exact and
  set against all of its tokens of the same days. Sampled categories and languages are an estimate for
  classified traffic and set against nothing.
empty: Empty until a run with a key has fetched what models are used for.
grain: week × dimension × value × model_permaslug
unique: [week, dimension, value, model_permaslug]
columns:
  week:
  dimension:
  value: VARCHAR NOT NULL | - | Its value, such as tool_calling, 100K or programming
  method:
  model_permaslug:
  tokens:
  days_seen: BIGINT NOT NULL | days | Days of the week on which the response lists it, 1 for a sampled week
  all_tokens: BIGINT | tokens | All of its tokens of these days; NULL if sampled or not listed on each of them
  share_of_model: DOUBLE | fraction of the model | tokens over all_tokens
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Newest response used
accepted:
  method: [sampled, exact]
checks:
  a sample is never set against exact totals: method = 'exact' OR share_of_model IS NULL
---
*/
WITH matched AS (
    SELECT
        used.*,
        daily.tokens AS tokens_of_day
    FROM staging.usage_category AS used
    LEFT JOIN staging.rankings_daily AS daily
        ON
            used.method = 'exact'
            AND used.date = daily.date
            AND used.model_permaslug = daily.model_permaslug
    WHERE used.model_permaslug <> 'other'
),

summed AS (
    SELECT
        cast(date_trunc('week', date) AS DATE) AS week,
        dimension,
        value,
        method,
        model_permaslug,
        cast(sum(tokens) AS BIGINT) AS tokens,
        count(DISTINCT date) AS days_seen,
        CASE WHEN count(tokens_of_day) = count(*) THEN cast(sum(tokens_of_day) AS BIGINT) END AS all_tokens,
        max(as_of) AS as_of
    FROM matched
    GROUP BY cast(date_trunc('week', date) AS DATE), dimension, value, method, model_permaslug
)

SELECT
    week,
    dimension,
    value,
    method,
    model_permaslug,
    tokens,
    days_seen,
    all_tokens,
    cast(tokens AS DOUBLE) / nullif(all_tokens, 0) AS share_of_model,
    as_of
FROM summed
