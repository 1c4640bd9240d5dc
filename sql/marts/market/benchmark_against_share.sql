/*
---
description: >-
  Whether better models are used more and paid more: the rank correlation of the capabilities index with
  tokens, revenue and price over the listed models with a score, in each complete week of the newest year.
  Under 15 models nothing is published: among the ten most used alone, nothing can be said.
empty: Empty until a complete week has 15 listed models with a score.
grain: week × scope × measure × controlled_for
unique: [week, scope, measure, controlled_for]
columns:
  week:
  scope: VARCHAR NOT NULL | - | all, open, not_proven; mean is each model at its mean week up to this one
  measure:
  controlled_for:
  models: BIGINT NOT NULL | models | Models compared, variants of one model counted once
  rho:
  rho_p05:
  rho_p95:
accepted:
  scope: [all, open, not_proven, mean]
  measure: [tokens, paid_tokens, revenue, price]
  controlled_for: [none, price]
checks:
  enough models are compared: models >= 15
  a correlation is one: rho BETWEEN -1 AND 1 AND rho_p05 <= rho_p95
  a price is not compared with itself: measure <> 'price' OR controlled_for = 'none'
---
*/
SELECT * FROM core.rank_correlation
