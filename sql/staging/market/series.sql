/*
---
description: Hand-kept groups of families that people name together, such as Claude Opus.
grain: series × family × valid_from
unique: [series, family, valid_from]
columns:
  series: VARCHAR NOT NULL | - | Name of the series
  family: VARCHAR NOT NULL | - | A family of it, the slug without variant and date
  source: VARCHAR NOT NULL | - | Why it belongs there
  recorded_on: DATE NOT NULL | day | When the row was written
  valid_from: DATE NOT NULL | day | First day on which the row holds
  valid_before: DATE NOT NULL | day | First day on which it holds no longer
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
