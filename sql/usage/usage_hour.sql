/*
---
description: Own tokens by hour and model, for what an hour carries.
grain: hour × source × scope × model_raw
unique: [hour, source, scope, model_raw]
columns:
  hour: TIMESTAMP NOT NULL | UTC | The hour in which the requests began
  week:
  source:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  model_raw:
  requests: BIGINT NOT NULL | requests | Attempts
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together
---
*/
WITH final AS (
    SELECT
        date_trunc('hour', cast(started_at AS TIMESTAMP)) AS hour,
        week,
        source,
        scope,
        model_raw,
        count(*) AS requests,
        cast(sum(prompt_tokens + completion_tokens) AS BIGINT) AS tokens
    FROM lake.usage_request
    GROUP BY date_trunc('hour', cast(started_at AS TIMESTAMP)), week, source, scope, model_raw
)

SELECT * FROM final
