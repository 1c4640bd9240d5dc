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

dated AS (
    SELECT
        price.*,
        lag(price.fetched_at)
            OVER (PARTITION BY price.model_id, price.price ORDER BY price.fetched_at)
            AS previous_at,
        lag(price.usd)
            OVER (PARTITION BY price.model_id, price.price ORDER BY price.fetched_at)
            AS previous_usd
    FROM price
    INNER JOIN changing ON price.model_id = changing.model_id AND price.price = changing.price
    WHERE price.usd IS NOT NULL
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
