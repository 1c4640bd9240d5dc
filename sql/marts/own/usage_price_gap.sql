/*
---
description: >-
  Why own tokens cost more or less per million than the market's, over the models that both use and that
  have a bill here and an estimate there: because the mix differs, or because the same model costs
  differently. The two terms add up to the gap. The market's price is an estimate, so within its band a rate
  is as the market's.
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
        cast(sum(tokens) AS DOUBLE) AS tokens,
        cast(sum(cost_usd) AS DOUBLE) AS usd
    FROM core.usage_counted
    WHERE is_billed AND model_permaslug IS NOT NULL AND tokens > 0
    GROUP BY week, model_permaslug
),

pair AS (
    SELECT
        own.week,
        own.tokens,
        1000000 * own.usd / nullif(own.tokens, 0) AS own_price,
        own.tokens / nullif(sum(own.tokens) OVER (PARTITION BY own.week), 0) AS own_share,
        market.tokens / nullif(sum(cast(market.tokens AS DOUBLE)) OVER (PARTITION BY own.week), 0)
            AS market_share,
        1000000 * market.revenue_usd_mid / nullif(market.tokens, 0) AS market_price,
        1000000 * band.revenue_usd_p10 / nullif(market.tokens, 0) AS market_price_p10,
        1000000 * band.revenue_usd_p90 / nullif(market.tokens, 0) AS market_price_p90
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

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
summed AS (
    SELECT
        week,
        count(*) AS models,
        cast(sum(tokens) AS BIGINT) AS own_tokens,
        cast(sum(cast(own_share * own_price AS DECIMAL(38, 16))) AS DOUBLE) AS own_usd_per_million,
        cast(sum(cast(market_share * market_price AS DECIMAL(38, 16))) AS DOUBLE) AS market_usd_per_million,
        cast(sum(cast((own_share - market_share) * market_price AS DECIMAL(38, 16))) AS DOUBLE)
            AS mix_usd_per_million,
        cast(sum(cast(own_share * (own_price - market_price) AS DECIMAL(38, 16))) AS DOUBLE)
            AS rate_usd_per_million,
        cast(sum(cast(own_share * market_price_p10 AS DECIMAL(38, 16))) AS DOUBLE) AS market_p10,
        cast(sum(cast(own_share * market_price_p90 AS DECIMAL(38, 16))) AS DOUBLE) AS market_p90
    FROM pair
    GROUP BY week
),

final AS (
    SELECT
        week,
        models,
        own_tokens,
        own_usd_per_million,
        market_usd_per_million,
        own_usd_per_million - market_usd_per_million AS gap_usd_per_million,
        mix_usd_per_million,
        rate_usd_per_million,
        market_p10,
        market_p90,
        CASE
            WHEN market_p10 IS NULL OR market_p90 IS NULL THEN 'unknown'
            WHEN own_usd_per_million < market_p10 THEN 'below'
            WHEN own_usd_per_million > market_p90 THEN 'above'
            ELSE 'as_market'
        END AS verdict
    FROM summed
)

SELECT * FROM final
