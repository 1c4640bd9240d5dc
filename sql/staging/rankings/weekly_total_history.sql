/*
---
description: The platform's published total of past weeks, for weeks of which the lake holds no rows.
grain: week
unique: [week]
columns:
  week:
  total_tokens:
  days_seen: BIGINT NOT NULL | days | Seven less the days that have vanished from the source
  missing_days: VARCHAR | UTC days | The vanished days, separated by semicolons
checks:
  weeks are keyed by Monday: week = cast(date_trunc('week', week) AS DATE)
---
*/
WITH final AS (
    SELECT
        week,
        total_tokens,
        CASE
            WHEN missing_days IS NULL THEN 7
            ELSE 6 - length(missing_days) + length(replace(missing_days, ';', ''))
        END AS days_seen,
        missing_days
    FROM reference.weekly_total_history
)

SELECT * FROM final
