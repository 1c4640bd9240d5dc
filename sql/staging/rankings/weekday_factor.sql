/*
---
description: How a weekday compares with the mean day of a week.
grain: weekday
unique: [weekday]
columns:
  weekday: BIGINT NOT NULL | days | Days since Monday
  factor: DOUBLE NOT NULL | × | Tokens of that day over those of the week's mean day
  source: VARCHAR NOT NULL | - | Where it was measured
  recorded_on: DATE NOT NULL | day | When the row was written
---
*/
SELECT
    weekday,
    factor,
    source,
    recorded_on
FROM reference.weekday_factor
