/*
---
description: >-
  Price of a standard or free model by prompt length: the list price, and the conditional prices that
  apply from a prompt length on. Other conditions are in core.price_condition alone.
grain: week × model_id × from_tokens
unique: [week, model_id, from_tokens]
columns:
  week: DATE NOT NULL | Monday | The ISO week the prices belong to
  model_id:
  from_tokens:
  before_tokens:
  prompt_price: DOUBLE NOT NULL
  completion_price: DOUBLE NOT NULL
  cache_read_price:
  cache_write_price:
checks:
  a band is not empty: from_tokens < before_tokens
---
*/
WITH condition AS (
    SELECT
        week,
        model_id,
        from_tokens,
        prompt_price,
        completion_price,
        cache_read_price,
        cache_write_price
    FROM core.price_condition
    WHERE from_tokens >= 0 AND prompt_price IS NOT NULL AND completion_price IS NOT NULL
),

conditional AS (
    SELECT DISTINCT
        week,
        model_id
    FROM condition
),

listed AS (
    SELECT
        catalogue.week,
        catalogue.model_id,
        cast(0 AS BIGINT) AS from_tokens,
        catalogue.prompt_price,
        catalogue.completion_price,
        catalogue.cache_read_price,
        catalogue.cache_write_price,
        conditional.model_id IS NOT NULL AS is_conditional
    FROM staging.catalogue
    LEFT JOIN conditional
        ON catalogue.week = conditional.week AND catalogue.model_id = conditional.model_id
    WHERE
        catalogue.variant IN ('standard', 'free')
        AND catalogue.prompt_price IS NOT NULL
        AND catalogue.completion_price IS NOT NULL
),

-- Few models have conditions, and only their bands are put in order.
band AS (
    SELECT *
    FROM condition
    UNION ALL
    SELECT
        week,
        model_id,
        from_tokens,
        prompt_price,
        completion_price,
        cache_read_price,
        cache_write_price
    FROM listed
    WHERE is_conditional
),

-- If two conditions begin at the same length, the more expensive one counts.
distinct_band AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, model_id, from_tokens ORDER BY prompt_price DESC, completion_price DESC
        ) AS price_rank
    FROM band
),

final AS (
    SELECT
        week,
        model_id,
        from_tokens,
        coalesce(
            lead(from_tokens) OVER (PARTITION BY week, model_id ORDER BY from_tokens), 1000000000000
        ) AS before_tokens,
        prompt_price,
        completion_price,
        cache_read_price,
        cache_write_price
    FROM distinct_band
    WHERE price_rank = 1
    UNION ALL
    SELECT
        week,
        model_id,
        from_tokens,
        1000000000000 AS before_tokens,
        prompt_price,
        completion_price,
        cache_read_price,
        cache_write_price
    FROM listed
    WHERE NOT is_conditional
)

SELECT * FROM final
