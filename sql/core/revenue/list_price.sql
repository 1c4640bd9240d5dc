/*
---
description: >-
  The list prices of a week under the names that the rankings use. The price is the last one
  fetched up to the Tuesday after the week, from staging.catalogue; if the catalogue offers one name
  under several ids, the id seen last counts.
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week: DATE NOT NULL | Monday | The ISO week the prices belong to
  model_permaslug:
  model_id:
  prompt_price:
  completion_price:
  cache_read_price:
---
*/
WITH numbered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, model_permaslug ORDER BY fetched_at DESC, model_id
        ) AS place
    FROM staging.catalogue
),

final AS (
    SELECT
        week,
        model_permaslug,
        model_id,
        prompt_price,
        completion_price,
        cache_read_price
    FROM numbered
    WHERE place = 1
)

SELECT * FROM final
