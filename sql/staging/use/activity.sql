/*
---
description: >-
  Usage of your own account, each day from its newest response. Empty without a management key.
grain: date × model_permaslug × provider_name × endpoint_id × workspace_id
unique: [date, model_permaslug, provider_name, endpoint_id, workspace_id]
columns:
  date:
  week:
  model_permaslug: VARCHAR NOT NULL | - | Model as on the wire
  provider_name:
  endpoint_id: VARCHAR NOT NULL | - | The source's id of the endpoint
  workspace_id: VARCHAR | - | Workspace of the account; NULL where the response does not say
  model_id: VARCHAR | - | The catalogue's id of the model; NULL where the response does not say
  requests: BIGINT NOT NULL | requests | Requests of the day
  prompt_tokens: BIGINT NOT NULL | tokens | Tokens of the prompts
  completion_tokens: BIGINT NOT NULL | tokens | Tokens of the completions
  reasoning_tokens: BIGINT NOT NULL | tokens | Tokens of reasoning
  usage_usd: DOUBLE NOT NULL | USD | What was charged
  byok_usd: DOUBLE | USD | What own provider keys paid for; NULL where the response does not say
  as_of:
---
*/
WITH reported AS (
    SELECT
        *,
        max(as_of) OVER (PARTITION BY date) AS newest
    FROM lake.activity
),

final AS (
    SELECT
        date,
        cast(date_trunc('week', date) AS DATE) AS week,
        model_permaslug,
        provider_name,
        endpoint_id,
        workspace_id,
        min(model_id) AS model_id,
        cast(sum(requests) AS BIGINT) AS requests,
        cast(sum(prompt_tokens) AS BIGINT) AS prompt_tokens,
        cast(sum(completion_tokens) AS BIGINT) AS completion_tokens,
        cast(sum(reasoning_tokens) AS BIGINT) AS reasoning_tokens,
        cast(sum(cast(usage_usd AS DECIMAL(28, 12))) AS DOUBLE) AS usage_usd,
        cast(sum(cast(byok_usd AS DECIMAL(28, 12))) AS DOUBLE) AS byok_usd,
        as_of
    FROM reported
    WHERE as_of = newest
    GROUP BY date, model_permaslug, provider_name, endpoint_id, workspace_id, as_of
)

SELECT * FROM final
