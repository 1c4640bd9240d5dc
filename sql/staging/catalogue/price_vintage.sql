/*
---
description: >-
  The list prices of every model in every catalogue fetched, under the instant of the fetch. Where
  responses of one instant disagree, nobody can know which is right, and the price is unknown.
grain: fetched_at × model_id
unique: [fetched_at, model_id]
columns:
  fetched_at: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant at which the catalogue was fetched
  model_id:
  model_permaslug:
  is_disputed:
  prompt_price: DOUBLE | USD per million tokens | NULL is unknown; a price below zero is unknown too
  completion_price: DOUBLE | USD per million tokens | NULL is unknown; below zero is unknown too
  cache_read_price:
  cache_write_price:
  has_conditional_price: BOOLEAN NOT NULL | - | Whether some prompts, such as long ones, have other prices
  is_repeated: BOOLEAN NOT NULL | - | Whether the response contains the model more than once
checks:
  no price is below zero: coalesce(least(prompt_price, completion_price), 0) >= 0
---
*/
WITH converted AS (
    SELECT
        fetched_at,
        model_id,
        canonical_slug,
        cast(cast(prompt_price AS DECIMAL(24, 15)) * 1000000 AS DOUBLE) AS prompt_usd,
        cast(cast(completion_price AS DECIMAL(24, 15)) * 1000000 AS DOUBLE) AS completion_usd,
        cast(cast(cache_read_price AS DECIMAL(24, 15)) * 1000000 AS DOUBLE) AS cache_read_usd,
        cast(cast(cache_write_price AS DECIMAL(24, 15)) * 1000000 AS DOUBLE) AS cache_write_usd,
        coalesce(json_array_length(price_overrides) > 0, FALSE) AS is_conditional
    FROM lake.models
    WHERE model_id NOT LIKE '~%' -- aliases such as ~author/x-latest point to another row
),

-- A response may contain a model twice: prices that differ are a dispute, and a price beside none, too.
offered AS (
    SELECT
        fetched_at,
        model_id,
        prompt_usd,
        completion_usd,
        cache_read_usd,
        cache_write_usd,
        min(canonical_slug) AS canonical_slug,
        bool_or(is_conditional) AS is_conditional,
        count(*) AS rows
    FROM converted
    GROUP BY fetched_at, model_id, prompt_usd, completion_usd, cache_read_usd, cache_write_usd
),

agreed AS (
    SELECT
        fetched_at,
        model_id,
        min(canonical_slug) AS canonical_slug,
        count(*) > 1 AS is_disputed,
        min(prompt_usd) AS prompt_usd,
        min(completion_usd) AS completion_usd,
        min(cache_read_usd) AS cache_read_usd,
        min(cache_write_usd) AS cache_write_usd,
        bool_or(is_conditional) AS has_conditional_price,
        sum(rows) > 1 AS is_repeated
    FROM offered
    GROUP BY fetched_at, model_id
),

final AS (
    SELECT
        fetched_at,
        model_id,
        coalesce(canonical_slug, split_part(model_id, ':', 1))
        || substring(model_id, length(split_part(model_id, ':', 1)) + 1) AS model_permaslug,
        is_disputed,
        CASE WHEN prompt_usd >= 0 AND NOT is_disputed THEN prompt_usd END AS prompt_price,
        CASE WHEN completion_usd >= 0 AND NOT is_disputed THEN completion_usd END AS completion_price,
        CASE WHEN cache_read_usd >= 0 AND NOT is_disputed THEN cache_read_usd END AS cache_read_price,
        CASE WHEN cache_write_usd >= 0 AND NOT is_disputed THEN cache_write_usd END AS cache_write_price,
        has_conditional_price,
        is_repeated
    FROM agreed
)

SELECT * FROM final
