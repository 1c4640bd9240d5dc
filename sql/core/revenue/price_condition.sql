/*
---
description: >-
  The conditional prices of standard and free models, one row for each. A price that depends on the length
  of the prompt says from how many tokens it holds; what it leaves out is as the list price. The first four
  of a model are read.
grain: week × model_id × place
unique: [week, model_id, place]
columns:
  week: DATE NOT NULL | Monday | The ISO week the prices belong to
  model_id:
  place: BIGINT NOT NULL | place | The condition's place in the catalogue, from 1
  from_tokens: BIGINT | tokens | Shortest prompt at which it holds; NULL if it is another condition
  prompt_price: DOUBLE
  completion_price: DOUBLE
  cache_read_price:
  cache_write_price:
---
*/
WITH condition AS (
    SELECT
        catalogue.week,
        catalogue.model_id,
        number.number AS place,
        CASE number.number
            WHEN 1 THEN json_extract_string(catalogue.price_overrides, '$[0]')
            WHEN 2 THEN json_extract_string(catalogue.price_overrides, '$[1]')
            WHEN 3 THEN json_extract_string(catalogue.price_overrides, '$[2]')
            WHEN 4 THEN json_extract_string(catalogue.price_overrides, '$[3]')
        END AS override,
        catalogue.prompt_price,
        catalogue.completion_price,
        catalogue.cache_read_price,
        catalogue.cache_write_price
    FROM staging.catalogue
    INNER JOIN staging.number ON number.number <= json_array_length(catalogue.price_overrides)
    WHERE catalogue.variant IN ('standard', 'free') AND catalogue.price_overrides IS NOT NULL
),

final AS (
    SELECT
        week,
        model_id,
        place,
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
    FROM condition
)

SELECT * FROM final
