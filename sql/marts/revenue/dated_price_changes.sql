/*
---
description: >-
  Every change of a list price between two catalogues, with the instants between which it happened. A
  change that was taken back within a week is here and not in marts.price_changes. With one catalogue
  per day the two instants are a day apart.
empty: Empty until two catalogues differ in a price.
grain: model_id × price × seen_at
unique: [model_id, price, seen_at]
columns:
  model_id:
  price:
  last_seen_before: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Last catalogue with the price before
  seen_at: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | First catalogue with the new price
  previous_usd:
  current_usd: DOUBLE NOT NULL | USD per million tokens | New list price
  change:
accepted:
  price: [prompt, completion, cache_read, cache_write]
checks:
  a change takes time: last_seen_before < seen_at
  the prices differ: current_usd <> previous_usd
---
*/
SELECT
    model_id,
    price,
    previous_at AS last_seen_before,
    fetched_at AS seen_at,
    previous_usd,
    usd AS current_usd,
    usd / nullif(previous_usd, 0) - 1 AS change
FROM core.changing_price
WHERE is_change
