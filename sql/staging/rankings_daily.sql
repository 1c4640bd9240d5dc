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
checks:
  tokens are not negative: tokens >= 0
---
*/
WITH newest AS (
    SELECT
        date,
        max(as_of) AS as_of
    FROM lake.rankings_daily
    GROUP BY date
),

-- Two answers of the same instant may hold the same row: the lake is a set, so is this.
final AS (
    SELECT DISTINCT
        row.date,
        cast(date_trunc('week', row.date) AS DATE) AS week,
        row.model_permaslug,
        row.model_permaslug = 'other' AS is_other,
        row.total_tokens AS tokens,
        row.as_of,
        row.as_of_is_exact
    FROM lake.rankings_daily AS row
    INNER JOIN newest ON row.date = newest.date AND row.as_of = newest.as_of
)

SELECT * FROM final
