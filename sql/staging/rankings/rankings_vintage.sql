/*
---
description: >-
  Tokens per model and day in every vintage that the lake holds. Where answers of one instant tell a
  day differently (`staging.rankings_conflict`), the one with the greatest digest tells the whole day.
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
checks:
  tokens are not negative: tokens >= 0
---
*/
WITH told AS (
    SELECT
        *,
        max(answer) OVER (PARTITION BY date, as_of) AS chosen_answer
    FROM lake.rankings_daily
),

-- The lake may hold one answer twice: it is a set, so is this.
final AS (
    SELECT DISTINCT
        date,
        cast(date_trunc('week', date) AS DATE) AS week,
        model_permaslug,
        model_permaslug = 'other' AS is_other,
        total_tokens AS tokens,
        as_of,
        as_of_is_exact
    FROM told
    WHERE answer = chosen_answer
)

SELECT * FROM final
