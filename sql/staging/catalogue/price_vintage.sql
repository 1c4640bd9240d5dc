/*
---
description: The list prices of every model in every catalogue fetched, under the instant of the fetch.
grain: fetched_at × model_id
unique: [fetched_at, model_id]
columns:
  fetched_at: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant at which the catalogue was fetched
  model_id:
  prompt_price: DOUBLE | USD per million tokens | NULL is unknown; a price below zero is unknown too
  completion_price: DOUBLE | USD per million tokens | NULL is unknown; below zero is unknown too
  cache_read_price:
  cache_write_price:
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
        cast(cast(cache_write_price AS DECIMAL(24, 15)) * 1000000 AS DOUBLE) AS cache_write_usd
    FROM lake.models
),

-- A response may contain a model twice.
numbered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY fetched_at, model_id ORDER BY canonical_slug, prompt_usd, completion_usd
        ) AS place
    FROM converted
),

final AS (
    SELECT
        fetched_at,
        model_id,
        CASE WHEN prompt_usd >= 0 THEN prompt_usd END AS prompt_price,
        CASE WHEN completion_usd >= 0 THEN completion_usd END AS completion_price,
        CASE WHEN cache_read_usd >= 0 THEN cache_read_usd END AS cache_read_price,
        CASE WHEN cache_write_usd >= 0 THEN cache_write_usd END AS cache_write_price
    FROM numbered
    WHERE place = 1
)

SELECT * FROM final
