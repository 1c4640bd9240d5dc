/*
---
description: Models that took the place of another one, so that a rename is not an entry and an exit.
grain: model_permaslug
unique: [model_permaslug]
columns:
  model_permaslug:
  successor_permaslug: VARCHAR NOT NULL | - | The model that follows it
  kind: VARCHAR NOT NULL | - | renamed, successor, or revealed for a stealth model that got a name
  valid_from: DATE NOT NULL | UTC day | First day of the successor
  source:
  recorded_on:
accepted:
  kind: [renamed, successor, revealed]
---
*/
SELECT
    model_permaslug,
    successor_permaslug,
    kind,
    valid_from,
    source,
    recorded_on
FROM reference.lineage
