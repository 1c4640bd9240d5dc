/*
---
description: Hand-kept groups of families that people name together, such as Claude Opus.
grain: series × family
unique: [series, family]
columns:
  series: VARCHAR NOT NULL | - | Name of the series
  family: VARCHAR NOT NULL | - | A family of it, the slug without variant and date
  source: VARCHAR NOT NULL | - | Why it belongs there
  recorded_on: DATE NOT NULL | day | When the row was written
---
*/
SELECT
    series,
    family,
    source,
    recorded_on
FROM reference.series
