/*
---
description: >-
  The value of a listed model's week at that week's list prices: its prices, the low, mid and high mix
  of its tokens, and the estimate with every input at its mid.
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
  tier: VARCHAR NOT NULL | - | Price tier by the 3:1 blend; free, stealth or unpriced without a price
  prompt_price:
  completion_price:
  cache_read_price:
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
  naive_half_usd:
  naive_three_to_one_usd:
accepted:
  unpriced_because: [free, stealth, unlisted, no_catalogue]
  tier: [premium, mid, volume, free, stealth, unpriced]
  revenue_method: [observed_mix, class_prior, author_prior, unclassified]
checks:
  an unknown price is never zero: >-
    unpriced_because IN ('free', 'stealth') OR revenue_usd_mid IS NULL
    OR prompt_price > 0 OR completion_price > 0
  fresh tokens are part of the tokens: fresh_tokens BETWEEN 0 AND tokens
---
*/
WITH catalogue_week AS (
    SELECT DISTINCT week FROM core.list_price
),

midpoint AS (
    SELECT
        write_share_mid AS write_share,
        (discount_low + discount_high) / 2 AS discount
    FROM core.parameter
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
            WHEN list_price.prompt_price IS NULL OR list_price.completion_price IS NULL THEN 'unlisted'
            WHEN list_price.prompt_price = 0 AND list_price.completion_price = 0 THEN 'free'
        END AS unpriced_because,
        list_price.prompt_price,
        list_price.completion_price,
        list_price.cache_read_price,
        model.cache_write_multiplier,
        0.75 * list_price.prompt_price + 0.25 * list_price.completion_price AS blended_price,
        0.5 * list_price.prompt_price + 0.5 * list_price.completion_price AS mean_price
    FROM core.model_week
    INNER JOIN core.model ON model_week.model_permaslug = model.model_permaslug
    LEFT JOIN catalogue_week ON model_week.week = catalogue_week.week
    LEFT JOIN core.list_price
        ON
            model_week.week = list_price.week
            AND model_week.model_permaslug = list_price.model_permaslug
    WHERE model_week.tokens IS NOT NULL
),

mixed AS (
    SELECT
        listed.*,
        mix.revenue_method,
        mix.workload_class,
        mix.evidence_on,
        mix.evidence_weeks,
        mix.prompt_share_low,
        mix.prompt_share_mid,
        mix.prompt_share_high,
        mix.cached_share_low,
        mix.cached_share_mid,
        mix.cached_share_high
    FROM listed
    INNER JOIN core.model_mix AS mix
        ON
            listed.week = mix.week
            AND listed.base_permaslug = mix.base_permaslug
),

-- A priced model without a cache price reads nothing from a cache.
assumed AS (
    SELECT
        mixed.*,
        midpoint.write_share,
        midpoint.discount,
        mixed.prompt_share_mid AS prompt_part,
        CASE
            WHEN mixed.unpriced_because IS NULL AND mixed.cache_read_price IS NULL THEN 0
            ELSE mixed.cached_share_mid
        END AS cached_part
    FROM mixed
    CROSS JOIN midpoint
),

valued AS (
    SELECT
        *,
        cast(tokens AS DOUBLE) / 1000000 * (1 - discount) * (
            prompt_part * (
                (1 - cached_part) * prompt_price * (1 + write_share * (cache_write_multiplier - 1))
                + cached_part * coalesce(cache_read_price, 0)
            )
            + (1 - prompt_part) * completion_price
        ) AS priced_usd
    FROM assumed
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
        CASE
            WHEN valued.unpriced_because IS NULL THEN price_tier.tier
            WHEN valued.unpriced_because IN ('free', 'stealth') THEN valued.unpriced_because
            ELSE 'unpriced'
        END AS tier,
        valued.prompt_price,
        valued.completion_price,
        valued.cache_read_price,
        valued.cache_write_multiplier,
        valued.revenue_method,
        valued.workload_class,
        valued.evidence_on,
        valued.evidence_weeks,
        valued.prompt_share_low,
        valued.prompt_share_mid,
        valued.prompt_share_high,
        valued.cached_share_low,
        valued.cached_share_mid,
        valued.cached_share_high,
        cast(valued.tokens * (1 - valued.prompt_part * valued.cached_part) AS DOUBLE) AS fresh_tokens,
        cast(
            CASE
                WHEN valued.unpriced_because IS NULL THEN valued.priced_usd
                WHEN valued.unpriced_because IN ('free', 'stealth') THEN 0
            END AS DOUBLE
        ) AS revenue_usd_mid,
        cast(
            CASE
                WHEN
                    valued.unpriced_because IS NULL
                    THEN cast(valued.tokens AS DOUBLE) / 1000000 * valued.mean_price
            END
            AS DOUBLE
        ) AS naive_half_usd,
        cast(
            CASE
                WHEN valued.unpriced_because IS NULL
                    THEN cast(valued.tokens AS DOUBLE) / 1000000 * valued.blended_price
            END
            AS DOUBLE
        ) AS naive_three_to_one_usd
    FROM valued
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
