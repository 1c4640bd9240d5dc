/*
---
description: >-
  What the listed models with a score on the capabilities index were used for and paid, in the complete weeks
  of the two newest years. Variants of a model count together.
grain: week × base_permaslug
unique: [week, base_permaslug]
columns:
  week:
  is_of_newest_year: BOOLEAN NOT NULL | - | Whether it is published; an older week is in means only
  unbroken_from: DATE NOT NULL | Monday | The first of the complete weeks without a gap up to this one
  base_permaslug:
  capability: DOUBLE NOT NULL
  tokens:
  paid_tokens: BIGINT NOT NULL | tokens | Those of tokens that are not of the free variant
  revenue_usd: DOUBLE | USD | Estimate in closed form; NULL is unknown
  prompt_price:
checks:
  paid tokens are a part: paid_tokens BETWEEN 0 AND tokens
---
*/
-- The newest score of each: what a model can do does not change with the week.
WITH scored AS (
    SELECT
        catalogue.canonical_slug AS base_permaslug,
        model_index.capability,
        row_number() OVER (
            PARTITION BY catalogue.canonical_slug
            ORDER BY model_index.evaluated_on DESC, model_index.capability DESC
        ) AS age
    FROM staging.model_index
    INNER JOIN staging.catalogue ON model_index.model_id = catalogue.model_id
),

numbered_week AS (
    SELECT
        week,
        max(week) OVER () AS newest_week,
        week - INTERVAL 7 DAY * row_number() OVER (ORDER BY week) AS run
    FROM core.week
    WHERE is_complete AND source = 'daily_rows'
),

complete_week AS (
    SELECT
        week,
        newest_week,
        min(week) OVER (PARTITION BY run) AS unbroken_from
    FROM numbered_week
)

SELECT
    value.week,
    value.week > cast(complete_week.newest_week - INTERVAL 364 DAY AS DATE) AS is_of_newest_year,
    complete_week.unbroken_from,
    value.base_permaslug,
    scored.capability,
    cast(sum(value.tokens) AS BIGINT) AS tokens,
    cast(coalesce(sum(value.tokens) FILTER (WHERE model.variant <> 'free'), 0) AS BIGINT) AS paid_tokens,
    cast(sum(cast(value.revenue_usd_mid AS DECIMAL(38, 6))) AS DOUBLE) AS revenue_usd,
    max(value.prompt_price) AS prompt_price
FROM core.model_value AS value
INNER JOIN core.model ON value.model_permaslug = model.model_permaslug
INNER JOIN scored ON value.base_permaslug = scored.base_permaslug AND scored.age = 1
INNER JOIN complete_week
    ON
        value.week = complete_week.week
        AND value.week > cast(complete_week.newest_week - INTERVAL 728 DAY AS DATE)
WHERE value.tokens IS NOT NULL
GROUP BY
    value.week,
    complete_week.newest_week,
    complete_week.unbroken_from,
    value.base_permaslug,
    scored.capability
