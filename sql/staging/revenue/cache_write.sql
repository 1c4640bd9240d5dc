/*
---
description: What a cache write costs over the prompt price; models that no prefix fits cost the same.
grain: slug_prefix
unique: [slug_prefix]
columns:
  slug_prefix: VARCHAR NOT NULL | - | How the slug of the models begins
  multiplier: DOUBLE NOT NULL | × | Price of a cache write over the prompt price
  source:
  recorded_on:
checks:
  a write costs at least the prompt: multiplier >= 1
---
*/
SELECT
    slug_prefix,
    multiplier,
    source,
    recorded_on
FROM reference.cache_write
