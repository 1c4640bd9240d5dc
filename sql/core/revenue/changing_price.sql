/*
---
description: >-
  The list prices that are not the same in all catalogues, by catalogue. Most prices never change.
grain: model_id × price × fetched_at
unique: [model_id, price, fetched_at]
columns:
  model_id:
  price: VARCHAR NOT NULL | - | prompt, completion, cache_read or cache_write
  fetched_at:
  usd: DOUBLE NOT NULL | USD per million tokens | List price in the catalogue
  is_change: BOOLEAN NOT NULL | - | Whether it differs from the last known price before it
accepted:
  price: [prompt, completion, cache_read, cache_write]
---
*/
WITH price AS (
    SELECT
        fetched_at,
        model_id,
        'prompt' AS price,
        prompt_price AS usd
    FROM staging.price_vintage
    UNION ALL
    SELECT
        fetched_at,
        model_id,
        'completion' AS price,
        completion_price AS usd
    FROM staging.price_vintage
    UNION ALL
    SELECT
        fetched_at,
        model_id,
        'cache_read' AS price,
        cache_read_price AS usd
    FROM staging.price_vintage
    UNION ALL
    SELECT
        fetched_at,
        model_id,
        'cache_write' AS price,
        cache_write_price AS usd
    FROM staging.price_vintage
),

changing AS (
    SELECT
        model_id,
        price
    FROM price
    GROUP BY model_id, price
    HAVING min(usd) < max(usd)
),

final AS (
    SELECT
        price.model_id,
        price.price,
        price.fetched_at,
        price.usd,
        coalesce(
            lag(price.usd) OVER (PARTITION BY price.model_id, price.price ORDER BY price.fetched_at)
            <> price.usd, FALSE
        ) AS is_change
    FROM price
    INNER JOIN changing ON price.model_id = changing.model_id AND price.price = changing.price
    WHERE price.usd IS NOT NULL
)

SELECT * FROM final
