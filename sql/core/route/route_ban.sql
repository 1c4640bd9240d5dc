/*
---
description: >-
  The models that the deploy policy keeps out of a workload: banned by name, or not named where only
  what is named is admitted.
grain: week × workload × model_id × kind
unique: [week, workload, model_id, kind]
columns:
  week:
  workload:
  model_id:
  kind: VARCHAR NOT NULL | - | What the rule is about, origin, vendor or model
accepted:
  kind: [origin, vendor, model]
---
*/
-- A vendor may publish under several author slugs: a rule on one of its names holds for all of them.
WITH sibling AS (
    SELECT DISTINCT
        vendor,
        author
    FROM core.route_offer
),

named AS (
    SELECT
        week,
        model_id,
        'origin' AS kind,
        bloc AS name
    FROM core.route_offer
    UNION
    SELECT
        week,
        model_id,
        'model' AS kind,
        model_id AS name
    FROM core.route_offer
    UNION
    SELECT
        week,
        model_id,
        'vendor' AS kind,
        vendor AS name
    FROM core.route_offer
    UNION
    SELECT
        offer.week,
        offer.model_id,
        'vendor' AS kind,
        sibling.author AS name
    FROM core.route_offer AS offer
    INNER JOIN sibling ON offer.vendor = sibling.vendor
),

ruled AS (
    SELECT
        named.week,
        policy.workload,
        named.model_id,
        policy.kind,
        bool_or(policy.is_banned) AS is_banned
    FROM named
    INNER JOIN staging.deploy_policy AS policy ON named.kind = policy.kind AND named.name = policy.name
    GROUP BY named.week, policy.workload, named.model_id, policy.kind
),

exclusive AS (
    SELECT DISTINCT
        workload,
        kind
    FROM staging.deploy_policy
    WHERE NOT is_banned AND kind <> 'region'
),

final AS (
    SELECT
        week,
        workload,
        model_id,
        kind
    FROM ruled
    WHERE is_banned
    UNION ALL
    SELECT
        offer.week,
        exclusive.workload,
        offer.model_id,
        exclusive.kind
    FROM core.route_offer AS offer
    CROSS JOIN exclusive
    LEFT JOIN ruled
        ON
            offer.week = ruled.week
            AND exclusive.workload = ruled.workload
            AND offer.model_id = ruled.model_id
            AND exclusive.kind = ruled.kind
    WHERE ruled.model_id IS NULL
)

SELECT * FROM final
