/*
---
description: Percentiles of the latency of own requests that succeeded, exact and by nearest rank.
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
WITH final AS (
    SELECT
        week,
        source,
        scope,
        model_raw,
        count(*) AS requests,
        cast(percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_ms) AS BIGINT) AS p50_ms,
        cast(percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms) AS BIGINT) AS p95_ms,
        cast(percentile_disc(0.99) WITHIN GROUP (ORDER BY latency_ms) AS BIGINT) AS p99_ms
    FROM lake.usage_request
    WHERE status = 'ok' AND latency_ms IS NOT NULL
    GROUP BY week, source, scope, model_raw
)

SELECT * FROM final
