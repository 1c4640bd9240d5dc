/*
---
description: >-
  How often the prices of a model changed in the 24 hours up to a catalogue, where they did.
grain: model_id × fetched_at
unique: [model_id, fetched_at]
columns:
  model_id:
  fetched_at:
  changes: BIGINT NOT NULL | changes | Catalogues of these hours in which a price was another
  is_unsettled: BOOLEAN NOT NULL | - | Whether these are too many to rely on the price
---
*/
WITH change AS (
    SELECT DISTINCT
        model_id,
        fetched_at
    FROM core.changing_price
    WHERE is_change
),

final AS (
    SELECT
        price.model_id,
        price.fetched_at,
        count(*) AS changes,
        count(*) >= max(parameter.unsettled_changes) AS is_unsettled
    FROM staging.price_vintage AS price
    CROSS JOIN core.parameter AS parameter
    INNER JOIN change
        ON
            price.model_id = change.model_id
            AND price.fetched_at >= change.fetched_at
            AND price.fetched_at - INTERVAL 1 DAY < change.fetched_at
    GROUP BY price.model_id, price.fetched_at
)

SELECT * FROM final
