/*
---
description: >-
  Which providers may serve a workload: those that the compliance matrix allows and, where a rule limits
  regions, that serve from an allowed one. `*` is every provider without a row of its own.
grain: week × workload × provider
unique: [week, workload, provider]
columns:
  week:
  workload:
  provider: VARCHAR NOT NULL | - | Slug of the provider, or *
  permission:
  is_in_region: BOOLEAN NOT NULL | - | Whether the workload's rule on regions admits it, if there is one
  is_allowed: BOOLEAN NOT NULL | - | Whether it may serve the workload
accepted:
  permission: [allowed, refused, unknown]
---
*/
WITH routed_week AS (
    SELECT DISTINCT week FROM core.route_offer
),

limits_region AS (
    SELECT DISTINCT workload
    FROM staging.deploy_policy
    WHERE kind = 'region'
),

in_region AS (
    SELECT DISTINCT
        week,
        workload,
        provider
    FROM core.route_provider
    WHERE is_allowed
),

judged AS (
    SELECT
        routed_week.week,
        workload.workload,
        provider.name AS provider,
        provider.permission,
        limits_region.workload IS NULL OR in_region.provider IS NOT NULL AS is_in_region
    FROM routed_week
    CROSS JOIN staging.workload
    INNER JOIN core.route_permission AS provider
        ON workload.data_class = provider.data_class AND provider.kind = 'provider'
    LEFT JOIN limits_region ON workload.workload = limits_region.workload
    LEFT JOIN in_region
        ON
            routed_week.week = in_region.week
            AND workload.workload = in_region.workload
            AND provider.name = in_region.provider
)

SELECT
    *,
    permission = 'allowed' AND is_in_region AS is_allowed
FROM judged
