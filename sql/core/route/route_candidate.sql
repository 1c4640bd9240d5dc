/*
---
description: >-
  Every standard model on offer, for every workload and complete week: the rule that keeps it out, and
  for those that pass what the work itself asks, what a task costs.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  model_permaslug:
  author:
  vendor:
  bloc:
  rank:
  tokens: BIGINT
  momentum:
  weeks_adopted:
  weeks_known:
  prices_as_of:
  prices_of_week:
  context_length:
  is_data_allowed:
  latency_p99_seconds:
  throughput_p50:
  evidence:
  success:
  success_low:
  capability:
  capability_low:
  cost_per_task_usd: DOUBLE | USD | List price of one task, the cached part of a replay at the cache price
  cost_per_million_usd: DOUBLE | USD per million tokens | The same, over all tokens of the task
  output_cost_usd: DOUBLE | USD | Part of it that the completions cost
  cache_gain_usd: DOUBLE | USD | What one task would save more if all of the replay were cached, not none
  rejected_because:
checks:
  a candidate has a cost: rejected_because IS NOT NULL OR cost_per_task_usd >= 0
  only a sandbox is free: >-
    SELECT candidate.model_id FROM core.route_candidate AS candidate
    INNER JOIN staging.workload ON candidate.workload = workload.workload
    WHERE candidate.rejected_because IS NULL AND NOT workload.is_sandbox AND candidate.cost_per_task_usd = 0
---
*/
-- The cost of a task is the sum over its requests, each at the prices of its prompt's length:
-- fresh · p_write + hit · p_cache_read + out · p_completion, p_write = p_prompt where nothing is cached.
-- It is worked out for candidates, and for those that only lack evidence, speed or adoption.
WITH priced_trip AS (
    SELECT
        judged.week,
        judged.workload,
        judged.model_id,
        parameter.cache_hit,
        workload.trip_output_tokens * band.completion_price AS output_cost,
        trip.prompt_tokens
        * CASE
            WHEN band.cache_read_price IS NULL OR workload.round_trips = 1 THEN band.prompt_price
            ELSE coalesce(band.cache_write_price, band.prompt_price * judged.cache_write_multiplier)
        END AS prompt_cost,
        trip.replayed_tokens
        * (
            coalesce(band.cache_write_price, band.prompt_price * judged.cache_write_multiplier)
            - band.cache_read_price
        ) AS cache_gain
    FROM core.route_verdict AS judged
    INNER JOIN staging.workload ON judged.workload = workload.workload
    INNER JOIN staging.workload_trip AS trip ON judged.workload = trip.workload
    INNER JOIN core.price_band AS band
        ON
            judged.price_week = band.week
            AND judged.model_id = band.model_id
            AND trip.prompt_tokens >= band.from_tokens
            AND trip.prompt_tokens < band.before_tokens
    CROSS JOIN core.parameter AS parameter
    WHERE
        judged.rejected_because IS NULL
        OR judged.rejected_because IN ('no quality evidence', 'too slow', 'too often down', 'not adopted')
),

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
summed AS (
    SELECT
        week,
        workload,
        model_id,
        cache_hit,
        cast(sum(cast(prompt_cost AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS prompt_cost_usd,
        cast(sum(cast(output_cost AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS output_cost_usd,
        cast(sum(cast(coalesce(cache_gain, 0) AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS cache_gain_usd
    FROM priced_trip
    GROUP BY week, workload, model_id, cache_hit
),

cost AS (
    SELECT
        *,
        prompt_cost_usd + output_cost_usd - cache_hit * cache_gain_usd AS cost_per_task_usd
    FROM summed
),

final AS (
    SELECT
        judged.week,
        judged.workload,
        judged.model_id,
        judged.model_permaslug,
        judged.author,
        judged.vendor,
        judged.bloc,
        judged.rank,
        judged.tokens,
        judged.momentum,
        judged.weeks_adopted,
        judged.weeks_known,
        judged.prices_as_of,
        judged.prices_of_week,
        judged.context_length,
        judged.is_data_allowed,
        judged.latency_p99_seconds,
        judged.throughput_p50,
        judged.evidence,
        judged.success,
        judged.success_low,
        judged.capability,
        judged.capability_low,
        cost.cost_per_task_usd,
        cost.cost_per_task_usd
        * 1000000
        / nullif(workload.prompt_tokens + workload.output_tokens, 0) AS cost_per_million_usd,
        cost.output_cost_usd,
        cost.cache_gain_usd,
        judged.rejected_because
    FROM core.route_verdict AS judged
    INNER JOIN staging.workload ON judged.workload = workload.workload
    LEFT JOIN cost
        ON
            judged.week = cost.week
            AND judged.workload = cost.workload
            AND judged.model_id = cost.model_id
)

SELECT * FROM final
