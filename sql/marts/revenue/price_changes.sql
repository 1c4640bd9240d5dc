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

pair AS (
    SELECT
        now.week,
        now.model_id,
        now.model_permaslug,
        before.week AS previous_week,
        before.prompt_price AS previous_prompt_price,
        now.prompt_price,
        before.completion_price AS previous_completion_price,
        now.completion_price,
        before.cache_read_price AS previous_cache_read_price,
        now.cache_read_price
    FROM staging.catalogue AS now
    INNER JOIN neighbours ON now.week = neighbours.week
    INNER JOIN staging.catalogue AS before
        ON
            neighbours.previous_week = before.week
            AND now.model_id = before.model_id
),

changed AS (
    SELECT
        week,
        model_id,
        model_permaslug,
        'prompt' AS price,
        previous_week,
        previous_prompt_price AS previous_usd,
        prompt_price AS current_usd
    FROM pair
    WHERE prompt_price <> previous_prompt_price
    UNION ALL
    SELECT
        week,
        model_id,
        model_permaslug,
        'completion' AS price,
        previous_week,
        previous_completion_price AS previous_usd,
        completion_price AS current_usd
    FROM pair
    WHERE completion_price <> previous_completion_price
    UNION ALL
    SELECT
        week,
        model_id,
        model_permaslug,
        'cache_read' AS price,
        previous_week,
        previous_cache_read_price AS previous_usd,
        cache_read_price AS current_usd
    FROM pair
    WHERE cache_read_price <> previous_cache_read_price
),

final AS (
    SELECT
        week,
        model_id,
        model_permaslug,
        price,
        previous_week,
        previous_usd,
        current_usd,
        current_usd / nullif(previous_usd, 0) - 1 AS change,
        CASE
            WHEN current_usd = 0 THEN 'became_free'
            WHEN previous_usd = 0 THEN 'became_paid'
            WHEN current_usd > previous_usd THEN 'rise'
            ELSE 'fall'
        END AS kind
    FROM changed
)

SELECT * FROM final
