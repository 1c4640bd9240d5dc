/*
---
description: >-
  The median cost of an app's sessions on a model, by their length, in the window of each answer.
grain: as_of × window_days × window_end × app_slug × model_permaslug × session_length
unique: [as_of, window_days, window_end, app_slug, model_permaslug, session_length]
columns:
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant of the answer
  window_days: BIGINT NOT NULL | days | Length of its window
  window_end: DATE NOT NULL | UTC day | Last day of its window
  app_name: VARCHAR NOT NULL | - | Name of the app
  app_slug: VARCHAR NOT NULL | - | The source's key of the app
  model_permaslug: VARCHAR NOT NULL | - | Model as on the wire, with its :variant
  session_length: VARCHAR NOT NULL | turns | Range of turns as the source names it, such as 2-9-turns
  median_session_cost_usd: DOUBLE NOT NULL | USD | Median cost of a session
---
*/
SELECT
    as_of,
    window_days,
    window_end,
    max(app_name) AS app_name,
    app_slug,
    model_permaslug,
    turn_range AS session_length,
    max(median_session_cost_usd) AS median_session_cost_usd
FROM lake.session_costs
GROUP BY as_of, window_days, window_end, app_slug, model_permaslug, turn_range
