/*
---
description: >-
  Own usage that a provider billed, by day and model, with its list price of the week: the rows of the FOCUS
  export. Inference with an own provider key is left out, another account paid it.
empty: Empty until own usage with a bill is imported (`tokenhouse usage add`) and published.
grain: date × scope × model × is_openrouter
unique: [date, scope, model, is_openrouter]
private: true
columns:
  date: DATE NOT NULL | UTC day | The day on which the requests began
  month:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  model:
  model_permaslug: VARCHAR
  vendor: VARCHAR | - | Company that develops it; NULL where the name is unresolved
  is_openrouter: BOOLEAN NOT NULL | - | Whether OpenRouter billed it; no source names other providers
  requests: BIGINT NOT NULL | requests | Requests with a bill
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together
  prompt_tokens:
  cache_read_tokens:
  completion_tokens:
  billed_usd: DECIMAL(28,12) NOT NULL | USD | As billed
  list_usd: DECIMAL(28,12) | USD | The same tokens at list price; NULL where the week lists none for some
---
*/
WITH final AS (
    SELECT
        usage_day.date,
        cast(date_trunc('month', usage_day.date) AS DATE) AS month,
        usage_day.scope,
        name.model,
        min(name.model_permaslug) AS model_permaslug,
        coalesce(min(origin.vendor), split_part(min(name.model_permaslug), '/', 1)) AS vendor,
        name.is_openrouter,
        cast(sum(usage_day.requests) AS BIGINT) AS requests,
        cast(sum(usage_day.prompt_tokens + usage_day.completion_tokens) AS BIGINT) AS tokens,
        cast(sum(usage_day.prompt_tokens) AS BIGINT) AS prompt_tokens,
        cast(sum(usage_day.cache_read_tokens) AS BIGINT) AS cache_read_tokens,
        cast(sum(usage_day.completion_tokens) AS BIGINT) AS completion_tokens,
        cast(sum(usage_day.cost_usd) AS DECIMAL(28, 12)) AS billed_usd,
        CASE
            WHEN bool_and(price.model_permaslug IS NOT NULL)
                THEN
                    cast(
                        sum(
                            cast(
                                (
                                    (
                                        usage_day.prompt_tokens
                                        - coalesce(usage_day.cache_read_tokens, 0)
                                        - coalesce(usage_day.cache_write_tokens, 0)
                                    ) * price.prompt_price
                                    + coalesce(usage_day.cache_read_tokens, 0) * price.read_price
                                    + coalesce(usage_day.cache_write_tokens, 0) * price.write_price
                                    + usage_day.completion_tokens * price.completion_price
                                ) / 1000000 AS DECIMAL(28, 12)
                            )
                        ) AS DECIMAL(28, 12)
                    )
        END AS list_usd
    FROM usage.usage_day
    INNER JOIN core.usage_role AS role
        ON
            usage_day.source = role.source
            AND usage_day.scope = role.scope
            AND role.counts
    INNER JOIN core.usage_model AS name
        ON usage_day.source = name.source AND usage_day.model_raw = name.model_raw
    LEFT JOIN core.model_origin AS origin
        ON usage_day.week = origin.week AND name.model_permaslug = origin.model_permaslug
    LEFT JOIN core.usage_price AS price
        ON
            usage_day.week = price.price_week
            AND name.model_permaslug = price.model_permaslug
            AND usage_day.prompt_from >= price.from_tokens
            AND usage_day.prompt_from < price.before_tokens
    WHERE usage_day.cost_kind = 'billed'
    GROUP BY
        usage_day.date,
        cast(date_trunc('month', usage_day.date) AS DATE),
        usage_day.scope,
        name.model,
        name.is_openrouter
)

SELECT * FROM final
