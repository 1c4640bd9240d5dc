/*
---
description: >-
  Tokens per model by one dimension at a time, each day from its newest response: sampled categories
  and languages by week, exact modalities and context buckets by day.
grain: method × dimension × value × date × model_permaslug
unique: [method, dimension, value, date, model_permaslug]
columns:
  method:
  dimension:
  value: VARCHAR NOT NULL | - | Its value, such as programming or 100K
  date: DATE NOT NULL | UTC day | The day, or the first day of the sampled week
  model_permaslug:
  tokens:
  as_of:
accepted:
  method: [sampled, exact]
---
*/
WITH reported AS (
    SELECT
        'sampled' AS method,
        *
    FROM lake.rankings_sampled
    UNION ALL
    SELECT
        'exact' AS method,
        *
    FROM lake.rankings_filtered
),

newest AS (
    SELECT
        method,
        dimension,
        value,
        date,
        max(as_of) AS as_of
    FROM reported
    GROUP BY method, dimension, value, date
),

final AS (
    SELECT DISTINCT
        reported.method,
        reported.dimension,
        reported.value,
        reported.date,
        reported.model_permaslug,
        reported.total_tokens AS tokens,
        reported.as_of
    FROM reported
    INNER JOIN newest
        ON
            reported.method = newest.method
            AND reported.dimension = newest.dimension
            AND reported.value = newest.value
            AND reported.date = newest.date
            AND reported.as_of = newest.as_of
)

SELECT * FROM final
