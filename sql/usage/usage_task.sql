/*
---
description: Own tasks of a week by label, for the cost of a task. A task over two weeks is one in each.
grain: week × source × scope × label
unique: [week, source, scope, label]
columns:
  week:
  source:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  label:
  tasks: BIGINT NOT NULL | tasks | Distinct tasks, sessions or conversations, as the source identifies them
---
*/
WITH final AS (
    SELECT
        week,
        source,
        scope,
        workload AS label,
        count(DISTINCT task_id) AS tasks
    FROM lake.usage_request
    WHERE task_id IS NOT NULL
    GROUP BY week, source, scope, workload
)

SELECT * FROM final
