/*
---
description: >-
  Families that by their name may belong to a hand-kept series and stand in none that week: the same
  author as the series' members, and every word of its name in its order. A suggestion, never a join; add
  a row to warehouse/reference/series.csv, with its source, if it is right.
grain: week × series × family
unique: [week, series, family]
columns:
  week:
  series:
  family:
  tokens:
---
*/
WITH unlisted AS (
    SELECT
        model_week.week,
        model_week.author,
        model_week.family,
        '-' || split_part(model_week.family, '/', 2) || '-' AS words,
        cast(sum(model_week.tokens) AS BIGINT) AS tokens
    FROM core.model_week
    LEFT JOIN core.model_group AS member
        ON
            model_week.week = member.week
            AND model_week.model_permaslug = member.model_permaslug
            AND member.grain = 'series'
    WHERE model_week.tokens IS NOT NULL AND member.key IS NULL
    GROUP BY model_week.week, model_week.author, model_week.family
),

-- claude-opus is in claude-4.5-opus; gpt-5 is in gpt-5.6, but not in gpt-3.5.
series AS (
    SELECT DISTINCT
        series,
        split_part(family, '/', 1) AS author,
        '%-' || replace(series, '-', '%-') AS words
    FROM reference.series
),

final AS (
    SELECT
        unlisted.week,
        series.series,
        unlisted.family,
        unlisted.tokens
    FROM unlisted
    INNER JOIN series
        ON
            unlisted.author = series.author
            AND (unlisted.words LIKE series.words || '-%' OR unlisted.words LIKE series.words || '.%')
)

SELECT * FROM final
