/*
---
description: >-
  Own usage of a week by model. Tokens and dollars are the counting sources'; latency and failures come from
  the source that reports most of them, which may be a witness.
empty: Empty until own usage is imported (`tokenhouse usage add`) and published.
grain: week × scope × model
unique: [week, scope, model]
private: true
columns:
  week:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  model:
  model_permaslug: VARCHAR
  resolved_by:
  requests: BIGINT NOT NULL | requests | Attempts
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together
  prompt_tokens:
  cache_read_tokens:
  completion_tokens:
  billed_usd: DOUBLE | USD | Billed by the provider, inference with an own key included; NULL without a bill
  billed_tokens: BIGINT NOT NULL | tokens | Tokens with a bill
  estimated_usd: DOUBLE | USD | The gateway's own estimate for tokens without a bill; NULL without one
  estimated_tokens: BIGINT NOT NULL | tokens | Tokens with such an estimate
  cost_coverage: DOUBLE | fraction of tokens | Tokens with a bill or an estimate
  usd_per_million: DOUBLE | USD per million tokens | billed_usd over billed_tokens
  cache_hit_share: DOUBLE | fraction of the prompt | Read from the cache, of prompts that report it
  cache_coverage: DOUBLE | fraction of the prompt | Prompt tokens of requests that report the cache
  rate_limited_share: DOUBLE | fraction of attempts | Refused with 429; NULL if no source has failures
  failed_share: DOUBLE | fraction of attempts | Failed for any reason, 429 included; NULL as above
  p50_ms: BIGINT
  p95_ms: BIGINT
  p99_ms: BIGINT
checks:
  tokens without any cost are left: billed_tokens + estimated_tokens <= tokens
  what is rate-limited has failed: coalesce(rate_limited_share, 0) <= coalesce(failed_share, 0)
---
*/
WITH summed AS (
    SELECT
        week,
        scope,
        model,
        min(model_permaslug) AS model_permaslug,
        min(resolved_by) AS resolved_by,
        cast(sum(requests) AS BIGINT) AS requests,
        cast(sum(tokens) AS BIGINT) AS tokens,
        cast(sum(prompt_tokens) AS BIGINT) AS prompt_tokens,
        cast(sum(cache_read_tokens) AS BIGINT) AS cache_read_tokens,
        cast(sum(cache_known_tokens) AS BIGINT) AS cache_known_tokens,
        cast(sum(completion_tokens) AS BIGINT) AS completion_tokens,
        cast(sum(cost_usd) FILTER (WHERE is_billed) AS DOUBLE) AS billed_usd,
        cast(coalesce(sum(tokens) FILTER (WHERE is_billed), 0) AS BIGINT)
            AS billed_tokens,
        cast(sum(cost_usd) FILTER (WHERE cost_kind = 'source_estimate') AS DOUBLE) AS estimated_usd,
        cast(coalesce(sum(tokens) FILTER (WHERE cost_kind = 'source_estimate'), 0) AS BIGINT)
            AS estimated_tokens
    FROM core.usage_counted
    GROUP BY week, scope, model
),

attempted AS (
    SELECT
        usage_day.week,
        usage_day.scope,
        name.model,
        usage_day.source,
        role.counts,
        sum(usage_day.requests) AS attempts,
        coalesce(sum(usage_day.requests) FILTER (WHERE usage_day.status = 'rate_limited'), 0) AS rate_limited,
        coalesce(sum(usage_day.requests) FILTER (WHERE usage_day.status IN ('rate_limited', 'failed')), 0)
            AS failed
    FROM usage.usage_day
    INNER JOIN core.usage_role AS role
        ON
            usage_day.source = role.source
            AND usage_day.scope = role.scope
            AND role.reports_failures
    INNER JOIN core.usage_model AS name
        ON usage_day.source = name.source AND usage_day.model_raw = name.model_raw
    GROUP BY usage_day.week, usage_day.scope, name.model, usage_day.source, role.counts
),

failure AS (
    SELECT
        week,
        scope,
        model,
        cast(rate_limited AS DOUBLE) / nullif(attempts, 0) AS rate_limited_share,
        cast(failed AS DOUBLE) / nullif(attempts, 0) AS failed_share,
        row_number() OVER (
            PARTITION BY week, scope, model ORDER BY counts DESC, attempts DESC, source
        ) AS place
    FROM attempted
),

timed AS (
    SELECT
        latency.week,
        latency.scope,
        name.model,
        latency.p50_ms,
        latency.p95_ms,
        latency.p99_ms,
        row_number() OVER (
            PARTITION BY latency.week, latency.scope, name.model
            ORDER BY latency.requests DESC, latency.source, latency.model_raw
        ) AS place
    FROM usage.usage_latency AS latency
    INNER JOIN core.usage_model AS name
        ON latency.source = name.source AND latency.model_raw = name.model_raw
),

final AS (
    SELECT
        summed.week,
        summed.scope,
        summed.model,
        summed.model_permaslug,
        summed.resolved_by,
        summed.requests,
        summed.tokens,
        summed.prompt_tokens,
        summed.cache_read_tokens,
        summed.completion_tokens,
        summed.billed_usd,
        summed.billed_tokens,
        summed.estimated_usd,
        summed.estimated_tokens,
        cast(summed.billed_tokens + summed.estimated_tokens AS DOUBLE) / nullif(summed.tokens, 0)
            AS cost_coverage,
        1000000 * summed.billed_usd / nullif(summed.billed_tokens, 0) AS usd_per_million,
        cast(summed.cache_read_tokens AS DOUBLE) / nullif(summed.cache_known_tokens, 0) AS cache_hit_share,
        cast(coalesce(summed.cache_known_tokens, 0) AS DOUBLE) / nullif(summed.prompt_tokens, 0)
            AS cache_coverage,
        failure.rate_limited_share,
        failure.failed_share,
        timed.p50_ms,
        timed.p95_ms,
        timed.p99_ms
    FROM summed
    LEFT JOIN failure
        ON
            summed.week = failure.week
            AND summed.scope = failure.scope
            AND summed.model = failure.model
            AND failure.place = 1
    LEFT JOIN timed
        ON
            summed.week = timed.week
            AND summed.scope = timed.scope
            AND summed.model = timed.model
            AND timed.place = 1
)

SELECT * FROM final
