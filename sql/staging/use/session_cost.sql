/*
---
description: >-
  The median cost of an app's sessions with a model, by session length, in each response's window.
grain: as_of × window_days × window_end × app_slug × model_permaslug × session_length
unique: [as_of, window_days, window_end, app_slug, model_permaslug, session_length]
columns:
  as_of:
  window_days:
  window_end: DATE NOT NULL
  app_name:
  app_slug:
  model_permaslug:
  session_length:
  median_session_cost_usd:
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
