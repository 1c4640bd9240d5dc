/*
---
description: >-
  Revenue of every group of models as a band over many draws of the unknown inputs: the mix of
  tokens, the instants of price changes, the share of cache writes, and discounts. Each share is of the same
  draw's market.
grain: week × grain × key
unique: [week, grain, key]
function: revenue_bands
columns:
  week:
  grain:
  key:
  revenue_usd_p10: DOUBLE NOT NULL
  revenue_usd_p50: DOUBLE NOT NULL
  revenue_usd_p90: DOUBLE NOT NULL
  revenue_share_p10:
  revenue_share_p50:
  revenue_share_p90:
checks:
  the dollars are in order: revenue_usd_p10 <= revenue_usd_p50 AND revenue_usd_p50 <= revenue_usd_p90
---
*/
WITH final AS (
    SELECT
        member.week,
        member.grain,
        member.key,
        member.model_permaslug,
        value.base_permaslug,
        coalesce(part.part, 0) AS part,
        coalesce(part.tokens, value.tokens) * value.calibration AS tokens,
        value.unpriced_because IS NULL AS is_priced,
        part.side = 'before' AS is_before_change,
        part.part_from,
        part.part_to,
        part.change_seen_at,
        part.changed_after,
        part.changed_before,
        part.prompt_price,
        part.completion_price,
        part.cache_read_price,
        value.cache_write_multiplier,
        value.prompt_share_low,
        value.prompt_share_mid,
        value.prompt_share_high,
        value.cached_share_low,
        value.cached_share_mid,
        value.cached_share_high,
        parameter.draws,
        parameter.seed,
        parameter.share_floor,
        parameter.share_ceiling,
        parameter.common_cache_weight,
        parameter.write_share_low,
        parameter.write_share_mid,
        parameter.write_share_high,
        parameter.discount_low,
        parameter.discount_high
    FROM core.model_group AS member
    INNER JOIN core.model_value AS value
        ON
            member.week = value.week
            AND member.model_permaslug = value.model_permaslug
    LEFT JOIN core.price_part AS part
        ON
            value.week = part.week
            AND value.model_permaslug = part.model_permaslug
    CROSS JOIN core.parameter
    -- Free and stealth earn nothing; a row without a known price has no revenue at all.
    WHERE value.revenue_usd_mid IS NOT NULL
)

SELECT * FROM final
ORDER BY week, grain, key, model_permaslug, part
