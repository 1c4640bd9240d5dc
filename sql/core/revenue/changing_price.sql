/*
---
description: >-
  The list prices that are not the same in all catalogues, by catalogue. Most prices never change.
grain: model_id × price × fetched_at
unique: [model_id, price, fetched_at]
columns:
  model_id:
  price:
  fetched_at:
  usd: DOUBLE NOT NULL | USD per million tokens | List price in the catalogue
  previous_at: TIMESTAMP WITH TIME ZONE | UTC | Newest catalogue before with a known price; NULL is none
  previous_usd: DOUBLE | USD per million tokens | List price in that catalogue
  is_change: BOOLEAN NOT NULL | - | Whether the two prices differ
accepted:
  price: [prompt, completion, cache_read, cache_write]
---
*/
WITH changing AS (
    SELECT
        model_id,
        min(prompt_price) < max(prompt_price) AS prompt_changes,
        min(completion_price) < max(completion_price) AS completion_changes,
        min(cache_read_price) < max(cache_read_price) AS cache_read_changes,
        min(cache_write_price) < max(cache_write_price) AS cache_write_changes
    FROM staging.price_vintage
    GROUP BY model_id
),

price AS (
    SELECT
        price.fetched_at,
        price.model_id,
        'prompt' AS price,
        price.prompt_price AS usd
    FROM staging.price_vintage AS price
    INNER JOIN changing ON price.model_id = changing.model_id AND changing.prompt_changes
    WHERE price.prompt_price IS NOT NULL
    UNION ALL
    SELECT
        price.fetched_at,
        price.model_id,
        'completion' AS price,
        price.completion_price AS usd
    FROM staging.price_vintage AS price
    INNER JOIN changing ON price.model_id = changing.model_id AND changing.completion_changes
    WHERE price.completion_price IS NOT NULL
    UNION ALL
    SELECT
        price.fetched_at,
        price.model_id,
        'cache_read' AS price,
        price.cache_read_price AS usd
    FROM staging.price_vintage AS price
    INNER JOIN changing ON price.model_id = changing.model_id AND changing.cache_read_changes
    WHERE price.cache_read_price IS NOT NULL
    UNION ALL
    SELECT
        price.fetched_at,
        price.model_id,
        'cache_write' AS price,
        price.cache_write_price AS usd
    FROM staging.price_vintage AS price
    INNER JOIN changing ON price.model_id = changing.model_id AND changing.cache_write_changes
    WHERE price.cache_write_price IS NOT NULL
),

dated AS (
    SELECT
        *,
        lag(fetched_at) OVER step AS previous_at,
        lag(usd) OVER step AS previous_usd
    FROM price
    WINDOW step AS (PARTITION BY model_id, price ORDER BY fetched_at)
),

final AS (
    SELECT
        model_id,
        price,
        fetched_at,
        usd,
        previous_at,
        previous_usd,
        coalesce(previous_usd <> usd, FALSE) AS is_change
    FROM dated
)

SELECT * FROM final
