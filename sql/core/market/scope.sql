/*
---
description: The sets of listed models for which shares are computed, each in its own week.
grain: scope
unique: [scope]
columns:
  scope:
  lowest_rank: INTEGER | place | Last rank within the scope; NULL is all listed models
  width: INTEGER NOT NULL | place | Order from the widest scope on; 1 is reserved for all tokens
accepted:
  scope: [named, top20, top10, top9]
---
*/
WITH final AS (
    SELECT
        'named' AS scope,
        cast(NULL AS INTEGER) AS lowest_rank,
        2 AS width
    UNION ALL
    SELECT
        'top20' AS scope,
        20 AS lowest_rank,
        3 AS width
    UNION ALL
    SELECT
        'top10' AS scope,
        10 AS lowest_rank,
        4 AS width
    UNION ALL
    SELECT
        'top9' AS scope,
        9 AS lowest_rank,
        5 AS width
)

SELECT * FROM final
