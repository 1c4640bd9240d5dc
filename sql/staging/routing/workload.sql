/*
---
description: The workloads that get a route, with what a model must support and how good it must be.
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
  output_tokens: BIGINT NOT NULL | tokens | Completions of all requests of a task
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
-- times the requests.
SELECT
    workload,
    description,
    round_trips,
    context_start_tokens,
    context_end_tokens,
    output_tokens AS trip_output_tokens,
    cast(round_trips * (context_start_tokens + context_end_tokens) / 2.0 AS DOUBLE) AS prompt_tokens,
    round_trips * output_tokens AS output_tokens,
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
FROM reference.workloads
