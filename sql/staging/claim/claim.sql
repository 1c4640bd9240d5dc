/*
---
description: >-
  What the rows of claims files state: a number, in its own unit and in the warehouse's, of subjects in
  a period. Rows that cannot be read are not here.
grain: file × claim_id
unique: [file, claim_id]
columns:
  file: VARCHAR NOT NULL | - | File of warehouse/reference/claims, or the one audited
  line:
  claim_id:
  kind: VARCHAR NOT NULL | - | What the metric computes; several metrics may share it
  condition: VARCHAR | - | What a streak or a first time says of each week; NULL for others
  needs: VARCHAR NOT NULL | - | Which data the metric is computed from
  operands: VARCHAR NOT NULL | - | The subjects as grain=name; sums joined by +, others by a semicolon
  top_n: BIGINT | places | Length of the list that the subject names
  first_rank: BIGINT | place | First place of the range of ranks that the subject names
  last_rank: BIGINT | place | Last place of it
  level: DOUBLE | tokens or fraction | The level that the subject names
  level_is_share: BOOLEAN | - | Whether the level is a share of all tokens
  week: DATE NOT NULL | Monday | The ISO week in which the period ends, UTC
  first_day: DATE NOT NULL
  last_day: DATE NOT NULL
  days: BIGINT NOT NULL
  base_first_day:
  base_last_day:
  base_days: BIGINT | days | Length of the period it is compared with
  operator:
  printed:
  unit:
  unit_size: DOUBLE NOT NULL | warehouse's unit | One unit in tokens, USD, fraction or count
  printed_value: DOUBLE NOT NULL | warehouse's unit | The number in the warehouse's unit
  last_digit: DOUBLE NOT NULL | warehouse's unit | One unit of the last printed digit
  rank: BIGINT | place | The rank claimed with it
accepted:
  operator: [eq, about, lt, le, gt, ge]
  condition: [rise, lead, top, above, record]
  needs: [rankings, prices, revenue, catalogue, sample, calls, index]
---
*/
SELECT
    file,
    line,
    claim_id,
    kind,
    condition,
    needs,
    operands,
    top_n,
    first_rank,
    last_rank,
    level,
    level_is_share,
    week,
    first_day,
    last_day,
    days,
    base_first_day,
    base_last_day,
    base_days,
    operator,
    printed,
    unit,
    unit_size,
    printed * unit_size AS printed_value,
    last_digit * unit_size AS last_digit,
    rank
FROM reference.claims
WHERE fault IS NULL
