/*
---
description: >-
  What one task of a workload costs, for the candidates and for the models that only lack evidence,
  speed or adoption: at list prices, and at the prices at which routes are compared, which for a
  promotion are those before it.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  cost_per_task_usd: DOUBLE NOT NULL | USD | List price of one task, cached parts at the cache price
  cost_per_million_usd:
  compared_cost_usd:
  output_cost_usd: DOUBLE NOT NULL | USD | Part of compared_cost_usd that the completions cost
  cache_gain_usd: DOUBLE NOT NULL | USD | What it would be less if all of the replay were cached
checks:
  a promotion is no reason to be chosen: compared_cost_usd >= cost_per_task_usd * 0.999999
---
*/
-- The cost of a task is the sum over its requests, each at the prices of its prompt's length:
-- fresh · p_write + hit · p_cache_read + out · p_completion, p_write = p_prompt where nothing is cached.
WITH band AS (
    SELECT
        band.*,
        price.is_promotion,
        price.prompt_factor,
        price.completion_factor,
        price.cache_read_factor,
        price.cache_write_factor
    FROM core.price_band AS band
    INNER JOIN core.route_promotion AS price ON band.week = price.week AND band.model_id = price.model_id
),

-- Only a promotion is compared at other prices than those listed.
priced AS (
    SELECT
        week,
        model_id,
        from_tokens,
        before_tokens,
        FALSE AS is_compared,
        prompt_price,
        completion_price,
        cache_read_price,
        cache_write_price
    FROM band
    UNION ALL
    SELECT
        week,
        model_id,
        from_tokens,
        before_tokens,
        TRUE AS is_compared,
        prompt_price * prompt_factor AS prompt_price,
        completion_price * completion_factor AS completion_price,
        cache_read_price * cache_read_factor AS cache_read_price,
        cache_write_price * cache_write_factor AS cache_write_price
    FROM band
    WHERE is_promotion
),

priced_trip AS (
    SELECT
        judged.week,
        judged.workload,
        judged.model_id,
        priced.is_compared,
        workload.trip_output_tokens * priced.completion_price AS output_cost,
        trip.prompt_tokens
        * CASE
            WHEN priced.cache_read_price IS NULL OR workload.round_trips = 1 THEN priced.prompt_price
            ELSE coalesce(priced.cache_write_price, priced.prompt_price * judged.cache_write_multiplier)
        END AS prompt_cost,
        trip.replayed_tokens
        * (
            coalesce(priced.cache_write_price, priced.prompt_price * judged.cache_write_multiplier)
            - priced.cache_read_price
        ) AS cache_gain
    FROM core.route_verdict AS judged
    INNER JOIN staging.workload ON judged.workload = workload.workload
    INNER JOIN staging.workload_trip AS trip ON judged.workload = trip.workload
    INNER JOIN priced
        ON
            judged.price_week = priced.week
            AND judged.model_id = priced.model_id
            AND trip.prompt_tokens >= priced.from_tokens
            AND trip.prompt_tokens < priced.before_tokens
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
        is_compared,
        cast(sum(cast(prompt_cost AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS prompt_cost_usd,
        cast(sum(cast(output_cost AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS output_cost_usd,
        cast(sum(cast(coalesce(cache_gain, 0) AS DECIMAL(18, 7))) AS DOUBLE) / 1000000 AS cache_gain_usd
    FROM priced_trip
    GROUP BY week, workload, model_id, is_compared
),

cost AS (
    SELECT
        summed.*,
        prompt_cost_usd + output_cost_usd - parameter.cache_hit * cache_gain_usd AS cost_usd
    FROM summed
    CROSS JOIN core.parameter AS parameter
),

final AS (
    SELECT
        listed.week,
        listed.workload,
        listed.model_id,
        listed.cost_usd AS cost_per_task_usd,
        listed.cost_usd
        * 1000000
        / nullif(workload.prompt_tokens + workload.output_tokens, 0) AS cost_per_million_usd,
        coalesce(compared.cost_usd, listed.cost_usd) AS compared_cost_usd,
        coalesce(compared.output_cost_usd, listed.output_cost_usd) AS output_cost_usd,
        coalesce(compared.cache_gain_usd, listed.cache_gain_usd) AS cache_gain_usd
    FROM cost AS listed
    INNER JOIN staging.workload ON listed.workload = workload.workload
    LEFT JOIN cost AS compared
        ON
            listed.week = compared.week
            AND listed.workload = compared.workload
            AND listed.model_id = compared.model_id
            AND compared.is_compared
    WHERE NOT listed.is_compared
)

SELECT * FROM final
