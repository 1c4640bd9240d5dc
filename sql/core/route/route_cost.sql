/*
---
description: >-
  What one task of a workload costs at list prices, for the candidates and for the models that only
  lack evidence, speed or adoption.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  cost_per_task_usd: DOUBLE NOT NULL | USD | List price of one task, cached parts at the cache price
  cost_per_million_usd:
  output_cost_usd:
  cache_gain_usd:
---
*/
-- The cost of a task is the sum over its requests, each at the prices of its prompt's length:
-- fresh · p_write + hit · p_cache_read + out · p_completion, p_write = p_prompt where nothing is cached.
WITH priced_trip AS (
    SELECT
        judged.week,
        judged.workload,
        judged.model_id,
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
    WHERE
        judged.rejected_because IS NULL
        OR judged.rejected_because IN ('no_quality_evidence', 'too_slow', 'too_often_down', 'not_adopted')
),

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
summed AS (
    SELECT
        week,
        workload,
        model_id,
        cast(sum(cast(prompt_cost AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS prompt_cost_usd,
        cast(sum(cast(output_cost AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS output_cost_usd,
        cast(sum(cast(coalesce(cache_gain, 0) AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS cache_gain_usd
    FROM priced_trip
    GROUP BY week, workload, model_id
),

cost AS (
    SELECT
        summed.*,
        prompt_cost_usd + output_cost_usd - parameter.cache_hit * cache_gain_usd AS cost_per_task_usd
    FROM summed
    CROSS JOIN core.parameter AS parameter
),

final AS (
    SELECT
        cost.week,
        cost.workload,
        cost.model_id,
        cost.cost_per_task_usd,
        cost.cost_per_task_usd
        * 1000000
        / nullif(workload.prompt_tokens + workload.output_tokens, 0) AS cost_per_million_usd,
        cost.output_cost_usd,
        cost.cache_gain_usd
    FROM cost
    INNER JOIN staging.workload ON cost.workload = workload.workload
)

SELECT * FROM final
