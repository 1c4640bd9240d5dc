/*
---
description: How models did at tasks of one's own; it outweighs the index as it grows.
grain: workload × model_id
unique: [workload, model_id]
columns:
  workload: VARCHAR NOT NULL | - | Name of the workload
  model_id: VARCHAR NOT NULL | - | Identifier to send to the API
  tasks: BIGINT NOT NULL | tasks | Tasks tried
  passed: BIGINT NOT NULL | tasks | Tasks passed
  recorded_on: DATE NOT NULL | day | When the row was written
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
