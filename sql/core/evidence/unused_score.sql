/*
---
description: >-
  Third-party scores, and whole snapshots of a source, that were not used for a week's routes, and why.
grain: week × source × model_id
unique: [week, source, model_id]
columns:
  week:
  source:
  snapshot_at:
  model_id: VARCHAR | - | The model; NULL for the whole snapshot
  refused_because: VARCHAR NOT NULL | - | Code of why it is not used
accepted:
  refused_because: [too_few_models, slope_jump, not_a_number, two_rows, known_mismatch, other_product]
---
*/
SELECT
    week,
    source,
    snapshot_at,
    cast(NULL AS VARCHAR) AS model_id,
    refused_because
FROM private.calibration
WHERE refused_because IS NOT NULL
UNION ALL
SELECT
    week,
    source,
    snapshot_at,
    model_id,
    refused_because
FROM private.score
WHERE refused_because IS NOT NULL
