/*
---
description: What each workload may be served by, with the rules for every workload spelled out.
grain: workload × kind × name
unique: [workload, kind, name]
columns:
  workload:
  kind: VARCHAR NOT NULL | - | origin, vendor, model or region
  name: VARCHAR NOT NULL | - | Bloc, author slug, model id or region
  is_banned: BOOLEAN NOT NULL | - | Banned, or else allowed; a kind with an allowed name admits only those
accepted:
  kind: [origin, vendor, model, region]
---
*/
-- A rule for every workload and one for this workload say the same: the loader refuses others.
SELECT DISTINCT
    workload.workload,
    policy.kind,
    policy.name,
    policy.rule = 'ban' AS is_banned
FROM staging.workload
INNER JOIN reference.deploy_policy AS policy ON policy.workload IN ('*', workload.workload)
