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
    (5, 'price_unsettled'),
    (6, 'context_unknown'),
    (7, 'context_too_short'),
    (8, 'modality_unknown'),
    (9, 'returns_no_text'),
    (10, 'takes_no_images'),
    (11, 'tools_unknown'),
    (12, 'calls_no_tools'),
    (13, 'structured_output_unknown'),
    (14, 'returns_no_structured_output'),
    (15, 'data_policy_forbids'),
    (16, 'origin_not_allowed'),
    (17, 'vendor_not_allowed'),
    (18, 'model_not_allowed'),
    (19, 'region_unknown'),
    (20, 'region_not_allowed'),
    (21, 'age_unknown'),
    (22, 'listed_too_recently'),
    (23, 'retires_too_soon'),
    (24, 'no_quality_evidence'),
    (25, 'too_slow'),
    (26, 'too_often_down'),
    (27, 'not_adopted')
) AS rules (place, rule)
