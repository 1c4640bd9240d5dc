/*
---
description: Hand-kept groups of families that people name together, such as Claude Opus.
grain: series × family × valid_from
unique: [series, family, valid_from]
columns:
  series:
  family: VARCHAR NOT NULL | - | A family of it, the slug without variant and date
  source:
  recorded_on:
  valid_from:
  valid_before:
checks:
  the period is not empty: valid_from < valid_before
---
*/
SELECT
    series,
    family,
    source,
    recorded_on,
    coalesce(valid_from, DATE '2020-01-01') AS valid_from,
    coalesce(cast(valid_to + INTERVAL 1 DAY AS DATE), DATE '2100-01-01') AS valid_before
FROM reference.series
