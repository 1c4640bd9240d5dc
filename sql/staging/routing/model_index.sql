/*
---
description: >-
  Models on offer that are exactly an evaluated model, with their scores on the Epoch Capabilities
  Index, one for each day of the index. Source: Epoch AI, Capabilities & Benchmarking, CC BY 4.0. A
  successor does not inherit a score.
grain: model_id × evaluated_on
unique: [model_id, evaluated_on]
columns:
  model_id: VARCHAR NOT NULL | - | Identifier to send to the API, without variant
  evaluated_model: VARCHAR NOT NULL
  capability: DOUBLE NOT NULL
  capability_sd: DOUBLE NOT NULL | points | From the 90% interval; the median of that day where it has none
  is_other_effort: BOOLEAN NOT NULL | - | Whether it was evaluated at more reasoning effort than the default
  released_on: DATE NOT NULL | UTC day | When the model was released
  evaluated_on: DATE NOT NULL | UTC day | Day of the index that contains the score
checks:
  it is uncertain: capability_sd > 0
---
*/
WITH scored AS (
    SELECT
        *,
        (index_high - index_low) / 3.29 AS index_sd
    FROM reference.quality_index
),

ranked AS (
    SELECT
        recorded_on,
        index_sd,
        row_number() OVER (PARTITION BY recorded_on ORDER BY index_sd) AS place,
        count(*) OVER (PARTITION BY recorded_on) AS models
    FROM scored
    WHERE index_sd IS NOT NULL
),

-- The anchors of the index have no interval.
median AS (
    SELECT
        recorded_on,
        avg(index_sd) AS index_sd
    FROM ranked
    WHERE 2 * place >= models AND 2 * place <= models + 2
    GROUP BY recorded_on
),

final AS (
    SELECT
        mapped.model_id,
        mapped.evaluated_model,
        scored.index AS capability,
        coalesce(scored.index_sd, median.index_sd) AS capability_sd,
        mapped.match = 'other_effort' AS is_other_effort,
        scored.released_on,
        scored.recorded_on AS evaluated_on
    FROM reference.quality_map AS mapped
    INNER JOIN scored ON mapped.evaluated_model = scored.evaluated_model
    INNER JOIN median ON scored.recorded_on = median.recorded_on
)

SELECT * FROM final
