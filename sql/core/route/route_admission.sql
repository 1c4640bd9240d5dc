/*
---
description: >-
  What an evaluation on one's own tasks would have to show to admit a model, as it may be shown: the
  number of tasks of a model that third-party scores speak of would give its score away.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  rank:
  is_inferred: BOOLEAN NOT NULL | - | Whether third-party scores speak of it, so that numbers are NULL
  chance: DOUBLE | fraction | That it truly reaches the floor; NULL if inferred
  tasks: BIGINT | tasks | Own tasks, all passed, that admit it; NULL above 200, or if inferred
  evaluation_usd:
  saving_usd:
  changes_route:
  admission_place:
checks:
  what is inferred has no number of tasks: NOT is_inferred OR tasks IS NULL
---
*/
SELECT
    week,
    workload,
    model_id,
    rank,
    is_inferred,
    CASE WHEN NOT is_inferred THEN chance END AS chance,
    CASE WHEN NOT is_inferred THEN tasks END AS tasks,
    CASE WHEN NOT is_inferred THEN evaluation_usd END AS evaluation_usd,
    saving_usd,
    changes_route,
    admission_place
FROM private.admission
