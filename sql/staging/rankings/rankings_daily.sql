/*
---
description: Tokens per model and day, each day as its newest vintage tells it.
grain: date × model_permaslug
unique: [date, model_permaslug]
columns:
  date: DATE NOT NULL | UTC day | The day on which the tokens were processed
  week: DATE NOT NULL | Monday | The ISO week of the day
  model_permaslug: VARCHAR NOT NULL | - | Model as on the wire, with its :variant, or other
  is_other: BOOLEAN NOT NULL | - | Whether this is the row for everything outside the day's top 50
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together, each provider's own tokenizer
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant at which the source answered
  as_of_is_exact: BOOLEAN NOT NULL | - | False where an archive kept only the latest possible instant
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
