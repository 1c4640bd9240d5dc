/*
---
description: >-
  The families that belong to a series in a week, and those that may belong to it. A family may belong if
  it fits no rule of its author, or rules of several series. The series is incomplete from the week in
  which such a family is first listed.
grain: week × series × family
unique: [week, series, family]
columns:
  week:
  series:
  family:
  membership:
  tokens: BIGINT NOT NULL | tokens | Listed tokens of the family; 0 in a week in which it is not listed
accepted:
  membership: [sure, no_rule, several_series]
---
*/
WITH listed AS (
    SELECT
        week,
        author,
        family,
        cast(sum(tokens) AS BIGINT) AS tokens
    FROM core.model_week
    WHERE tokens IS NOT NULL
    GROUP BY week, author, family
),

first_listed AS (
    SELECT
        author,
        family,
        min(week) AS week
    FROM listed
    GROUP BY author, family
),

-- Every family from its first week on, with every series that its author has in that week.
candidate AS (
    SELECT DISTINCT
        week.week,
        rule.series,
        first_listed.family
    FROM first_listed
    INNER JOIN core.week ON first_listed.week <= week.week AND week.source = 'daily_rows'
    INNER JOIN reference.series AS rule
        ON
            first_listed.author = rule.author
            AND rule.valid_from <= week.week
            AND week.week < rule.valid_before
    WHERE rule.series <> 'none'
),

fitted AS (
    SELECT DISTINCT
        week.week,
        fit.family,
        fit.series
    FROM core.series_fit AS fit
    INNER JOIN core.week ON fit.valid_from <= week.week AND week.week < fit.valid_before
),

counted AS (
    SELECT
        week,
        family,
        count(*) AS series
    FROM fitted
    GROUP BY week, family
),

judged AS (
    SELECT
        candidate.week,
        candidate.series,
        candidate.family,
        CASE
            WHEN counted.series IS NULL THEN 'no_rule'
            WHEN fitted.series IS NOT NULL AND counted.series = 1 THEN 'sure'
            WHEN fitted.series IS NOT NULL THEN 'several_series'
        END AS membership,
        listed.tokens
    FROM candidate
    LEFT JOIN counted ON candidate.week = counted.week AND candidate.family = counted.family
    LEFT JOIN fitted
        ON
            candidate.week = fitted.week
            AND candidate.family = fitted.family
            AND candidate.series = fitted.series
    LEFT JOIN listed ON candidate.week = listed.week AND candidate.family = listed.family
),

final AS (
    SELECT
        week,
        series,
        family,
        membership,
        coalesce(tokens, 0) AS tokens
    FROM judged
    WHERE membership IS NOT NULL AND (tokens IS NOT NULL OR membership <> 'sure')
)

SELECT * FROM final
