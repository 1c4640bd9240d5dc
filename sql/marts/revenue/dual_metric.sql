/*
---
description: >-
  Token share next to the share of estimated revenue, by model, family, vendor, bloc and price tier.
  An error common to all models moves the dollars and not the shares. The naive blends are there for
  comparison: a price times all tokens.
grain: week × grain × key
unique: [week, grain, key]
columns:
  week:
  grain: VARCHAR NOT NULL | - | model, family, vendor, bloc or tier
  key: VARCHAR NOT NULL | - | Name of the group; other is everything outside the daily top 50
  tokens:
  token_share:
  fresh_tokens:
  fresh_token_share: DOUBLE | fraction of fresh named tokens | fresh_tokens over those of all named models
  revenue_share_p10:
  revenue_share_p50:
  revenue_share_p90:
  revenue_share_mid: DOUBLE | fraction of priced revenue | Estimate in closed form, every input at its mid
  revenue_usd_p10:
  revenue_usd_p50:
  revenue_usd_p90:
  revenue_usd_mid:
  revenue_usd_min:
  revenue_usd_max:
  mid_over_p50:
  naive_half_usd:
  naive_three_to_one_usd:
  coverage: DOUBLE | fraction of the group's tokens | Tokens of models with a price
  conditional_coverage: DOUBLE | fraction of the group's tokens | Other prices for some prompts; NULL unknown
  calibration:
  revenue_method:
  unpriced_because:
accepted:
  grain: [model, family, vendor, bloc, tier]
  revenue_method: [observed_mix, class_prior, author_prior, unclassified, mixed]
  unpriced_because: [free, stealth, unlisted, no_catalogue, other, several]
checks:
  the median is within the band: >-
    revenue_share_p50 IS NULL
    OR (revenue_share_p10 <= revenue_share_p50 AND revenue_share_p50 <= revenue_share_p90)
  unpriced tokens have a reason: coverage IS NULL OR coverage = 1 OR unpriced_because IS NOT NULL
  token shares of a grain add up to one: >-
    SELECT week, grain FROM marts.dual_metric
    GROUP BY week, grain HAVING abs(sum(token_share) - 1) > 1e-9
---
*/
WITH market AS (
    SELECT
        week,
        fresh_tokens,
        revenue_usd_mid
    FROM core.group_week
    WHERE grain = 'market'
),

final AS (
    SELECT
        group_week.week,
        group_week.grain,
        group_week.key,
        group_week.tokens,
        cast(group_week.tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS token_share,
        group_week.fresh_tokens,
        group_week.fresh_tokens / nullif(market.fresh_tokens, 0) AS fresh_token_share,
        band.revenue_share_p10,
        band.revenue_share_p50,
        band.revenue_share_p90,
        group_week.revenue_usd_mid / nullif(market.revenue_usd_mid, 0) AS revenue_share_mid,
        band.revenue_usd_p10,
        band.revenue_usd_p50,
        band.revenue_usd_p90,
        group_week.revenue_usd_mid,
        group_week.revenue_usd_min,
        group_week.revenue_usd_max,
        group_week.revenue_usd_mid / nullif(band.revenue_usd_p50, 0) - 1 AS mid_over_p50,
        group_week.naive_half_usd,
        group_week.naive_three_to_one_usd,
        cast(group_week.priced_tokens AS DOUBLE) / nullif(group_week.tokens, 0) AS coverage,
        cast(group_week.conditional_tokens AS DOUBLE) / nullif(group_week.tokens, 0) AS conditional_coverage,
        group_week.calibration,
        group_week.revenue_method,
        group_week.unpriced_because
    FROM core.group_week
    INNER JOIN core.week ON group_week.week = week.week
    INNER JOIN market ON group_week.week = market.week
    LEFT JOIN core.revenue_band AS band
        ON
            group_week.week = band.week
            AND group_week.grain = band.grain
            AND group_week.key = band.key
    WHERE group_week.grain NOT IN ('series', 'market')
)

SELECT * FROM final
