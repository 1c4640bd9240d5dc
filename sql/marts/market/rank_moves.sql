/*
---
description: >-
  Models that entered or left the first N of a week, both weeks complete. A model that replaces its
  predecessor is neither an entry nor an exit.
empty: Empty until two weeks in a row are complete.
grain: week × top_n × model_permaslug
unique: [week, top_n, model_permaslug]
columns:
  week:
  top_n: BIGINT NOT NULL
  model_permaslug:
  author:
  bloc:
  move: VARCHAR NOT NULL | - | entered, re_entered within four weeks, succeeded (a predecessor), left
  reason: VARCHAR | - | Why it left (renamed, retired from the catalogue, below_cutoff); NULL if it entered
  linked_permaslug: VARCHAR | - | The predecessor of one that succeeded, the successor of one renamed
  rank:
  previous_rank:
  tokens: BIGINT
  previous_tokens: BIGINT | tokens | The week before; NULL if not listed then
  weeks_known: BIGINT NOT NULL | weeks | Complete weeks of the four before; with fewer, entered is uncertain
accepted:
  move: [entered, re_entered, succeeded, left]
  reason: [retired, renamed, below_cutoff]
checks:
  one side of a move is inside the list: >-
    (coalesce(rank, 1000) <= top_n) <> (coalesce(previous_rank, 1000) <= top_n)
  only models that left have a reason: (move = 'left') = (reason IS NOT NULL)
---
*/
WITH sizes AS (
    SELECT 10 AS top_n
    UNION ALL
    SELECT 20 AS top_n
    UNION ALL
    SELECT 50 AS top_n
),

compared_week AS (
    SELECT
        week.week,
        week.previous_week,
        cast(week.week - INTERVAL 28 DAY AS DATE) AS memory_begins
    FROM core.week
    INNER JOIN core.week AS previous ON week.previous_week = previous.week
    WHERE
        week.is_complete AND previous.is_complete
        AND week.source = 'daily_rows' AND previous.source = 'daily_rows'
),

memory AS (
    SELECT
        compared_week.week,
        past.week AS past_week
    FROM compared_week
    INNER JOIN core.week AS past
        ON compared_week.memory_begins <= past.week AND past.week < compared_week.week
    WHERE past.is_complete AND past.source = 'daily_rows'
),

known AS (
    SELECT
        week,
        count(*) AS weeks_known
    FROM memory
    GROUP BY week
),

best_past AS (
    SELECT
        memory.week,
        model_week.model_permaslug,
        min(model_week.rank) AS best_rank
    FROM memory
    INNER JOIN core.model_week ON memory.past_week = model_week.week
    GROUP BY memory.week, model_week.model_permaslug
),

catalogue_week AS (
    SELECT DISTINCT week FROM core.list_price
),

paired AS (
    SELECT
        now.week,
        compared_week.previous_week,
        now.model_permaslug,
        now.author,
        now.bloc,
        now.rank,
        previous.rank AS previous_rank,
        now.tokens,
        previous.tokens AS previous_tokens
    FROM compared_week
    INNER JOIN core.model_week AS now ON compared_week.week = now.week
    LEFT JOIN core.model_week AS previous
        ON
            compared_week.previous_week = previous.week
            AND now.model_permaslug = previous.model_permaslug
),

sized AS (
    SELECT
        paired.*,
        sizes.top_n,
        coalesce(paired.rank <= sizes.top_n, FALSE) AS is_in,
        coalesce(paired.previous_rank <= sizes.top_n, FALSE) AS was_in
    FROM paired
    CROSS JOIN sizes
),

explained AS (
    SELECT
        now.*,
        coalesce(best_past.best_rank <= now.top_n, FALSE) AS was_in_lately,
        predecessor.model_permaslug AS predecessor,
        coalesce(before.rank <= now.top_n, FALSE) AS predecessor_was_in,
        link.successor_permaslug AS successor,
        coalesce(after.rank <= now.top_n, FALSE) AS successor_is_in,
        catalogue_week.week IS NOT NULL
        AND offered.model_permaslug IS NULL
        AND offered_before.model_permaslug IS NOT NULL AS is_retired
    FROM sized AS now
    LEFT JOIN best_past
        ON
            now.week = best_past.week
            AND now.model_permaslug = best_past.model_permaslug
    LEFT JOIN reference.lineage AS predecessor ON now.model_permaslug = predecessor.successor_permaslug
    LEFT JOIN core.model_week AS before
        ON
            now.previous_week = before.week
            AND predecessor.model_permaslug = before.model_permaslug
    LEFT JOIN reference.lineage AS link ON now.model_permaslug = link.model_permaslug
    LEFT JOIN core.model_week AS after
        ON
            now.week = after.week
            AND link.successor_permaslug = after.model_permaslug
    LEFT JOIN catalogue_week ON now.week = catalogue_week.week
    LEFT JOIN core.list_price AS offered
        ON
            now.week = offered.week
            AND now.model_permaslug = offered.model_permaslug
    LEFT JOIN core.list_price AS offered_before
        ON
            now.previous_week = offered_before.week
            AND now.model_permaslug = offered_before.model_permaslug
    WHERE now.is_in <> now.was_in
),

final AS (
    SELECT
        explained.week,
        cast(explained.top_n AS BIGINT) AS top_n,
        explained.model_permaslug,
        explained.author,
        explained.bloc,
        CASE
            WHEN NOT explained.is_in THEN 'left'
            WHEN explained.predecessor_was_in THEN 'succeeded'
            WHEN explained.was_in_lately THEN 're_entered'
            ELSE 'entered'
        END AS move,
        CASE
            WHEN explained.is_in THEN NULL
            WHEN explained.successor_is_in THEN 'renamed'
            WHEN explained.is_retired THEN 'retired'
            ELSE 'below_cutoff'
        END AS reason,
        CASE
            WHEN explained.is_in AND explained.predecessor_was_in THEN explained.predecessor
            WHEN NOT explained.is_in AND explained.successor_is_in THEN explained.successor
        END AS linked_permaslug,
        explained.rank,
        explained.previous_rank,
        explained.tokens,
        explained.previous_tokens,
        known.weeks_known
    FROM explained
    INNER JOIN known ON explained.week = known.week
)

SELECT * FROM final
