/*
---
description: >-
  Own tasks of a week by label and what they sent, for the cost and the shape of a task. A task over two weeks
  is one in each.
grain: week × source × scope × label
unique: [week, source, scope, label]
columns:
  week:
  source:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  label:
  tasks: BIGINT NOT NULL | tasks | Distinct tasks, sessions or conversations, as the source identifies them
  requests: BIGINT NOT NULL | requests | Attempts of these tasks that have tokens
  prompt_tokens:
  completion_tokens:
---
*/
WITH final AS (
    SELECT
        week,
        source,
        scope,
        workload AS label,
        count(DISTINCT task_id) AS tasks,
        count(*) FILTER (WHERE prompt_tokens + completion_tokens > 0) AS requests,
        cast(sum(prompt_tokens) AS BIGINT) AS prompt_tokens,
        cast(sum(completion_tokens) AS BIGINT) AS completion_tokens
    FROM lake.usage_request
    WHERE task_id IS NOT NULL
    GROUP BY week, source, scope, workload
)

SELECT * FROM final
