/*
---
description: >-
  The rank correlation of the capabilities index with tokens, revenue and price over the listed models with
  a score, in each complete week of the newest year, where there are at least 15 of them.
grain: week × scope × measure × controlled_for
unique: [week, scope, measure, controlled_for]
function: rank_correlations
columns:
  week:
  scope: VARCHAR NOT NULL | - | all, open, not_proven; mean is each model over at most a year up to this week
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
---
*/
WITH listed AS (
    SELECT
        week,
        is_of_newest_year,
        unbroken_from,
        base_permaslug,
        capability,
        cast(tokens AS DOUBLE) AS tokens,
        cast(paid_tokens AS DOUBLE) AS paid_tokens,
        revenue_usd AS revenue,
        prompt_price AS price
    FROM core.indexed_model
),

compared AS (
    SELECT
        week,
        'all' AS scope,
        base_permaslug,
        capability,
        tokens,
        paid_tokens,
        revenue,
        price
    FROM listed
    WHERE is_of_newest_year
    UNION ALL
    SELECT
        listed.week,
        CASE WHEN open_model.week IS NULL THEN 'not_proven' ELSE 'open' END AS scope,
        listed.base_permaslug,
        listed.capability,
        listed.tokens,
        listed.paid_tokens,
        listed.revenue,
        listed.price
    FROM listed
    LEFT JOIN core.open_model
        ON listed.week = open_model.week AND listed.base_permaslug = open_model.base_permaslug
    WHERE listed.is_of_newest_year
    UNION ALL
    -- A year without gaps for every week, or a past week would be another with each new one. Rounded, so
    -- that equal prices stay equal: ranks must not depend on the last bit of a mean.
    SELECT
        week.week,
        'mean' AS scope,
        past.base_permaslug,
        past.capability,
        cast(round(avg(cast(past.tokens AS DECIMAL(38, 6))), 6) AS DOUBLE) AS tokens,
        cast(round(avg(cast(past.paid_tokens AS DECIMAL(38, 6))), 6) AS DOUBLE) AS paid_tokens,
        cast(round(avg(cast(past.revenue AS DECIMAL(38, 6))), 6) AS DOUBLE) AS revenue,
        cast(round(avg(cast(past.price AS DECIMAL(38, 6))), 6) AS DOUBLE) AS price
    FROM (SELECT DISTINCT week, unbroken_from FROM listed WHERE is_of_newest_year) AS week
    INNER JOIN listed AS past
        ON
            past.week <= week.week
            AND past.week > cast(week.week - INTERVAL 364 DAY AS DATE)
            AND past.week >= week.unbroken_from
    GROUP BY week.week, past.base_permaslug, past.capability
)

SELECT
    compared.*,
    parameter.seed
FROM compared
CROSS JOIN core.parameter AS parameter
ORDER BY compared.week, compared.scope, compared.base_permaslug
