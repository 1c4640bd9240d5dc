/*
---
description: >-
  What each source says of a model's place on the capabilities index: the index itself, or else what
  price and release date predict, which is a prior for own evaluations only.
grain: week × model_id × source
unique: [week, model_id, source]
columns:
  week:
  model_id:
  source:
  kind:
  as_of: DATE NOT NULL
  evaluated_model: VARCHAR | - | Name of the model in the index; NULL if the source is another
  capability: DOUBLE NOT NULL
  variance: DOUBLE NOT NULL | points² | Its variance, with other effort and age
  is_used: BOOLEAN NOT NULL | - | Whether it is the best source that there is for the model
accepted:
  kind: [index, price]
checks:
  it is uncertain: variance > 0
---
*/
WITH scored AS (
    SELECT
        evidence_week.week,
        evidence_week.decided_on,
        model_index.*,
        row_number() OVER (
            PARTITION BY evidence_week.week, model_index.model_id ORDER BY model_index.evaluated_on DESC
        ) AS age
    FROM core.evidence_week
    INNER JOIN staging.model_index
        ON
            evidence_week.decided_on > model_index.released_on
            AND evidence_week.known_on >= model_index.evaluated_on
),

-- σ² = interval² + other effort² + age²: Epoch's interval does not contain the last two.
indexed AS (
    SELECT
        scored.week,
        scored.model_id,
        'Epoch Capabilities Index' AS source,
        'index' AS kind,
        scored.evaluated_on AS as_of,
        scored.evaluated_model,
        scored.capability,
        scored.capability_sd * scored.capability_sd
        + CASE WHEN scored.is_other_effort THEN power(parameter.other_effort_sd, 2) ELSE 0 END
        + CASE
            WHEN
                scored.decided_on
                > cast(
                    scored.evaluated_on
                    + INTERVAL 1 DAY * cast(parameter.old_score_days AS INTEGER) AS DATE
                )
                THEN power(parameter.old_score_sd, 2)
            ELSE 0
        END AS variance
    FROM scored
    CROSS JOIN core.parameter AS parameter
    WHERE scored.age = 1
),

-- USD per million tokens of a prompt of which 60 % is cached, and completions of 2.5 %.
blend AS (
    SELECT
        offer.week,
        offer.model_id,
        offer.decided_on,
        offer.created_on,
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
        + parameter.prior_per_month
        * (epoch(cast(blend.created_on AS TIMESTAMP)) - epoch(TIMESTAMP '2026-01-21'))
        / 86400
        / 30.4375 AS capability,
        power(parameter.prior_sd, 2) AS variance
    FROM blend
    CROSS JOIN core.parameter AS parameter
    WHERE blend.usd_per_million > 0
),

contribution AS (
    SELECT * FROM indexed
    UNION ALL
    SELECT * FROM priced
)

-- In this order, which is that of their names: index, price.
SELECT
    *,
    row_number() OVER (PARTITION BY week, model_id ORDER BY kind, source) = 1 AS is_used
FROM contribution
