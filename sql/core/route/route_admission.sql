/*
---
description: >-
  How many tasks of one's own a model without other evidence must pass, all of them, for its predicted
  success to reach a workload's floor at the lower bound.
grain: workload
unique: [workload]
columns:
  workload:
  tasks: BIGINT NOT NULL | tasks | Tasks that must all be passed
checks:
  it takes one at least: tasks >= 1
---
*/
-- Jeffreys' prior and n tasks passed: mean (n + 1/2) / (n + 1) of a Beta(n + 1/2, 1/2).
WITH posterior AS (
    SELECT
        number.number AS tasks,
        (number.number + 0.5) / nullif(number.number + 1, 0) AS mean,
        sqrt(0.5 * (number.number + 0.5) / nullif(power(number.number + 1, 2) * (number.number + 2), 0))
            AS deviation
    FROM staging.number
)

SELECT
    workload.workload,
    min(posterior.tasks) AS tasks
FROM staging.workload
CROSS JOIN core.parameter AS parameter
INNER JOIN posterior
    ON posterior.mean - parameter.lower_bound_z * posterior.deviation >= workload.quality_floor
GROUP BY workload.workload
