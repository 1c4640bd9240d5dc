/*
---
description: The requests of one task, each with its prompt and the part repeated from the request before.
grain: workload × trip
unique: [workload, trip]
columns:
  workload:
  trip: BIGINT NOT NULL | place | Number of the request, from 1
  prompt_tokens: DOUBLE NOT NULL | tokens | Prompt of this request
  replayed_tokens: DOUBLE NOT NULL | tokens | Prompt of the request before, repeated in this one
checks:
  a replay is part of the prompt: replayed_tokens >= 0 AND replayed_tokens <= prompt_tokens
---
*/
WITH trip AS (
    SELECT
        workload.workload,
        number.number AS trip,
        workload.context_start_tokens,
        coalesce(
            cast(workload.context_end_tokens - workload.context_start_tokens AS DOUBLE)
            / nullif(workload.round_trips - 1, 0), 0
        ) AS step_tokens
    FROM staging.workload
    INNER JOIN staging.number ON number.number <= workload.round_trips
),

final AS (
    SELECT
        workload,
        trip,
        cast(context_start_tokens + (trip - 1) * step_tokens AS DOUBLE) AS prompt_tokens,
        cast(
            CASE WHEN trip = 1 THEN 0 ELSE context_start_tokens + (trip - 2) * step_tokens END AS DOUBLE
        ) AS replayed_tokens
    FROM trip
)

SELECT * FROM final
