/*
---
description: >-
  List prices that changed by 10% or more and again within the same week, so that the last catalogues of
  two weeks do not show them: of each model the largest such change. A change that
  is seen on a Monday or Tuesday counts for the week before.
grain: week × model_id
unique: [week, model_id]
columns:
  week: DATE NOT NULL | Monday | The ISO week in whose catalogues it is
  model_id:
  price:
  change:
  previous_usd:
  current_usd: DOUBLE NOT NULL | USD per million tokens | List price that did not stay
  since: DATE NOT NULL | UTC day | First catalogue with it
accepted:
  price: [prompt, completion, cache_read, cache_write]
---
*/
WITH dated AS (
    SELECT
        model_id,
        price,
        fetched_at,
        previous_usd,
        usd AS current_usd,
        usd / nullif(previous_usd, 0) - 1 AS change,
        cast(date_trunc('week', cast(fetched_at AS DATE) - INTERVAL 2 DAY) AS DATE) AS week
    FROM core.changing_price
    WHERE is_change
),

followed AS (
    SELECT
        *,
        abs(coalesce(change, cast(1 AS DOUBLE))) AS size,
        lead(fetched_at) OVER (PARTITION BY week, model_id, price ORDER BY fetched_at) AS changed_again_at
    FROM dated
),

ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, model_id ORDER BY size DESC, price, fetched_at
        ) AS place
    FROM followed
    WHERE changed_again_at IS NOT NULL AND size >= 0.1 - 1e-9
),

final AS (
    SELECT
        week,
        model_id,
        price,
        change,
        previous_usd,
        current_usd,
        cast(fetched_at AS DATE) AS since
    FROM ranked
    WHERE place = 1
)

SELECT * FROM final
