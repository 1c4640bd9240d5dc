/*
---
description: >-
  Price of a standard or free model by prompt length: the list price, and the conditional prices that
  apply from a prompt length on. Where a conditional price is silent, the list price applies.
grain: week × model_id × from_tokens
unique: [week, model_id, from_tokens]
columns:
  week: DATE NOT NULL | Monday | The ISO week the prices belong to
  model_id:
  from_tokens: BIGINT NOT NULL | tokens | Shortest prompt to which these prices apply
  before_tokens: BIGINT NOT NULL | tokens | Shortest prompt to which they no longer apply
  prompt_price: DOUBLE NOT NULL
  completion_price: DOUBLE NOT NULL
  cache_read_price:
  cache_write_price:
checks:
  a band is not empty: from_tokens < before_tokens
---
*/
-- A catalogue lists two conditional prices at the most so far; the check in route_offer holds more back.
WITH place AS (
    SELECT place FROM (VALUES (0), (1), (2), (3)) AS places (place)
),

priced AS (
    SELECT *
    FROM staging.catalogue
    WHERE variant IN ('standard', 'free') AND prompt_price IS NOT NULL AND completion_price IS NOT NULL
),

conditional AS (
    SELECT
        priced.week,
        priced.model_id,
        CASE place.place
            WHEN 0 THEN json_extract_string(priced.price_overrides, '$[0]')
            WHEN 1 THEN json_extract_string(priced.price_overrides, '$[1]')
            WHEN 2 THEN json_extract_string(priced.price_overrides, '$[2]')
            ELSE json_extract_string(priced.price_overrides, '$[3]')
        END AS override,
        priced.prompt_price,
        priced.completion_price,
        priced.cache_read_price,
        priced.cache_write_price
    FROM priced
    CROSS JOIN place
    WHERE priced.price_overrides IS NOT NULL
),

band AS (
    SELECT
        week,
        model_id,
        cast(0 AS BIGINT) AS from_tokens,
        prompt_price,
        completion_price,
        cache_read_price,
        cache_write_price
    FROM priced
    UNION ALL
    SELECT
        week,
        model_id,
        cast(json_extract_string(override, '$.min_prompt_tokens') AS BIGINT) AS from_tokens,
        coalesce(
            1000000 * cast(json_extract_string(override, '$.prompt') AS DOUBLE), prompt_price
        ) AS prompt_price,
        coalesce(
            1000000 * cast(json_extract_string(override, '$.completion') AS DOUBLE), completion_price
        ) AS completion_price,
        coalesce(
            1000000 * cast(json_extract_string(override, '$.input_cache_read') AS DOUBLE), cache_read_price
        ) AS cache_read_price,
        coalesce(
            1000000 * cast(json_extract_string(override, '$.input_cache_write') AS DOUBLE),
            cache_write_price
        ) AS cache_write_price
    FROM conditional
    WHERE json_extract_string(override, '$.min_prompt_tokens') IS NOT NULL
),

-- If two conditions begin at the same length, the more expensive one counts.
distinct_band AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, model_id, from_tokens ORDER BY prompt_price DESC, completion_price DESC
        ) AS price_rank
    FROM band
    WHERE from_tokens >= 0
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
)

SELECT * FROM final
