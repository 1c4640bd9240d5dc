/*
---
description: >-
  What each source says of a model's place on the capabilities index: the index itself, else what
  third-party scores imply, else what price and release date predict, a prior for own evaluations only.
grain: week × model_id × source
unique: [week, model_id, source]
columns:
  week:
  model_id:
  source:
  kind:
  as_of: DATE NOT NULL
  evaluated_model:
  capability: DOUBLE NOT NULL
  variance: DOUBLE NOT NULL | points² | Its variance, with other effort and age
  is_used: BOOLEAN NOT NULL | - | Whether it is the best source that there is for the model
accepted:
  kind: [index, inferred, price]
checks:
  it is uncertain: variance > 0
---
*/
-- USD per million tokens of a prompt of which 60% is cached, and completions of 2.5%.
-- The index rose faster before 2025-10-21, three months before the day from which months count.
WITH blend AS (
    SELECT
        offer.week,
        offer.model_id,
        offer.decided_on,
        (epoch(cast(offer.created_on AS TIMESTAMP)) - epoch(TIMESTAMP '2026-01-21'))
        / 86400
        / 30.4375 AS months,
        0.975
        * (
            0.4 * catalogue.prompt_price
            + 0.6 * coalesce(catalogue.cache_read_price, catalogue.prompt_price)
        )
        + 0.025 * catalogue.completion_price AS usd_per_million
    FROM core.route_offer AS offer
    INNER JOIN staging.catalogue
        ON offer.price_week = catalogue.week AND offer.model_id = catalogue.model_id
    WHERE offer.created_on IS NOT NULL
),

priced AS (
    SELECT
        blend.week,
        blend.model_id,
        'price and release date' AS source,
        'price' AS kind,
        blend.decided_on AS as_of,
        cast(NULL AS VARCHAR) AS evaluated_model,
        parameter.prior_capability
        + parameter.prior_per_log_price * ln(blend.usd_per_million)
        + parameter.prior_per_month * blend.months
        + parameter.prior_per_old_month * least(blend.months + 3, 0) AS capability,
        power(parameter.prior_sd, 2) AS variance
    FROM blend
    CROSS JOIN core.parameter AS parameter
    WHERE blend.usd_per_million > 0
),

contribution AS (
    SELECT
        week,
        model_id,
        'Epoch Capabilities Index' AS source,
        'index' AS kind,
        as_of,
        evaluated_model,
        capability,
        variance
    FROM core.index_capability
    UNION ALL
    SELECT
        week,
        model_id,
        source,
        'inferred' AS kind,
        as_of,
        cast(NULL AS VARCHAR) AS evaluated_model,
        capability,
        variance
    FROM private.inferred
    UNION ALL
    SELECT * FROM priced
)

-- In this order, which is that of their names: index, inferred, price.
SELECT
    *,
    row_number() OVER (
        PARTITION BY week, model_id ORDER BY kind, source = 'several sources' DESC, source
    ) = 1 AS is_used
FROM contribution
