/*
---
description: The categories by which a source sorts requests, by version; versions are never spliced.
grain: taxonomy × version × category
unique: [taxonomy, version, category]
columns:
  taxonomy: VARCHAR NOT NULL | - | Name of the taxonomy
  version: VARCHAR NOT NULL | - | Version of it
  category:
  valid_from: DATE NOT NULL | day | First day on which the version was seen
  valid_before: DATE | day | First day on which it was not; NULL while it holds
  source:
  recorded_on:
---
*/
SELECT
    taxonomy,
    version,
    category,
    valid_from,
    cast(valid_to + INTERVAL 1 DAY AS DATE) AS valid_before,
    source,
    recorded_on
FROM reference.taxonomy
