/*
---
description: The days that each response of rankings covers, so that a missing day is noticed.
grain: as_of × answer
unique: [as_of, answer]
columns:
  answer: VARCHAR NOT NULL | - | First digits of the SHA-256 of the response as received
  as_of:
  asked_from: DATE NOT NULL | UTC day | First day requested
  asked_to: DATE NOT NULL | UTC day | Last day requested
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
