/*
---
description: How models did at tasks of one's own; it outweighs the index as it grows.
grain: workload × model_id
unique: [workload, model_id]
columns:
  workload:
  model_id:
  tasks: BIGINT NOT NULL | tasks | Tasks tried
  passed: BIGINT NOT NULL | tasks | Tasks passed
  recorded_on:
checks:
  no more passed than tried: passed <= tasks
---
*/
SELECT
    workload,
    model_id,
    tasks,
    passed,
    recorded_on
FROM reference.own_evaluation
