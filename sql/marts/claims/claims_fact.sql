/*
---
description: >-
  What the warehouse computes for a claim, at every scope that fits, in the warehouse's own
  units: the families of metrics side by side.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file:
  claim_id:
  scope: VARCHAR NOT NULL | - | Which rows, or which price, the value is computed from
  width:
  basis:
  value:
  value_low:
  value_high:
  rank: BIGINT | place | The rank at this scope; NULL where none is meant
accepted:
  basis: [measured, estimate, list_price]
---
*/
SELECT * FROM marts.claims_volume
UNION ALL
SELECT * FROM marts.claims_ranking
UNION ALL
SELECT * FROM marts.claims_streak
UNION ALL
SELECT * FROM marts.claims_offer
UNION ALL
SELECT * FROM marts.claims_estimate
