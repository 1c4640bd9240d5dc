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
    (2, 'prices_disagree'),
    (3, 'price_unknown_or_zero'),
    (4, 'stealth_model'),
    (5, 'price_is_conditional'),
    (6, 'price_unsettled'),
    (7, 'context_unknown'),
    (8, 'context_too_short'),
    (9, 'modality_unknown'),
    (10, 'returns_no_text'),
    (11, 'takes_no_images'),
    (12, 'tools_unknown'),
    (13, 'calls_no_tools'),
    (14, 'structured_output_unknown'),
    (15, 'returns_no_structured_output'),
    (16, 'data_policy_forbids'),
    (17, 'origin_not_allowed'),
    (18, 'vendor_not_allowed'),
    (19, 'model_not_allowed'),
    (20, 'region_unknown'),
    (21, 'region_not_allowed'),
    (22, 'age_unknown'),
    (23, 'listed_too_recently'),
    (24, 'retires_too_soon'),
    (25, 'no_quality_evidence'),
    (26, 'too_slow'),
    (27, 'too_often_down'),
    (28, 'not_adopted')
) AS rules (place, rule)
