/*
---
description: >-
  The workloads that get a route, with what a model must support and how good it must be. Tokens of a task are
  as written, or those of own tasks where workloads.yaml says so and there are some.
grain: workload
unique: [workload]
columns:
  workload:
  description: VARCHAR NOT NULL | - | What the work is
  round_trips: BIGINT NOT NULL | requests | Requests that one task sends
  context_start_tokens: BIGINT NOT NULL | tokens | Prompt of the first request
  context_end_tokens: BIGINT NOT NULL | tokens | Prompt of the last and longest request
  trip_output_tokens: BIGINT NOT NULL | tokens | Completion of each request
  prompt_tokens: DOUBLE NOT NULL | tokens | Prompts of all requests of a task
  output_tokens:
  own_tasks: BIGINT | tasks | Own tasks that the tokens are of; NULL where they are as written
  tasks_per_day: BIGINT NOT NULL | tasks | Volume, for the forecast of the bill
  needs_image: BOOLEAN NOT NULL | - | Whether images go in
  needs_tools: BOOLEAN NOT NULL | - | Whether tools are called
  needs_structured_output: BOOLEAN NOT NULL | - | Whether responses must follow a schema
  data_class:
  benchmarks: VARCHAR NOT NULL | - | Benchmarks that resemble the work, joined by |; empty is none
  has_benchmarks: BOOLEAN NOT NULL | - | Whether success can be predicted; else the index is the quality
  escalation: VARCHAR NOT NULL | - | Who retries a noticed failure on another model, nobody or the caller
  quality_floor: DOUBLE | fraction | Least predicted success, at the lower bound; NULL is none of its own
  quality_floor_of_reserve: DOUBLE | fraction | The same as a share of the reserve's success; NULL is none
  index_floor: DOUBLE | points | Least score on the capabilities index, at the lower bound; NULL is none
  latency_limit_seconds: DOUBLE | seconds | Longest p99 latency; NULL is no limit
  uptime_floor: DOUBLE | fraction | Least uptime; NULL is no limit
  is_sandbox: BOOLEAN NOT NULL | - | Whether free and stealth models may serve it
  is_unattended: BOOLEAN NOT NULL | - | Whether it runs while nobody watches
  local_model: VARCHAR | - | Last fallback, on one's own machine, as JSON; no part of the choice; NULL is none
accepted:
  escalation: [none, caller]
  data_class: [public, internal, pii, secrets]
checks:
  a success has one floor: >-
    has_benchmarks = (quality_floor IS NOT NULL OR quality_floor_of_reserve IS NOT NULL)
  an escalation can be predicted: escalation = 'none' OR has_benchmarks
---
*/
-- The prompt grows in equal steps, so all prompts of a task add up to the mean of first and last,
-- times the requests. Own tasks have no first and last prompt: they grow as the written one does.
WITH shaped AS (
    SELECT
        written.*,
        own.tasks AS own_tasks,
        coalesce(own.round_trips, written.round_trips) AS trips,
        own.prompt_tokens / nullif(own.round_trips, 0) AS mean_prompt,
        own.output_tokens / nullif(own.round_trips, 0) AS mean_output,
        (written.context_start_tokens + written.context_end_tokens) / 2.0 AS written_mean
    FROM reference.workloads AS written
    LEFT JOIN staging.usage_shape AS own
        ON written.workload = own.workload AND written.tokens_per_task = 'own_usage'
),

sized AS (
    SELECT
        *,
        CASE
            WHEN own_tasks IS NULL THEN context_start_tokens
            WHEN trips = 1 THEN greatest(1, round(mean_prompt))
            ELSE greatest(1, round(mean_prompt * context_start_tokens / nullif(written_mean, 0)))
        END AS first_prompt,
        CASE
            WHEN own_tasks IS NULL THEN context_end_tokens
            WHEN trips = 1 THEN greatest(1, round(mean_prompt))
            ELSE greatest(1, round(mean_prompt * context_end_tokens / nullif(written_mean, 0)))
        END AS last_prompt,
        CASE WHEN own_tasks IS NULL THEN output_tokens ELSE greatest(1, round(mean_output)) END AS trip_output
    FROM shaped
)

SELECT
    workload,
    description,
    trips AS round_trips,
    cast(first_prompt AS BIGINT) AS context_start_tokens,
    cast(last_prompt AS BIGINT) AS context_end_tokens,
    cast(trip_output AS BIGINT) AS trip_output_tokens,
    cast(trips * (first_prompt + last_prompt) / 2.0 AS DOUBLE) AS prompt_tokens,
    cast(trips * trip_output AS BIGINT) AS output_tokens,
    own_tasks,
    tasks_per_day,
    needs_image,
    needs_tools,
    needs_structured_output,
    data_class,
    benchmarks,
    benchmarks <> '' AS has_benchmarks,
    escalation,
    quality_floor,
    quality_floor_of_reserve,
    index_floor,
    latency_p99_seconds AS latency_limit_seconds,
    uptime_floor,
    is_sandbox,
    unattended AS is_unattended,
    local AS local_model
FROM sized
