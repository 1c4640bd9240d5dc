/*
---
description: >-
  Where the week's growth came from, in percentage points of last week's total. The five terms add
  up to it exactly. A model and its predecessor count as one, so a rename is no entry and no exit.
empty: Empty until two weeks in a row are complete.
grain: week × term
unique: [week, term]
columns:
  week:
  term: VARCHAR NOT NULL | - | risers, fallers, entries to and exits from the listed models, other
  percentage_points: DOUBLE NOT NULL | percentage points of last week's total | The term's part of growth
  tokens:
  models: BIGINT NOT NULL | models | Number of models in the term; 0 for other
accepted:
  term: [risers, fallers, entries, exits, other]
checks:
  the terms add up to the growth: >-
    SELECT term.week FROM marts.growth_decomposition AS term
    INNER JOIN marts.weekly_total AS total ON term.week = total.week
    GROUP BY term.week, total.wow
    HAVING coalesce(abs(sum(term.percentage_points) - 100 * total.wow), 1) > 1e-9
---
*/
WITH compared_week AS (
    SELECT
        week.week,
        week.previous_week,
        previous.total_tokens AS previous_total,
        week.other_tokens - previous.other_tokens AS other_change
    FROM core.week
    INNER JOIN core.week AS previous ON week.previous_week = previous.week
    WHERE
        week.is_complete AND previous.is_complete
        AND week.source = 'daily_rows' AND previous.source = 'daily_rows'
),

moved AS (
    SELECT
        week,
        CASE
            WHEN previous_tokens = 0 THEN 'entries'
            WHEN tokens = 0 THEN 'exits'
            WHEN tokens >= previous_tokens THEN 'risers'
            ELSE 'fallers'
        END AS term,
        tokens - previous_tokens AS change
    FROM core.growth_line
),

terms AS (
    SELECT 'risers' AS term
    UNION ALL
    SELECT 'fallers' AS term
    UNION ALL
    SELECT 'entries' AS term
    UNION ALL
    SELECT 'exits' AS term
    UNION ALL
    SELECT 'other' AS term
),

summed AS (
    SELECT
        week,
        term,
        sum(change) AS change,
        count(*) AS models
    FROM moved
    GROUP BY week, term
),

final AS (
    SELECT
        compared_week.week,
        terms.term,
        100 * cast(
            CASE WHEN terms.term = 'other' THEN compared_week.other_change ELSE coalesce(summed.change, 0) END
            AS DOUBLE
        ) / nullif(compared_week.previous_total, 0) AS percentage_points,
        cast(
            CASE WHEN terms.term = 'other' THEN compared_week.other_change ELSE coalesce(summed.change, 0) END
            AS BIGINT
        ) AS tokens,
        coalesce(summed.models, 0) AS models
    FROM compared_week
    CROSS JOIN terms
    LEFT JOIN summed ON compared_week.week = summed.week AND terms.term = summed.term
)

SELECT * FROM final
