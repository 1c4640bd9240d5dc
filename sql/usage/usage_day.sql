/*
---
description: >-
  Own requests of a day: everything that adds up, by the classes that pricing and comparison need. Bands of
  prompt length begin where catalogues have conditional prices.
grain: date × source × scope × model_raw × label × status × cost_kind × prompt_from
unique: [date, source, scope, model_raw, label, status, cost_kind, prompt_from]
columns:
  date: DATE NOT NULL | UTC day | The day on which the requests began
  week:
  source:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  model_raw:
  label:
  status:
  cost_kind:
  prompt_from:
  requests: BIGINT NOT NULL | requests | Attempts
  prompt_tokens:
  cache_read_tokens:
  cache_write_tokens:
  cache_known_tokens:
  completion_tokens:
  reasoning_tokens: BIGINT | tokens | Generated as reasoning; NULL where no request reports it
  cost_usd:
  is_billed:
accepted:
  status: [ok, rate_limited, failed, cancelled, cached]
  cost_kind: [billed, byok, source_estimate, none]
checks:
  a cost is known or of no kind: (cost_usd IS NULL) = (cost_kind = 'none')
---
*/
WITH banded AS (
    SELECT
        *,
        cast(started_at AS DATE) AS date,
        CASE
            WHEN prompt_tokens >= 272000 THEN 272000
            WHEN prompt_tokens >= 256000 THEN 256000
            WHEN prompt_tokens >= 200000 THEN 200000
            WHEN prompt_tokens >= 128000 THEN 128000
            WHEN prompt_tokens >= 32000 THEN 32000
            ELSE 0
        END AS prompt_from
    FROM lake.usage_request
),

final AS (
    SELECT
        date,
        week,
        source,
        scope,
        model_raw,
        workload AS label,
        status,
        cost_kind,
        cast(prompt_from AS BIGINT) AS prompt_from,
        count(*) AS requests,
        cast(sum(prompt_tokens) AS BIGINT) AS prompt_tokens,
        cast(sum(cache_read_tokens) AS BIGINT) AS cache_read_tokens,
        cast(sum(cache_write_tokens) AS BIGINT) AS cache_write_tokens,
        cast(sum(prompt_tokens) FILTER (WHERE cache_read_tokens IS NOT NULL) AS BIGINT) AS cache_known_tokens,
        cast(sum(completion_tokens) AS BIGINT) AS completion_tokens,
        cast(sum(reasoning_tokens) AS BIGINT) AS reasoning_tokens,
        cast(sum(cost_usd) AS DECIMAL(28, 12)) AS cost_usd,
        cost_kind IN ('billed', 'byok') AS is_billed
    FROM banded
    GROUP BY date, week, source, scope, model_raw, workload, status, cost_kind, prompt_from
)

SELECT * FROM final
