/*
---
description: >-
  Percentiles of the latency of own requests that succeeded, exact and by nearest rank, from counts of each
  millisecond: ranks do not depend on an engine.
grain: week × source × scope × model_raw
unique: [week, source, scope, model_raw]
columns:
  week:
  source:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  model_raw:
  requests: BIGINT NOT NULL | requests | Successful requests with a latency
  p50_ms: BIGINT NOT NULL
  p95_ms: BIGINT NOT NULL
  p99_ms: BIGINT NOT NULL
checks:
  percentiles do not fall: p50_ms <= p95_ms AND p95_ms <= p99_ms
---
*/
WITH counted AS (
    SELECT
        week,
        source,
        scope,
        model_raw,
        latency_ms,
        count(*) AS requests
    FROM lake.usage_request
    WHERE status = 'ok' AND latency_ms IS NOT NULL
    GROUP BY week, source, scope, model_raw, latency_ms
),

ranked AS (
    SELECT
        week,
        source,
        scope,
        model_raw,
        latency_ms,
        sum(requests) OVER (PARTITION BY week, source, scope, model_raw ORDER BY latency_ms) AS up_to,
        sum(requests) OVER (PARTITION BY week, source, scope, model_raw) AS total
    FROM counted
),

final AS (
    SELECT
        week,
        source,
        scope,
        model_raw,
        cast(max(total) AS BIGINT) AS requests,
        min(latency_ms) FILTER (WHERE up_to * 100 >= total * 50) AS p50_ms,
        min(latency_ms) FILTER (WHERE up_to * 100 >= total * 95) AS p95_ms,
        min(latency_ms) FILTER (WHERE up_to * 100 >= total * 99) AS p99_ms
    FROM ranked
    GROUP BY week, source, scope, model_raw
)

SELECT * FROM final
