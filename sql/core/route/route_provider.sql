/*
---
description: >-
  The providers that may serve a model in a workload whose regions are limited, all of whose known data
  centres are in allowed regions, and those that may not. Workloads without such a rule have no rows.
grain: week × workload × model_id × provider
unique: [week, workload, model_id, provider]
columns:
  week:
  workload:
  model_id:
  provider:
  is_allowed: BOOLEAN NOT NULL | - | Whether every data centre is in an allowed region
---
*/
WITH limited AS (
    SELECT
        workload,
        bool_or(NOT is_banned) AS lists_regions
    FROM staging.deploy_policy
    WHERE kind = 'region'
    GROUP BY workload
)

SELECT
    endpoint.week,
    limited.workload,
    endpoint.model_id,
    endpoint.provider,
    bool_and(coalesce(NOT policy.is_banned, NOT limited.lists_regions)) AS is_allowed
FROM limited
CROSS JOIN staging.endpoint_region AS endpoint
LEFT JOIN staging.deploy_policy AS policy
    ON
        limited.workload = policy.workload
        AND policy.kind = 'region'
        AND endpoint.region = policy.name
GROUP BY endpoint.week, limited.workload, endpoint.model_id, endpoint.provider
