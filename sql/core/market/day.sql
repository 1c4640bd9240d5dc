/*
---
description: What the whole platform processed each day with rows.
grain: date
unique: [date]
columns:
  date:
  week:
  total_tokens: BIGINT NOT NULL | tokens | All tokens
  named_tokens: BIGINT NOT NULL | tokens | Tokens of the models listed by name
  other_tokens: BIGINT NOT NULL | tokens | Tokens outside the day's top 50
  cutoff_tokens: BIGINT NOT NULL | tokens | Smallest listed value, the most of an unlisted model
  as_of:
  as_of_is_exact: BOOLEAN NOT NULL
---
*/
WITH final AS (
    SELECT
        date,
        week,
        cast(sum(tokens) AS BIGINT) AS total_tokens,
        cast(coalesce(sum(tokens) FILTER (WHERE NOT is_other), 0) AS BIGINT) AS named_tokens,
        cast(coalesce(sum(tokens) FILTER (WHERE is_other), 0) AS BIGINT) AS other_tokens,
        coalesce(min(tokens) FILTER (WHERE NOT is_other), 0) AS cutoff_tokens,
        max(as_of) AS as_of,
        bool_and(as_of_is_exact) AS as_of_is_exact
    FROM staging.rankings_daily
    GROUP BY date, week
)

SELECT * FROM final
