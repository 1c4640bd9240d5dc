/*
---
description: Tokens per model and day in every vintage that the lake holds.
grain: date × model_permaslug × as_of
unique: [date, model_permaslug, as_of]
columns:
  date: DATE NOT NULL | UTC day | The day on which the tokens were processed
  week: DATE NOT NULL | Monday | The ISO week of the day
  model_permaslug: VARCHAR NOT NULL | - | Model as on the wire, with its :variant, or other
  is_other: BOOLEAN NOT NULL | - | Whether this is the row for everything outside the day's top 50
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together, each provider's own tokenizer
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant at which the source answered
  as_of_is_exact: BOOLEAN NOT NULL | - | False where an archive kept only the latest possible instant
  answers: BIGINT NOT NULL | answers | Answers of that instant which hold the row
checks:
  tokens are not negative: tokens >= 0
---
*/
-- Two answers of the same instant may hold the same row: the lake is a set, so is this.
WITH final AS (
    SELECT
        date,
        cast(date_trunc('week', date) AS DATE) AS week,
        model_permaslug,
        model_permaslug = 'other' AS is_other,
        total_tokens AS tokens,
        as_of,
        bool_and(as_of_is_exact) AS as_of_is_exact,
        count(DISTINCT answer) AS answers
    FROM lake.rankings_daily
    GROUP BY date, model_permaslug, total_tokens, as_of
)

SELECT * FROM final
