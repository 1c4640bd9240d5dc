/*
---
description: >-
  The subjects that a claim names, one a row; each is all tokens, a group of models, or several
  groups counted together.
grain: file × claim_id × position
unique: [file, claim_id, position]
columns:
  file:
  claim_id:
  position:
  operand:
---
*/
SELECT
    claim.file,
    claim.claim_id,
    number.number AS position,
    split_part(claim.operands, ';', number.number) AS operand
FROM staging.claim
INNER JOIN staging.number
    ON number.number <= 1 + length(claim.operands) - length(replace(claim.operands, ';', ''))
WHERE claim.operands <> ''
