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
  quality_floor: DOUBLE | fraction | Least predicted success, at the lower bound; NULL without benchmarks
  index_floor: DOUBLE | points | Least score on the capabilities index, at the lower bound; NULL is none
  latency_limit_seconds: DOUBLE | seconds | Longest p99 latency; NULL is no limit
  uptime_floor: DOUBLE | fraction | Least uptime; NULL is no limit
  is_sandbox: BOOLEAN NOT NULL | - | Whether free and stealth models may serve it
accepted:
  data_class: [public, internal, pii, secrets]
checks:
  a floor can be measured: quality_floor IS NULL OR benchmarks <> ''
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
    quality_floor,
    index_floor,
    latency_p99_seconds AS latency_limit_seconds,
    uptime_floor,
    is_sandbox
FROM reference.workloads
