/*
---
description: The apps of each answer over all categories, with their tokens of the answer's window.
grain: as_of × app_id
unique: [as_of, app_id]
columns:
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant of the answer
  window_start: DATE | UTC day | First day of the window; NULL where the answer does not say
  window_end: DATE | UTC day | Last day of the window; NULL where the answer does not say
  app_id: BIGINT NOT NULL | - | The source's number of the app
  app_name: VARCHAR NOT NULL | - | Its name
  rank: BIGINT NOT NULL | place | As the source ranks it
  tokens: BIGINT NOT NULL | tokens | Tokens of the window
  requests: BIGINT NOT NULL | requests | Requests of the window
---
*/
SELECT DISTINCT
    as_of,
    window_start,
    window_end,
    app_id,
    app_name,
    rank,
    total_tokens AS tokens,
    total_requests AS requests
FROM lake.app_rankings
WHERE category = 'all'
