/*
---
description: Days that the source once told and tells no longer, as facts with their effect.
grain: date
unique: [date]
columns:
  date: DATE NOT NULL | UTC day | The day that is missing
  week:
  effect: VARCHAR NOT NULL | - | What does not exist because of it
  source:
  recorded_on:
---
*/
WITH final AS (
    SELECT
        date,
        cast(date_trunc('week', date) AS DATE) AS week,
        effect,
        source,
        recorded_on
    FROM reference.known_holes
)

SELECT * FROM final
