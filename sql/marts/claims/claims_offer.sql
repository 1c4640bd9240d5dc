/*
---
description: >-
  What the warehouse computes for claims of what is on offer and of what it is used for: list
  prices, the size of the catalogue, and the sampled categories.
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
  basis: [measured, list_price]
---
*/
WITH blend AS (
    SELECT
        'blended_price' AS scope,
        1 AS width,
        0.75 AS prompt_part
    UNION ALL
    SELECT
        'prompt_price' AS scope,
        2 AS width,
        1 AS prompt_part
    UNION ALL
    SELECT
        'completion_price' AS scope,
        3 AS width,
        0 AS prompt_part
),

price AS (
    SELECT
        subject.file,
        subject.claim_id,
        subject.position,
        blend.scope,
        blend.width,
        blend.prompt_part * list_price.prompt_price + (1 - blend.prompt_part) * list_price.completion_price
            AS usd
    FROM core.claim_subject AS subject
    INNER JOIN core.list_price
        ON
            subject.week = list_price.week
            AND subject.key = list_price.model_permaslug
    CROSS JOIN blend
    WHERE subject.metric = 'price_ratio'
),

catalogue_week AS (
    SELECT DISTINCT week FROM staging.catalogue
),

counting AS (
    SELECT
        'without_variants' AS scope,
        1 AS width,
        FALSE AS with_variants
    UNION ALL
    SELECT
        'with_variants' AS scope,
        2 AS width,
        TRUE AS with_variants
),

exact AS (
    SELECT
        dividend.file,
        dividend.claim_id,
        dividend.scope,
        dividend.width,
        'list_price' AS basis,
        dividend.usd / nullif(divisor.usd, 0) AS value
    FROM price AS dividend
    INNER JOIN price AS divisor
        ON
            dividend.file = divisor.file
            AND dividend.claim_id = divisor.claim_id
            AND dividend.scope = divisor.scope
    WHERE dividend.position = 1 AND divisor.position = 2 AND dividend.usd > 0 AND divisor.usd > 0
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        counting.scope,
        counting.width,
        'measured' AS basis,
        count(catalogue.model_id) AS value
    FROM core.claim_subject AS subject
    INNER JOIN catalogue_week ON subject.week = catalogue_week.week
    CROSS JOIN counting
    LEFT JOIN staging.catalogue
        ON
            subject.week = catalogue.week
            AND (subject.grain = 'market' OR subject.key = split_part(catalogue.canonical_slug, '/', 1))
            AND (counting.with_variants OR catalogue.variant = 'standard')
    WHERE subject.metric = 'catalogue_models' AND subject.key IS NOT NULL
    GROUP BY subject.file, subject.claim_id, counting.scope, counting.width
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'sampled_categories' AS scope,
        1 AS width,
        'measured' AS basis,
        usage_category.share_of_dimension AS value
    FROM core.claim_subject AS subject
    INNER JOIN marts.usage_category
        ON
            subject.week = usage_category.week
            AND usage_category.dimension = 'category'
            AND subject.key = usage_category.value
    WHERE subject.metric = 'task_share'
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        basis,
        cast(value AS DOUBLE) AS value,
        cast(value AS DOUBLE) AS value_low,
        cast(value AS DOUBLE) AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM exact
)

SELECT * FROM final
