/*
---
description: >-
  Speed and reliability of a model's best provider when endpoints were last fetched. Empty where they
  were not fetched.
grain: week × model_id
unique: [week, model_id]
columns:
  week: DATE NOT NULL | Monday | The ISO week in which they were fetched, or the one before it
  model_id:
  latency_p99_seconds:
  throughput_p50:
  uptime:
  endpoints: BIGINT NOT NULL | endpoints | Endpoints that serve the model
---
*/
WITH newest AS (
    SELECT
        fetch_week.week,
        endpoint.*,
        endpoint.fetched_at = max(endpoint.fetched_at) OVER (
            PARTITION BY fetch_week.week, endpoint.model_id
        ) AS is_newest
    FROM lake.endpoints AS endpoint
    INNER JOIN staging.fetch_week ON endpoint.fetched_at = fetch_week.fetched_at
    WHERE endpoint.model_id IS NOT NULL
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
