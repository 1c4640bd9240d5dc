/*
---
description: >-
  What a task of a workload really sends: tasks of the counting sources over the last four weeks that have
  some. workloads.yaml says which workloads take their tokens from here.
grain: workload
unique: [workload]
columns:
  workload:
  tasks: BIGINT NOT NULL | tasks | Distinct tasks of a week, added up
  round_trips: BIGINT NOT NULL | requests | Requests of a task, rounded, from 1 to 1,000
  prompt_tokens: DOUBLE NOT NULL | tokens | Prompts of all requests of a task
  output_tokens: DOUBLE
---
*/
WITH task AS (
    SELECT
        labelled.workload,
        usage_task.week,
        usage_task.tasks,
        usage_task.requests,
        usage_task.prompt_tokens,
        usage_task.completion_tokens,
        max(usage_task.week) OVER (PARTITION BY labelled.workload) AS newest_week
    FROM usage.usage_task
    INNER JOIN reference.usage_workload AS labelled
        ON usage_task.source = labelled.source AND usage_task.label = labelled.label
    LEFT JOIN reference.usage_scope AS named
        ON usage_task.source = named.source AND usage_task.scope = named.scope
    WHERE coalesce(named.role, 'counts') = 'counts' AND usage_task.requests > 0
),

final AS (
    SELECT
        workload,
        cast(sum(tasks) AS BIGINT) AS tasks,
        cast(
            greatest(1, least(1000, round(cast(sum(requests) AS DOUBLE) / nullif(sum(tasks), 0)))) AS BIGINT
        ) AS round_trips,
        cast(sum(prompt_tokens) AS DOUBLE) / nullif(sum(tasks), 0) AS prompt_tokens,
        cast(sum(completion_tokens) AS DOUBLE) / nullif(sum(tasks), 0) AS output_tokens
    FROM task
    WHERE week > newest_week - INTERVAL 28 DAY
    GROUP BY workload
)

SELECT * FROM final
