/*
---
description: >-
  The listed models with a score on the Epoch Capabilities Index (Epoch AI, CC BY 4.0), with price and use,
  and whether any of them scores as high for less.
grain: week × base_permaslug
unique: [week, base_permaslug]
columns:
  week:
  base_permaslug:
  capability: DOUBLE NOT NULL
  prompt_price:
  tokens:
  share:
  is_on_front: BOOLEAN NOT NULL | - | Whether none of them is as good and cheaper, or better at the price
checks:
  what is on the front has a price: NOT is_on_front OR prompt_price > 0
---
*/
WITH indexed AS (
    SELECT *
    FROM core.indexed_model
    WHERE is_of_newest_year
),

beaten AS (
    SELECT DISTINCT
        model.week,
        model.base_permaslug
    FROM indexed AS model
    INNER JOIN indexed AS other
        ON
            model.week = other.week
            AND model.capability <= other.capability
            AND model.prompt_price >= other.prompt_price
            AND other.prompt_price > 0
            AND (model.capability < other.capability OR model.prompt_price > other.prompt_price)
)

SELECT
    model.week,
    model.base_permaslug,
    model.capability,
    model.prompt_price,
    model.tokens,
    cast(model.tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS share,
    coalesce(model.prompt_price > 0, FALSE) AND beaten.week IS NULL AS is_on_front
FROM indexed AS model
INNER JOIN core.week ON model.week = week.week AND week.source = 'daily_rows'
LEFT JOIN beaten ON model.week = beaten.week AND model.base_permaslug = beaten.base_permaslug
