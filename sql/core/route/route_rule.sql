/*
---
description: The rules that keep a model out of a workload, in the order in which they are applied.
grain: rule
unique: [rule]
columns:
  place:
  rule: VARCHAR NOT NULL | - | What is the matter with a model that breaks it
---
*/
SELECT
    cast(place AS BIGINT) AS place,
    rule
FROM (
    VALUES
    (1, 'no longer listed'),
    (2, 'price unknown or zero'),
    (3, 'stealth model'),
    (4, 'price is conditional'),
    (5, 'context unknown'),
    (6, 'context too short'),
    (7, 'modality unknown'),
    (8, 'does not return text'),
    (9, 'takes no images'),
    (10, 'tools unknown'),
    (11, 'calls no tools'),
    (12, 'structured output unknown'),
    (13, 'returns no structured output'),
    (14, 'data policy forbids'),
    (15, 'origin not allowed'),
    (16, 'vendor not allowed'),
    (17, 'model not allowed'),
    (18, 'region unknown'),
    (19, 'region not allowed'),
    (20, 'age unknown'),
    (21, 'listed too recently'),
    (22, 'retires too soon'),
    (23, 'no quality evidence'),
    (24, 'too slow'),
    (25, 'too often down'),
    (26, 'not adopted')
) AS rules (place, rule)
