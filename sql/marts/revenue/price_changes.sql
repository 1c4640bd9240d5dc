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

-- The prices of a model when it was listed last, which count if that was in the previous catalogue.
listed AS (
    SELECT
        *,
        lag(week) OVER model AS last_week,
        lag(prompt_price) OVER model AS previous_prompt,
        lag(completion_price) OVER model AS previous_completion,
        lag(cache_read_price) OVER model AS previous_cache_read
    FROM staging.catalogue
    WINDOW model AS (PARTITION BY model_id ORDER BY week)
),

paired AS (
    SELECT
        listed.*,
        neighbours.previous_week
    FROM listed
    INNER JOIN neighbours ON listed.week = neighbours.week AND listed.last_week = neighbours.previous_week
),

changed AS (
    SELECT
        week,
        model_id,
        model_permaslug,
        'prompt' AS price,
        previous_week,
        previous_prompt AS previous_usd,
        prompt_price AS current_usd
    FROM paired
    WHERE prompt_price <> previous_prompt
    UNION ALL
    SELECT
        week,
        model_id,
        model_permaslug,
        'completion' AS price,
        previous_week,
        previous_completion AS previous_usd,
        completion_price AS current_usd
    FROM paired
    WHERE completion_price <> previous_completion
    UNION ALL
    SELECT
        week,
        model_id,
        model_permaslug,
        'cache_read' AS price,
        previous_week,
        previous_cache_read AS previous_usd,
        cache_read_price AS current_usd
    FROM paired
    WHERE cache_read_price <> previous_cache_read
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
