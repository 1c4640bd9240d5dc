/*
---
description: Price tiers by the 3:1 blend of a week's list prices. All tiers change on the same day.
grain: tier × valid_from
unique: [tier, valid_from]
columns:
  tier: VARCHAR NOT NULL | - | premium, mid or volume
  lowest_price_usd: DOUBLE NOT NULL | USD per million tokens | Lower limit of the tier, included
  highest_price_usd: DOUBLE | USD per million tokens | Upper limit of the tier, excluded; NULL is unbounded
  source:
  recorded_on:
  valid_from:
  valid_before:
checks:
  the period is not empty: valid_from < valid_before
---
*/
WITH final AS (
    SELECT
        tier,
        lowest_price_usd,
        lead(lowest_price_usd) OVER (PARTITION BY valid_from ORDER BY lowest_price_usd)
            AS highest_price_usd,
        source,
        recorded_on,
        valid_from,
        valid_before
    FROM reference.price_tier
)

SELECT * FROM final
