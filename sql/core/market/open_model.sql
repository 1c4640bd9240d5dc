/*
---
description: Models of which a week's catalogue proves that the weights are open. The others are not proven.
grain: week × base_permaslug
unique: [week, base_permaslug]
columns:
  week:
  base_permaslug:
---
*/
SELECT DISTINCT
    week,
    canonical_slug AS base_permaslug
FROM staging.catalogue
WHERE hugging_face_id IS NOT NULL
