/*
---
description: The parameters of the estimates, each with its source.
grain: parameter
unique: [parameter]
columns:
  parameter: VARCHAR NOT NULL | - | Name of the parameter
  value: DOUBLE NOT NULL | as meaning says | Its value
  meaning: VARCHAR NOT NULL | - | What it does
  source:
  recorded_on:
---
*/
SELECT
    parameter,
    value,
    meaning,
    source,
    recorded_on
FROM reference.parameter
