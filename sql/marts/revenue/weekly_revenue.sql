/*
---
description: >-
  Estimated revenue of the named models of a week at list prices, as a band, and what it is based on.
  The level is more uncertain than the band: discounts beyond the assumed ones are not public.
grain: week
unique: [week]
columns:
  week:
  revenue_usd_p10: DOUBLE | USD | One draw in ten is lower; NULL without a catalogue of the week
  revenue_usd_p50:
  revenue_usd_p90:
  revenue_usd_mid:
  revenue_usd_min:
  revenue_usd_max:
  mid_over_p50:
  usd_per_million_p10: DOUBLE | USD per million tokens | Over tokens of known price, free at 0
  usd_per_million_p50: DOUBLE | USD per million tokens | Over the same tokens
  usd_per_million_p90: DOUBLE | USD per million tokens | Over the same tokens
  naive_half_usd:
  naive_three_to_one_usd:
  coverage: DOUBLE | fraction of named tokens | Tokens of models with a price
  observed_coverage: DOUBLE | fraction of named tokens | Tokens of models whose mix was observed
  class_coverage: DOUBLE | fraction of named tokens | Tokens of models with the mix of their class
  author_coverage: DOUBLE | fraction of named tokens | Tokens with the mix of the author's largest class
  unclassified_coverage: DOUBLE | fraction of named tokens | Tokens treated as general chat, without a class
  conditional_coverage: DOUBLE | fraction of named tokens | With other prices for some prompts; NULL unknown
  calibrated_coverage: DOUBLE | fraction of named tokens | Tokens of vendors whose factor is accepted
  unpriced_because:
  prices_as_of: TIMESTAMP WITH TIME ZONE | UTC | Newest catalogue of the week
---
*/
WITH catalogues AS (
    SELECT
        week,
        max(fetched_at) AS prices_as_of
    FROM core.week_catalogue
    GROUP BY week
),

-- What is free is known to cost nothing; a token of unknown price is not counted.
known AS (
    SELECT
        week,
        cast(sum(tokens) AS DOUBLE) / 1e6 AS millions
    FROM core.model_value
    WHERE unpriced_because IS NULL OR unpriced_because IN ('free', 'stealth')
    GROUP BY week
),

final AS (
    SELECT
        market.week,
        band.revenue_usd_p10,
        band.revenue_usd_p50,
        band.revenue_usd_p90,
        market.revenue_usd_mid,
        market.revenue_usd_min,
        market.revenue_usd_max,
        market.revenue_usd_mid / nullif(band.revenue_usd_p50, 0) - 1 AS mid_over_p50,
        band.revenue_usd_p10 / nullif(known.millions, 0) AS usd_per_million_p10,
        band.revenue_usd_p50 / nullif(known.millions, 0) AS usd_per_million_p50,
        band.revenue_usd_p90 / nullif(known.millions, 0) AS usd_per_million_p90,
        market.naive_half_usd,
        market.naive_three_to_one_usd,
        cast(market.priced_tokens AS DOUBLE) / nullif(market.tokens, 0) AS coverage,
        cast(market.observed_tokens AS DOUBLE) / nullif(market.tokens, 0) AS observed_coverage,
        cast(market.class_tokens AS DOUBLE) / nullif(market.tokens, 0) AS class_coverage,
        cast(market.author_tokens AS DOUBLE) / nullif(market.tokens, 0) AS author_coverage,
        cast(market.unclassified_tokens AS DOUBLE) / nullif(market.tokens, 0) AS unclassified_coverage,
        cast(market.conditional_tokens AS DOUBLE) / nullif(market.tokens, 0) AS conditional_coverage,
        cast(market.calibrated_tokens AS DOUBLE) / nullif(market.tokens, 0) AS calibrated_coverage,
        market.unpriced_because,
        catalogues.prices_as_of
    FROM core.group_week AS market
    LEFT JOIN core.revenue_band AS band
        ON
            market.week = band.week
            AND market.grain = band.grain
            AND market.key = band.key
    LEFT JOIN catalogues ON market.week = catalogues.week
    LEFT JOIN known ON market.week = known.week
    WHERE market.grain = 'market'
)

SELECT * FROM final
