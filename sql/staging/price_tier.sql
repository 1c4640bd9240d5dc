/*
---
description: The price tiers, by the 3:1 blend of a week's list prices.
grain: tier
unique: [tier]
columns:
  tier: VARCHAR NOT NULL | - | premium, mid or volume
  lowest_price_usd: DOUBLE NOT NULL | USD per million tokens | The tier begins here, included
  highest_price_usd: DOUBLE | USD per million tokens | It ends here, excluded; NULL is unbounded
  source: VARCHAR NOT NULL | - | Whose judgement
  recorded_on: DATE NOT NULL | day | When the row was written
---
*/
WITH final AS (
    SELECT
        tier,
        lowest_price_usd,
        lead(lowest_price_usd) OVER (ORDER BY lowest_price_usd) AS highest_price_usd,
        source,
        recorded_on
    FROM reference.price_tier
)

SELECT * FROM final
