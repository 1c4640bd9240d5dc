/*
---
description: How a weekday compares with the mean day of a week.
grain: weekday
unique: [weekday]
columns:
  weekday:
  factor: DOUBLE NOT NULL | × | Tokens of that day over those of the week's mean day
  source:
  recorded_on:
---
*/
SELECT
    weekday,
    factor,
    source,
    recorded_on
FROM reference.weekday_factor
