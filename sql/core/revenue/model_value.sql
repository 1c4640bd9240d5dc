/*
---
description: >-
  The value of a listed model's week at the list prices of its days: its mean prices, the low, mid and high
  mix of its tokens, and the estimate with every input at its mid.
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week:
  model_permaslug:
  base_permaslug:
  author:
  vendor:
  family:
  bloc:
  tokens:
  unpriced_because:
  payment: VARCHAR NOT NULL | - | paid, free, stealth or unknown; also known without a catalogue
  tier: VARCHAR NOT NULL | - | Price tier by the 3:1 blend; free, stealth or unpriced without a price
  prompt_price: DOUBLE | USD per million tokens | Mean over the tokens of the week; NULL is unknown
  completion_price: DOUBLE | USD per million tokens | Mean over the tokens of the week; NULL is unknown
  cache_read_price: DOUBLE | USD per million tokens | Mean, of the prompt where none was listed; NULL is none
  prices: BIGINT NOT NULL | prices | Different list prices in force in the week; 0 if none is known
  has_conditional_price:
  calibration: DOUBLE NOT NULL | × | Factor accepted for the vendor; 1 without
  cache_write_multiplier:
  revenue_method: VARCHAR NOT NULL
  workload_class:
  evidence_on:
  evidence_weeks:
  prompt_share_low:
  prompt_share_mid:
  prompt_share_high:
  cached_share_low:
  cached_share_mid:
  cached_share_high:
  fresh_tokens: DOUBLE NOT NULL
  revenue_usd_mid:
  revenue_usd_min:
  revenue_usd_max:
  naive_half_usd:
  naive_three_to_one_usd:
accepted:
  payment: [paid, free, stealth, unknown]
  unpriced_because: [free, stealth, unlisted, no_catalogue]
  tier: [premium, mid, volume, free, stealth, unpriced]
  revenue_method: [observed_mix, class_prior, author_prior, unclassified]
checks:
  an unknown price is never zero: >-
    unpriced_because IN ('free', 'stealth') OR revenue_usd_mid IS NULL
    OR prompt_price > 0 OR completion_price > 0
  fresh tokens are part of the tokens, but for rounding: fresh_tokens BETWEEN 0 AND tokens * 1.000001
---
*/
WITH catalogue_week AS (
    SELECT DISTINCT week FROM core.week_catalogue
),

listed AS (
    SELECT
        model_week.week,
        model_week.model_permaslug,
        model.base_permaslug,
        model_week.author,
        model_week.vendor,
        model_week.family,
        model_week.bloc,
        model_week.tokens,
        CASE
            WHEN catalogue_week.week IS NULL THEN 'no_catalogue'
            WHEN model.is_stealth THEN 'stealth'
            WHEN model.variant = 'free' THEN 'free'
            WHEN priced.week IS NULL THEN 'unlisted'
            WHEN priced.prompt_price = 0 AND priced.completion_price = 0 THEN 'free'
        END AS unpriced_because,
        CASE
            WHEN model.is_stealth THEN 'stealth'
            WHEN
                model.variant = 'free'
                OR priced.prompt_price = 0 AND priced.completion_price = 0 THEN 'free'
            WHEN priced.week IS NOT NULL THEN 'paid'
            ELSE 'unknown'
        END AS payment,
        priced.prompt_price,
        priced.completion_price,
        priced.cache_read_price,
        priced.prices,
        priced.has_conditional_price,
        coalesce(priced.calibration, 1) AS calibration,
        priced.fresh_tokens,
        priced.revenue_usd_mid,
        priced.revenue_usd_min,
        priced.revenue_usd_max,
        priced.naive_half_usd,
        priced.naive_three_to_one_usd,
        model.cache_write_multiplier,
        0.75 * priced.prompt_price + 0.25 * priced.completion_price AS blended_price
    FROM core.model_week
    INNER JOIN core.model ON model_week.model_permaslug = model.model_permaslug
    LEFT JOIN catalogue_week ON model_week.week = catalogue_week.week
    LEFT JOIN core.model_revenue AS priced
        ON
            model_week.week = priced.week
            AND model_week.model_permaslug = priced.model_permaslug
    WHERE model_week.tokens IS NOT NULL
),

-- What earns nothing is known to earn nothing; what has no known price is not known to earn anything.
valued AS (
    SELECT
        listed.*,
        CASE
            WHEN unpriced_because IS NULL THEN 1
            WHEN unpriced_because IN ('free', 'stealth') THEN 0
        END AS earning,
        CASE WHEN unpriced_because IS NULL THEN 1 END AS compared
    FROM listed
),

final AS (
    SELECT
        valued.week,
        valued.model_permaslug,
        valued.base_permaslug,
        valued.author,
        valued.vendor,
        valued.family,
        valued.bloc,
        valued.tokens,
        valued.unpriced_because,
        valued.payment,
        CASE
            WHEN valued.unpriced_because IS NULL THEN price_tier.tier
            WHEN valued.unpriced_because IN ('free', 'stealth') THEN valued.unpriced_because
            ELSE 'unpriced'
        END AS tier,
        valued.prompt_price,
        valued.completion_price,
        valued.cache_read_price,
        coalesce(valued.prices, 0) AS prices,
        valued.has_conditional_price,
        valued.calibration,
        valued.cache_write_multiplier,
        mix.revenue_method,
        mix.workload_class,
        mix.evidence_on,
        mix.evidence_weeks,
        mix.prompt_share_low,
        mix.prompt_share_mid,
        mix.prompt_share_high,
        mix.cached_share_low,
        mix.cached_share_mid,
        mix.cached_share_high,
        CASE
            WHEN valued.unpriced_because IS NULL THEN valued.fresh_tokens
            ELSE cast(valued.tokens * (1 - mix.prompt_share_mid * mix.cached_share_mid) AS DOUBLE)
        END AS fresh_tokens,
        valued.earning * coalesce(valued.revenue_usd_mid, 0) AS revenue_usd_mid,
        valued.earning * coalesce(valued.revenue_usd_min, 0) AS revenue_usd_min,
        valued.earning * coalesce(valued.revenue_usd_max, 0) AS revenue_usd_max,
        valued.compared * valued.naive_half_usd AS naive_half_usd,
        valued.compared * valued.naive_three_to_one_usd AS naive_three_to_one_usd
    FROM valued
    INNER JOIN core.model_mix AS mix
        ON
            valued.week = mix.week
            AND valued.base_permaslug = mix.base_permaslug
    LEFT JOIN staging.price_tier
        ON
            valued.blended_price >= price_tier.lowest_price_usd
            AND (
                price_tier.highest_price_usd IS NULL
                OR valued.blended_price < price_tier.highest_price_usd
            )
            AND valued.week >= price_tier.valid_from
            AND valued.week < price_tier.valid_before
)

SELECT * FROM final
