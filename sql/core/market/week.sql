/*
---
description: Every known week, from daily rows if the lake has them, otherwise from the published total.
grain: week
unique: [week]
columns:
  week:
  previous_week:
  source: VARCHAR NOT NULL | - | daily_rows, or published_total where the lake has no rows
  total_tokens:
  named_tokens:
  other_tokens:
  cutoff_tokens: BIGINT | tokens | Sum of each day's smallest listed value; no unlisted model has more
  days_seen:
  is_complete:
  as_of: TIMESTAMP WITH TIME ZONE | UTC | Newest response among the days; NULL without daily rows
  as_of_is_exact:
accepted:
  source: [daily_rows, published_total]
checks:
  named and other add up to the total: total_tokens = coalesce(named_tokens + other_tokens, total_tokens)
  a week has one to seven days: days_seen BETWEEN 1 AND 7
---
*/
WITH from_rows AS (
    SELECT
        week,
        'daily_rows' AS source,
        cast(sum(total_tokens) AS BIGINT) AS total_tokens,
        cast(sum(named_tokens) AS BIGINT) AS named_tokens,
        cast(sum(other_tokens) AS BIGINT) AS other_tokens,
        cast(sum(cutoff_tokens) AS BIGINT) AS cutoff_tokens,
        count(*) AS days_seen,
        max(as_of) AS as_of,
        bool_and(as_of_is_exact) AS as_of_is_exact
    FROM core.day
    GROUP BY week
),

from_history AS (
    SELECT
        history.week,
        'published_total' AS source,
        history.total_tokens,
        cast(NULL AS BIGINT) AS named_tokens,
        cast(NULL AS BIGINT) AS other_tokens,
        cast(NULL AS BIGINT) AS cutoff_tokens,
        CASE
            WHEN history.missing_days IS NULL THEN 7
            ELSE 6 - length(history.missing_days) + length(replace(history.missing_days, ';', ''))
        END AS days_seen,
        cast(NULL AS TIMESTAMPTZ) AS as_of,
        cast(NULL AS BOOLEAN) AS as_of_is_exact
    FROM reference.weekly_total_history AS history
    LEFT JOIN from_rows ON history.week = from_rows.week
    WHERE from_rows.week IS NULL
),

known AS (
    SELECT * FROM from_rows
    UNION ALL
    SELECT * FROM from_history
),

final AS (
    SELECT
        week,
        cast(week - INTERVAL 7 DAY AS DATE) AS previous_week,
        source,
        total_tokens,
        named_tokens,
        other_tokens,
        cutoff_tokens,
        days_seen,
        days_seen = 7 AS is_complete,
        as_of,
        as_of_is_exact
    FROM known
)

SELECT * FROM final
