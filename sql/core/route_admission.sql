/*
---
description: >-
  How many tasks of one's own a model without other evidence must pass, all of them, for its predicted
  success to reach a workload's floor at the lower bound.
grain: stratum
unique: [stratum]
columns:
  stratum: VARCHAR NOT NULL | - | Name of the workload
  tasks: BIGINT NOT NULL | tasks | Tasks that must all be passed
checks:
  it takes one at least: tasks >= 1
---
*/
WITH digit AS (
    SELECT digit FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS digits (digit)
),

number AS (
    SELECT 100 * hundreds.digit + 10 * tens.digit + ones.digit + 1 AS tasks
    FROM digit AS ones
    CROSS JOIN digit AS tens
    CROSS JOIN digit AS hundreds
),

-- Jeffreys' prior and n tasks passed: mean (n + 1/2) / (n + 1) of a Beta(n + 1/2, 1/2).
posterior AS (
    SELECT
        number.tasks,
        (number.tasks + 0.5) / nullif(number.tasks + 1, 0) AS mean,
        sqrt(0.5 * (number.tasks + 0.5) / nullif(power(number.tasks + 1, 2) * (number.tasks + 2), 0))
            AS deviation
    FROM number
)

SELECT
    stratum.stratum,
    cast(min(posterior.tasks) AS BIGINT) AS tasks
FROM staging.stratum
CROSS JOIN core.route_parameter AS parameter
INNER JOIN posterior
    ON posterior.mean - parameter.lower_bound_z * posterior.deviation >= stratum.quality_floor
GROUP BY stratum.stratum
