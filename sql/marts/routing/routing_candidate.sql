/*
---
description: >-
  Every standard model on offer, for every workload and complete week: the rule that keeps it out, how
  likely it is to succeed, and what a task costs on it.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  model_permaslug:
  author:
  vendor:
  bloc:
  rank:
  tokens: BIGINT
  momentum:
  weeks_adopted:
  weeks_known:
  price_week:
  prices_as_of:
  prices_of_week:
  prompt_price:
  completion_price:
  is_promotion:
  cache_write_multiplier:
  context_length:
  accepts_image:
  supports_tools:
  permission:
  latency_p99_seconds:
  throughput_p50:
  evidence:
  is_inferred:
  success:
  success_low:
  success_sd:
  capability:
  capability_low:
  capability_sd:
  rejected_because:
  lacks_only_evidence:
  cost_per_task_usd: DOUBLE | USD | List price of one task; NULL where an earlier rule keeps the model out
  cost_per_million_usd: DOUBLE
  compared_cost_usd: DOUBLE
  output_cost_usd: DOUBLE
  cache_gain_usd: DOUBLE
  admitting_tasks: BIGINT | tasks | Own tasks, all passed, that would admit it; NULL is none
checks:
  a candidate has a cost: rejected_because IS NOT NULL OR cost_per_task_usd >= 0
  only a sandbox is free: >-
    SELECT candidate.model_id FROM marts.routing_candidate AS candidate
    INNER JOIN staging.workload ON candidate.workload = workload.workload
    WHERE candidate.rejected_because IS NULL AND NOT workload.is_sandbox AND candidate.cost_per_task_usd = 0
---
*/
SELECT
    verdict.*,
    cost.cost_per_task_usd,
    cost.cost_per_million_usd,
    cost.compared_cost_usd,
    cost.output_cost_usd,
    cost.cache_gain_usd,
    admission.tasks AS admitting_tasks
FROM core.route_verdict AS verdict
LEFT JOIN core.route_cost AS cost
    ON
        verdict.week = cost.week
        AND verdict.workload = cost.workload
        AND verdict.model_id = cost.model_id
LEFT JOIN core.route_admission AS admission
    ON
        verdict.week = admission.week
        AND verdict.workload = admission.workload
        AND verdict.model_id = admission.model_id
