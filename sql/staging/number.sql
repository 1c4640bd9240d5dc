/*
---
description: The whole numbers from 1 to 1,000, for counting places and repetitions.
grain: number
unique: [number]
columns:
  number: BIGINT NOT NULL | whole number | The number itself
checks:
  none is missing: number BETWEEN 1 AND 1000 AND (SELECT count(*) FROM staging.number) = 1000
---
*/
WITH digit AS (
    SELECT digit FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS digits (digit)
)

SELECT cast(100 * hundreds.digit + 10 * tens.digit + ones.digit + 1 AS BIGINT) AS number
FROM digit AS ones
CROSS JOIN digit AS tens
CROSS JOIN digit AS hundreds
