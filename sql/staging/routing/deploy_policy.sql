/*
---
description: Which origins, vendors, models and regions may serve each workload.
grain: workload × kind × name
unique: [workload, kind, name]
columns:
  workload:
  kind: VARCHAR NOT NULL | - | origin, vendor, model or region
  name: VARCHAR NOT NULL | - | Bloc, author slug, model id or region
  is_banned: BOOLEAN NOT NULL | - | Banned, otherwise allowed; allowed names exclude all others of the kind
accepted:
  kind: [origin, vendor, model, region]
---
*/
-- A general rule and a rule for one workload never disagree: the loader refuses that.
SELECT DISTINCT
    workload.workload,
    policy.kind,
    policy.name,
    policy.rule = 'ban' AS is_banned
FROM staging.workload
INNER JOIN reference.deploy_policy AS policy ON policy.workload IN ('*', workload.workload)
