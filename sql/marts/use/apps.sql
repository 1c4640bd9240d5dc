/*
---
description: >-
  The apps of a snapshot, as shares of the snapshot's own window and list, compared with the previous
  snapshot with a window of the same length. It shows how much of the traffic the largest app explains.
empty: Empty until a run with a key has fetched the rankings of apps.
grain: as_of × app_id
unique: [as_of, app_id]
columns:
  as_of:
  week: DATE NOT NULL | Monday | The ISO week of the response
  window_start:
  window_end:
  app_id:
  app_name:
  rank: BIGINT NOT NULL | place | Rank given by the source
  tokens:
  requests:
  share_of_listed: DOUBLE | fraction of the listed apps | tokens over those of all apps in the response
  is_largest: BOOLEAN NOT NULL | - | Whether no app of the response has more tokens
  previous_as_of: TIMESTAMP WITH TIME ZONE | UTC | The previous response; NULL if there is none
  share_change: DOUBLE | fraction of the listed apps | share_of_listed less that of the previous response
  previous_rank: BIGINT | place | Rank in the previous response; NULL if not listed there
---
*/
WITH responses AS (
    SELECT
        as_of,
        cast(sum(tokens) AS BIGINT) AS listed_tokens,
        max(tokens) AS largest_tokens
    FROM staging.app_ranking
    GROUP BY as_of
),

neighbours AS (
    SELECT
        as_of,
        listed_tokens,
        largest_tokens,
        lag(as_of) OVER (ORDER BY as_of) AS previous_as_of
    FROM responses
),

final AS (
    SELECT
        listed.as_of,
        cast(date_trunc('week', cast(listed.as_of AS DATE)) AS DATE) AS week,
        listed.window_start,
        listed.window_end,
        listed.app_id,
        listed.app_name,
        listed.rank,
        listed.tokens,
        listed.requests,
        cast(listed.tokens AS DOUBLE) / nullif(neighbours.listed_tokens, 0) AS share_of_listed,
        listed.tokens = neighbours.largest_tokens AS is_largest,
        neighbours.previous_as_of,
        cast(listed.tokens AS DOUBLE) / nullif(neighbours.listed_tokens, 0)
        - cast(before.tokens AS DOUBLE) / nullif(earlier.listed_tokens, 0) AS share_change,
        before.rank AS previous_rank
    FROM staging.app_ranking AS listed
    INNER JOIN neighbours ON listed.as_of = neighbours.as_of
    LEFT JOIN responses AS earlier ON neighbours.previous_as_of = earlier.as_of
    LEFT JOIN staging.app_ranking AS before
        ON
            neighbours.previous_as_of = before.as_of
            AND listed.app_id = before.app_id
)

SELECT * FROM final
