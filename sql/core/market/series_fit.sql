/*
---
description: >-
  The families of rankings and catalogues that fit the rules of series. In a pattern, * stands for
  anything, and a space separates alternatives. A family that fits an exception of the rule is left out.
grain: series × author × pattern × valid_from × family
unique: [series, author, pattern, valid_from, family]
columns:
  series: VARCHAR NOT NULL | - | Series of the rule; none if what fits belongs to no series
  author:
  pattern:
  valid_from:
  valid_before:
  family:
---
*/
WITH rule AS (
    SELECT
        series,
        author,
        pattern,
        valid_from,
        valid_before,
        '^(' || replace(replace(replace(pattern, '.', '[.]'), '*', '.*'), ' ', '|') || ')$' AS expression,
        '^(' || replace(replace(replace(but_not, '.', '[.]'), '*', '.*'), ' ', '|') || ')$' AS exception
    FROM reference.series
),

family AS (
    SELECT DISTINCT
        author,
        family,
        split_part(family, '/', 2) AS name
    FROM core.model
),

final AS (
    SELECT
        rule.series,
        rule.author,
        rule.pattern,
        rule.valid_from,
        rule.valid_before,
        family.family
    FROM rule
    INNER JOIN family ON rule.author = family.author
    WHERE
        regexp_matches(family.name, rule.expression)
        AND NOT coalesce(regexp_matches(family.name, rule.exception), FALSE)
)

SELECT * FROM final
