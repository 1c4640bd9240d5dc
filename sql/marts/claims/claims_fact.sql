/*
---
description: >-
  What the warehouse computes for a claim, at every scope that fits, in the warehouse's own
  units: the families of metrics side by side.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file: VARCHAR NOT NULL | - | File of the claim
  claim_id: VARCHAR NOT NULL | - | Name of the claim within the file
  scope: VARCHAR NOT NULL | - | Which rows, or which price, the value is computed from
  width: BIGINT NOT NULL | place | 1 is the scope by which a claim is confirmed, higher ones are narrower
  basis: VARCHAR NOT NULL | - | measured, estimate, or list_price
  value: DOUBLE | tokens, USD, fraction or count | NULL where only bounds are known
  value_low: DOUBLE | as value | Lower bound or P10; NULL is unbounded
  value_high: DOUBLE | as value | Upper bound or P90; NULL is unbounded
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
