/*
---
description: Tokens per model and day, each day from its newest vintage.
grain: date × model_permaslug
unique: [date, model_permaslug]
columns:
  date:
  week:
  model_permaslug:
  is_other:
  tokens:
  as_of:
  as_of_is_exact: BOOLEAN NOT NULL
---
*/
WITH newest AS (
    SELECT
        date,
        max(as_of) AS as_of
    FROM staging.rankings_vintage
    GROUP BY date
),

final AS (
    SELECT
        vintage.date,
        vintage.week,
        vintage.model_permaslug,
        vintage.is_other,
        vintage.tokens,
        vintage.as_of,
        vintage.as_of_is_exact
    FROM staging.rankings_vintage AS vintage
    INNER JOIN newest ON vintage.date = newest.date AND vintage.as_of = newest.as_of
)

SELECT * FROM final
