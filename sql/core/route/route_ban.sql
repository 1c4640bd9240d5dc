/*
---
description: >-
  The models that the deploy policy keeps out of a workload: banned by name, not named where only what is
  named is admitted, or of unknown origin where there is a rule on origins.
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

limited AS (
    SELECT
        workload,
        kind,
        bool_or(NOT is_banned) AS is_exclusive
    FROM staging.deploy_policy
    WHERE kind <> 'region'
    GROUP BY workload, kind
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
        limited.workload,
        offer.model_id,
        limited.kind
    FROM core.route_offer AS offer
    CROSS JOIN limited
    LEFT JOIN ruled
        ON
            offer.week = ruled.week
            AND limited.workload = ruled.workload
            AND offer.model_id = ruled.model_id
            AND limited.kind = ruled.kind
    WHERE
        ruled.model_id IS NULL
        AND (limited.is_exclusive OR (limited.kind = 'origin' AND offer.bloc = 'UNATTRIBUTED'))
)

SELECT * FROM final
