/*
---
description: >-
  How fast and how reliable a model's providers were when last asked, the best of them; empty where
  endpoints were not snapshotted.
grain: week × model_id
unique: [week, model_id]
columns:
  week: DATE NOT NULL | Monday | The ISO week in which they were asked, or the one before it
  model_id:
  latency_p99_seconds:
  throughput_p50:
  uptime:
  endpoints: BIGINT NOT NULL | endpoints | Providers that serve it
---
*/
WITH asked AS (
    SELECT
        *,
        cast(date_trunc('week', cast(fetched_at AS DATE)) AS DATE) AS fetch_week,
        cast(fetched_at AS DATE) AS fetch_date
    FROM lake.endpoints
    WHERE model_id IS NOT NULL
),

of_week AS (
    SELECT
        asked.*,
        fetch_week AS week
    FROM asked
    UNION ALL
    SELECT
        asked.*,
        cast(fetch_week - INTERVAL 7 DAY AS DATE) AS week
    FROM asked
    WHERE fetch_date <= cast(fetch_week + INTERVAL 1 DAY AS DATE)
),

newest AS (
    SELECT
        *,
        fetched_at = max(fetched_at) OVER (PARTITION BY week, model_id) AS is_newest
    FROM of_week
),

final AS (
    SELECT
        week,
        model_id,
        min(latency_p99) AS latency_p99_seconds,
        max(throughput_p50) AS throughput_p50,
        max(uptime_last_30m) / 100 AS uptime,
        count(*) AS endpoints
    FROM newest
    WHERE is_newest
    GROUP BY week, model_id
)

SELECT * FROM final
