/*
---
description: >-
  Tokens per model and day in every vintage of the lake. Where responses with the same as-of disagree
  about a day (`staging.rankings_conflict`), the whole day comes from the one with the greatest digest.
grain: date × model_permaslug × as_of
unique: [date, model_permaslug, as_of]
columns:
  date:
  week:
  model_permaslug:
  is_other:
  tokens:
  as_of:
  as_of_is_exact: BOOLEAN NOT NULL
checks:
  tokens are not negative: tokens >= 0
---
*/
WITH reported AS (
    SELECT
        *,
        max(answer) OVER (PARTITION BY date, as_of) AS chosen_answer
    FROM lake.rankings_daily
),

-- The same response may be in the lake twice, but each row counts once.
final AS (
    SELECT DISTINCT
        date,
        cast(date_trunc('week', date) AS DATE) AS week,
        model_permaslug,
        model_permaslug = 'other' AS is_other,
        total_tokens AS tokens,
        as_of,
        as_of_is_exact
    FROM reported
    WHERE answer = chosen_answer
)

SELECT * FROM final
