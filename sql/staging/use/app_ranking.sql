/*
---
description: The apps of each response over all categories, with their tokens in the response's window.
grain: as_of × app_id
unique: [as_of, app_id]
columns:
  as_of:
  window_start:
  window_end:
  app_id:
  app_name:
  rank: BIGINT NOT NULL | place | Rank given by the source
  tokens:
  requests:
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
