/*
---
description: >-
  Median cost of a session by app, model and session length, from the newest response of each week. The
  window is the source's own, not an ISO week. Medians must not be added up.
empty: Empty until a run with a key has fetched the costs of sessions.
grain: week × app_slug × model_permaslug × session_length
unique: [week, app_slug, model_permaslug, session_length]
columns:
  week: DATE NOT NULL | Monday | The ISO week of the response
  as_of:
  window_start: DATE NOT NULL
  window_end: DATE NOT NULL
  app_name:
  app_slug:
  model_permaslug:
  author:
  session_length:
  median_session_cost_usd:
checks:
  a cost is not below zero: median_session_cost_usd >= 0
---
*/
WITH dated AS (
    SELECT
        *,
        cast(date_trunc('week', cast(as_of AS DATE)) AS DATE) AS week
    FROM staging.session_cost
),

-- One response counts for a week: the newest, and of one instant the one whose window ends last.
numbered AS (
    SELECT
        *,
        dense_rank() OVER (PARTITION BY week ORDER BY as_of DESC, window_end DESC, window_days) AS age_rank
    FROM dated
),

final AS (
    SELECT
        week,
        as_of,
        cast(window_end - INTERVAL 1 DAY * (window_days - 1) AS DATE) AS window_start,
        window_end,
        app_name,
        app_slug,
        model_permaslug,
        split_part(model_permaslug, '/', 1) AS author,
        session_length,
        median_session_cost_usd
    FROM numbered
    WHERE age_rank = 1
)

SELECT * FROM final
