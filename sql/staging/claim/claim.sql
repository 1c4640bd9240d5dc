/*
---
description: Figures that somebody printed, one a row, in their own unit and in the warehouse's.
grain: file × claim_id
unique: [file, claim_id]
columns:
  file: VARCHAR NOT NULL | - | File of warehouse/reference/claims, or the one audited
  claim_id:
  section:
  metric:
  subject:
  week:
  operator:
  printed:
  unit:
  unit_size: DOUBLE NOT NULL | warehouse's unit | One unit in tokens, USD, fraction or count
  printed_value: DOUBLE NOT NULL | warehouse's unit | The number in the warehouse's unit
  last_digit: DOUBLE NOT NULL | warehouse's unit | One unit of the last printed digit
  rank: BIGINT | place | The rank claimed with it
  printed_as:
  title:
  publisher:
  published_on:
  url:
accepted:
  operator: [eq, about, lt, le, gt, ge]
---
*/
SELECT
    file,
    claim_id,
    section,
    metric,
    subject,
    week,
    operator,
    printed,
    unit,
    unit_size,
    printed * unit_size AS printed_value,
    last_digit * unit_size AS last_digit,
    rank,
    printed_as,
    title,
    publisher,
    published_on,
    url
FROM reference.claims
