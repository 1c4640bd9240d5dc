/*
---
description: Which days each rankings answer covers, so that a day missing from it is seen to be missing.
grain: as_of × answer
unique: [as_of, answer]
columns:
  answer: VARCHAR NOT NULL | - | First digits of the SHA-256 of the answer as it came
  as_of:
  asked_from: DATE NOT NULL | UTC day | First day of the answer
  asked_to: DATE NOT NULL | UTC day | Last day of the answer
checks:
  the window is not empty: asked_from <= asked_to
---
*/
WITH final AS (
    SELECT DISTINCT
        answer,
        as_of,
        asked_from,
        asked_to
    FROM lake.rankings_daily
)

SELECT * FROM final
