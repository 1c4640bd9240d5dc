/*
---
description: >-
  Models on offer that are exactly an evaluated model, with their score on the Epoch Capabilities
  Index. Source: Epoch AI, Capabilities & Benchmarking, CC BY 4.0. A successor does not inherit it.
grain: model_id
unique: [model_id]
columns:
  model_id: VARCHAR NOT NULL | - | Identifier to send to the API, without variant
  evaluated_model: VARCHAR NOT NULL | - | Name of the model in the index
  capability: DOUBLE NOT NULL
  capability_sd: DOUBLE NOT NULL | points | Standard deviation, from the width of the 90 % interval
  is_other_effort: BOOLEAN NOT NULL | - | Whether it was evaluated at another reasoning effort
  released_on: DATE NOT NULL | UTC day | When the model was released
  evaluated_on: DATE NOT NULL | UTC day | Day of the index that contains the score
checks:
  it is uncertain: capability_sd > 0
---
*/
SELECT
    mapped.model_id,
    mapped.evaluated_model,
    evaluated.index AS capability,
    (evaluated.index_high - evaluated.index_low) / 3.29 AS capability_sd,
    mapped.match = 'other effort' AS is_other_effort,
    evaluated.released_on,
    evaluated.recorded_on AS evaluated_on
FROM reference.quality_map AS mapped
INNER JOIN reference.quality_index AS evaluated ON mapped.evaluated_model = evaluated.evaluated_model
WHERE evaluated.index_low IS NOT NULL -- the index's two anchors have no interval
