/*
---
description: >-
  The weeks that a fetch of the catalogue or of its endpoints speaks for: the week it was made in,
  and on a Monday or Tuesday the week before too. So a week is described from its Monday to the
  Tuesday after it.
grain: fetched_at × week
unique: [fetched_at, week]
columns:
  fetched_at:
  week:
---
*/
WITH instant AS (
    SELECT fetched_at
    FROM lake.models
    UNION
    SELECT fetched_at
    FROM lake.endpoints
),

dated AS (
    SELECT
        fetched_at,
        cast(fetched_at AS DATE) AS fetch_date,
        cast(date_trunc('week', cast(fetched_at AS DATE)) AS DATE) AS fetch_week
    FROM instant
),

final AS (
    SELECT
        fetched_at,
        fetch_week AS week
    FROM dated
    UNION ALL
    SELECT
        fetched_at,
        cast(fetch_week - INTERVAL 7 DAY AS DATE) AS week
    FROM dated
    WHERE fetch_date <= cast(fetch_week + INTERVAL 1 DAY AS DATE)
)

SELECT * FROM final
