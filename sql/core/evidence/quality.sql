/*
---
description: >-
  How likely a model is to succeed at a workload, as it may be shown: what is inferred from third-party
  scores has no numbers here, because the scores could be computed from them, and a few own tasks of a
  model of which only the price is known are no evidence.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  evidence: VARCHAR NOT NULL
  is_inferred: BOOLEAN NOT NULL | - | Whether third-party scores are part of the evidence
  capability:
  capability_low:
  capability_sd:
  success:
  success_low:
  success_sd:
checks:
  what is inferred has no numbers: NOT is_inferred OR coalesce(capability, success) IS NULL
---
*/
-- A price speaks for no model, however few own tasks are added to what it predicts.
WITH labelled AS (
    SELECT
        quality.*,
        quality.evidence IN ('inferred', 'inferred and own evaluation') AS is_inferred
    FROM private.quality
    CROSS JOIN core.parameter AS parameter
    WHERE quality.evidence <> 'own evaluation' OR quality.own_tasks >= parameter.least_own_tasks
)

SELECT
    week,
    workload,
    model_id,
    evidence,
    is_inferred,
    CASE WHEN NOT is_inferred THEN capability END AS capability,
    CASE WHEN NOT is_inferred THEN capability_low END AS capability_low,
    CASE WHEN NOT is_inferred THEN capability_sd END AS capability_sd,
    CASE WHEN NOT is_inferred THEN success END AS success,
    CASE WHEN NOT is_inferred THEN success_low END AS success_low,
    CASE WHEN NOT is_inferred THEN success_sd END AS success_sd
FROM labelled
