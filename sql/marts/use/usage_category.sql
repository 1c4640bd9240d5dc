/*
---
description: >-
  What the tokens of a week are used for, from snapshots: sampled categories and languages (estimates
  for classified traffic only), and exact context buckets and modalities. Dimensions must not be added
  up, and taxonomies are never joined.
empty: Empty until a run with a key has fetched what tokens are used for.
grain: week × dimension × value
unique: [week, dimension, value]
columns:
  week:
  dimension:
  value: VARCHAR NOT NULL | - | Its value, such as programming or 100K
  method:
  taxonomy_version: VARCHAR | - | Version of the categories; NULL for other dimensions and an unknown category
  tokens: BIGINT NOT NULL | tokens | Tokens, other included
  days_seen:
  share_of_dimension: DOUBLE | fraction of the dimension | tokens over those of all its values in the week
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Newest response used
accepted:
  method: [sampled, exact]
---
*/
WITH summed AS (
    SELECT
        cast(date_trunc('week', date) AS DATE) AS week,
        dimension,
        value,
        method,
        cast(sum(tokens) AS BIGINT) AS tokens,
        count(DISTINCT date) AS days_seen,
        max(as_of) AS as_of
    FROM staging.usage_category
    GROUP BY cast(date_trunc('week', date) AS DATE), dimension, value, method
),

final AS (
    SELECT
        summed.week,
        summed.dimension,
        summed.value,
        summed.method,
        taxonomy.version AS taxonomy_version,
        summed.tokens,
        summed.days_seen,
        cast(summed.tokens AS DOUBLE)
        / nullif(sum(summed.tokens) OVER (PARTITION BY summed.week, summed.dimension, summed.method), 0)
            AS share_of_dimension,
        summed.as_of
    FROM summed
    LEFT JOIN reference.taxonomy
        ON
            summed.dimension = 'category'
            AND taxonomy.taxonomy = 'rankings_category'
            AND summed.value = taxonomy.category
            AND summed.week >= taxonomy.valid_from
            AND summed.week < taxonomy.valid_before
)

SELECT * FROM final
