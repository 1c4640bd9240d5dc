/*
---
description: >-
  Families that by their name may belong to a hand-kept series and stand in none: the same author as
  the series' members, and every word of its name. A suggestion, never a join; add a row to
  warehouse/reference/series.csv, with its source, if it is right.
grain: week × series × family
unique: [week, series, family]
columns:
  week: DATE NOT NULL | Monday | The ISO week, UTC
  series: VARCHAR NOT NULL | - | Name of the series
  family: VARCHAR NOT NULL | - | The slug without variant and date
  tokens: BIGINT NOT NULL | tokens | Tokens of its listed models
---
*/
WITH unlisted AS (
    SELECT
        model_week.week,
        model_week.author,
        model_week.family,
        '-' || replace(split_part(model_week.family, '/', 2), '.', '-') || '-' AS words,
        cast(sum(model_week.tokens) AS BIGINT) AS tokens
    FROM core.model_week
    LEFT JOIN staging.series ON model_week.family = series.family
    WHERE model_week.tokens IS NOT NULL AND series.family IS NULL
    GROUP BY model_week.week, model_week.author, model_week.family
),

series AS (
    SELECT DISTINCT
        series,
        split_part(family, '/', 1) AS author,
        replace(series, '.', '-') AS words
    FROM staging.series
),

word AS (
    SELECT
        series.series,
        series.author,
        split_part(series.words, '-', number.number) AS word
    FROM series
    INNER JOIN staging.number
        ON number.number <= 1 + length(series.words) - length(replace(series.words, '-', ''))
),

final AS (
    SELECT
        unlisted.week,
        word.series,
        unlisted.family,
        max(unlisted.tokens) AS tokens
    FROM unlisted
    INNER JOIN word ON unlisted.author = word.author
    GROUP BY unlisted.week, word.series, unlisted.family
    HAVING bool_and(unlisted.words LIKE '%-' || word.word || '-%')
)

SELECT * FROM final
