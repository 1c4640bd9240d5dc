/*
---
description: The rules that keep a model out of a workload, in the order in which they are applied.
grain: rule
unique: [rule]
columns:
  place:
  rule: VARCHAR NOT NULL | - | Code of the rule; the catalogues routing.yaml have the words
---
*/
SELECT
    cast(place AS BIGINT) AS place,
    rule
FROM (
    VALUES
    (1, 'no_longer_listed'),
    (2, 'price_unknown_or_zero'),
    (3, 'stealth_model'),
    (4, 'price_is_conditional'),
    (5, 'context_unknown'),
    (6, 'context_too_short'),
    (7, 'modality_unknown'),
    (8, 'returns_no_text'),
    (9, 'takes_no_images'),
    (10, 'tools_unknown'),
    (11, 'calls_no_tools'),
    (12, 'structured_output_unknown'),
    (13, 'returns_no_structured_output'),
    (14, 'data_policy_forbids'),
    (15, 'origin_not_allowed'),
    (16, 'vendor_not_allowed'),
    (17, 'model_not_allowed'),
    (18, 'region_unknown'),
    (19, 'region_not_allowed'),
    (20, 'age_unknown'),
    (21, 'listed_too_recently'),
    (22, 'retires_too_soon'),
    (23, 'no_quality_evidence'),
    (24, 'too_slow'),
    (25, 'too_often_down'),
    (26, 'not_adopted')
) AS rules (place, rule)
