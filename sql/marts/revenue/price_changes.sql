/*
---
description: >-
  List prices that differ between a week's catalogue and the previous one, for models in both. Weeks
  without a catalogue are skipped, and previous_week says when the old price was listed.
empty: Empty until the catalogues of two weeks differ in a price.
grain: week × model_id × price
unique: [week, model_id, price]
columns:
  week: DATE NOT NULL | Monday | The ISO week whose catalogue has the new price
  model_id:
  model_permaslug:
  price: VARCHAR NOT NULL | - | prompt, completion or cache_read
  previous_week: DATE NOT NULL | Monday | The newest earlier week with a catalogue
  previous_usd: DOUBLE NOT NULL | USD per million tokens | List price then
  current_usd: DOUBLE NOT NULL | USD per million tokens | List price now
  change: DOUBLE | fraction | current_usd over previous_usd, less one; NULL where the model was free
  kind: VARCHAR NOT NULL | - | rise, fall, became_free or became_paid
accepted:
  price: [prompt, completion, cache_read]
  kind: [rise, fall, became_free, became_paid]
checks:
  the prices differ: current_usd <> previous_usd
---
*/
WITH catalogue_week AS (
    SELECT DISTINCT week FROM staging.catalogue
),

neighbours AS (
    SELECT
        week,
        lag(week) OVER (ORDER BY week) AS previous_week
    FROM catalogue_week
),

price AS (
    SELECT
        week,
        model_id,
        'prompt' AS price,
        prompt_price AS usd
    FROM staging.catalogue
    UNION ALL
    SELECT
        week,
        model_id,
        'completion' AS price,
        completion_price AS usd
    FROM staging.catalogue
    UNION ALL
    SELECT
        week,
        model_id,
        'cache_read' AS price,
        cache_read_price AS usd
    FROM staging.catalogue
),

final AS (
    SELECT
        now.week,
        now.model_id,
        catalogue.model_permaslug,
        now.price,
        before.week AS previous_week,
        before.usd AS previous_usd,
        now.usd AS current_usd,
        now.usd / nullif(before.usd, 0) - 1 AS change,
        CASE
            WHEN now.usd = 0 THEN 'became_free'
            WHEN before.usd = 0 THEN 'became_paid'
            WHEN now.usd > before.usd THEN 'rise'
            ELSE 'fall'
        END AS kind
    FROM price AS now
    INNER JOIN neighbours ON now.week = neighbours.week
    INNER JOIN price AS before
        ON
            neighbours.previous_week = before.week
            AND now.model_id = before.model_id
            AND now.price = before.price
    INNER JOIN staging.catalogue
        ON
            now.week = catalogue.week
            AND now.model_id = catalogue.model_id
    WHERE now.usd <> before.usd
)

SELECT * FROM final
