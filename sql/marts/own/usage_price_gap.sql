/*
---
description: >-
  Why own tokens cost more or less per million than the market's, over the models that both use and that
  have a bill here and an estimate there: because the mix differs, or because the same model costs
  differently. The two terms add up to the gap. The market's price is an estimate, so within its band a rate
  is as the market's.
empty: Empty until own usage with a bill is published, of a model with an estimate in the same week.
grain: week
unique: [week]
private: true
columns:
  week:
  models: BIGINT NOT NULL | models | Models that are compared
  own_tokens: BIGINT NOT NULL | tokens | Own billed tokens of these models
  own_usd_per_million: DOUBLE NOT NULL | USD per million tokens | What they cost
  market_usd_per_million: DOUBLE NOT NULL | USD per million tokens | What the market's mix of them costs
  gap_usd_per_million: DOUBLE NOT NULL | USD per million tokens | Own less market
  mix_usd_per_million: DOUBLE NOT NULL | USD per million tokens | Part of the gap from another mix
  rate_usd_per_million: DOUBLE NOT NULL | USD per million tokens | Part of the gap from other prices
  market_p10: DOUBLE | USD per million tokens | The own mix at the market's prices, each at its P10
  market_p90: DOUBLE | USD per million tokens | The own mix at the market's prices, each at its P90
  verdict: VARCHAR NOT NULL | - | own_usd_per_million against that band; unknown without one
accepted:
  verdict: [below, as_market, above, unknown]
checks:
  mix and rate add up to the gap: >-
    abs(mix_usd_per_million + rate_usd_per_million - gap_usd_per_million)
    <= 1e-12 * (1 + own_usd_per_million + market_usd_per_million)
---
*/
WITH own AS (
    SELECT
        week,
        model_permaslug,
        cast(sum(tokens) AS BIGINT) AS tokens,
        sum(cost_usd) AS usd
    FROM core.usage_counted
    WHERE is_billed AND model_permaslug IS NOT NULL AND tokens > 0
    GROUP BY week, model_permaslug
),

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
pair AS (
    SELECT
        own.week,
        own.tokens,
        own.usd,
        market.tokens AS market_tokens,
        cast(market.revenue_usd_mid AS DECIMAL(28, 12)) AS market_usd,
        cast(own.tokens * market.revenue_usd_mid / nullif(market.tokens, 0) AS DECIMAL(28, 12)) AS usd_mid,
        cast(own.tokens * band.revenue_usd_p10 / nullif(market.tokens, 0) AS DECIMAL(28, 12)) AS usd_p10,
        cast(own.tokens * band.revenue_usd_p90 / nullif(market.tokens, 0) AS DECIMAL(28, 12)) AS usd_p90
    FROM own
    INNER JOIN core.group_week AS market
        ON
            own.week = market.week
            AND market.grain = 'model'
            AND own.model_permaslug = market.key
            AND market.unpriced_because IS NULL
            AND market.tokens > 0
    LEFT JOIN core.revenue_band AS band
        ON
            market.week = band.week
            AND band.grain = 'model'
            AND market.key = band.key
),

summed AS (
    SELECT
        week,
        count(*) AS models,
        cast(sum(tokens) AS BIGINT) AS own_tokens,
        cast(sum(market_tokens) AS BIGINT) AS market_tokens,
        cast(sum(usd) AS DOUBLE) AS own_usd,
        cast(sum(market_usd) AS DOUBLE) AS market_usd,
        cast(sum(usd_mid) AS DOUBLE) AS usd_mid,
        cast(sum(usd_p10) AS DOUBLE) AS usd_p10,
        cast(sum(usd_p90) AS DOUBLE) AS usd_p90
    FROM pair
    GROUP BY week
),

-- Engines make decimals of floating-point numbers in two ways, which differ beyond fifteen digits.
price AS (
    SELECT
        week,
        models,
        own_tokens,
        round(1000000 * own_usd / nullif(own_tokens, 0), 9) AS own,
        round(1000000 * market_usd / nullif(market_tokens, 0), 9) AS market,
        round(1000000 * usd_mid / nullif(own_tokens, 0), 9) AS own_mix,
        round(1000000 * usd_p10 / nullif(own_tokens, 0), 9) AS own_mix_p10,
        round(1000000 * usd_p90 / nullif(own_tokens, 0), 9) AS own_mix_p90
    FROM summed
),

final AS (
    SELECT
        week,
        models,
        own_tokens,
        own AS own_usd_per_million,
        market AS market_usd_per_million,
        own - market AS gap_usd_per_million,
        own_mix - market AS mix_usd_per_million,
        own - own_mix AS rate_usd_per_million,
        own_mix_p10 AS market_p10,
        own_mix_p90 AS market_p90,
        CASE
            WHEN own_mix_p10 IS NULL OR own_mix_p90 IS NULL THEN 'unknown'
            WHEN own < own_mix_p10 THEN 'below'
            WHEN own > own_mix_p90 THEN 'above'
            ELSE 'as_market'
        END AS verdict
    FROM price
)

SELECT * FROM final
