/*
---
description: The workloads that get a route, with the tokens that one task takes.
grain: stratum
unique: [stratum]
columns:
  stratum: VARCHAR NOT NULL | - | Name of the workload
  description: VARCHAR NOT NULL | - | What the work is
  round_trips: BIGINT NOT NULL | requests | Requests that one task sends
  context_end_tokens: BIGINT NOT NULL | tokens | Prompt of the last and longest request
  prompt_tokens: DOUBLE NOT NULL | tokens | Prompts of all requests of a task
  replayed_tokens: DOUBLE NOT NULL | tokens | Part of the prompts that repeats the request before
  output_tokens: BIGINT NOT NULL | tokens | Completions of all requests of a task
  needs_image: BOOLEAN NOT NULL | - | Whether images go in
  needs_tools: BOOLEAN NOT NULL | - | Whether tools are called
  data_class: VARCHAR NOT NULL | - | What the prompts may hold
accepted:
  data_class: [public, internal]
checks:
  a replay is part of the prompts: replayed_tokens >= 0 AND replayed_tokens < prompt_tokens
---
*/
-- The prompt grows in equal steps, so all prompts of a task add up to the mean of first and last,
-- times the requests. Each request but the first repeats the one before it.
WITH task AS (
    SELECT
        *,
        round_trips * (context_start_tokens + context_end_tokens) / 2.0 AS task_prompt_tokens
    FROM reference.strata
),

final AS (
    SELECT
        stratum,
        description,
        round_trips,
        context_end_tokens,
        cast(task_prompt_tokens AS DOUBLE) AS prompt_tokens,
        cast(task_prompt_tokens - context_end_tokens AS DOUBLE) AS replayed_tokens,
        round_trips * output_tokens AS output_tokens,
        needs_image,
        needs_tools,
        data_class
    FROM task
)

SELECT * FROM final
