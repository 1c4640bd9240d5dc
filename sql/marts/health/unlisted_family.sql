/*
---
description: >-
  Families that are in no series in a week but may belong to one by their name: the author is that of
  the series, and the name contains the words of the series in order. A suggestion only: if it is
  right, add a row to warehouse/reference/series.csv, with its source.
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
