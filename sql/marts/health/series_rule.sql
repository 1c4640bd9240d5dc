/*
---
description: >-
  The rules of warehouse/reference/series.csv with what fits them in rankings and catalogues. A rule
  that nothing fits, or that shares a family with another rule, needs a look.
grain: series × author × pattern × valid_from
unique: [series, author, pattern, valid_from]
columns:
  series: VARCHAR NOT NULL | - | Series of the rule; none if what fits belongs to no series
  author:
  pattern:
  valid_from:
  valid_before:
  families: BIGINT NOT NULL | families | Families that fit
  shared_families: BIGINT NOT NULL | families | Those that fit another rule as well at the same time
  shared_family: VARCHAR | - | The first of them by name
  other_series: VARCHAR | - | A series whose rule it fits too
---
*/
WITH shared AS (
    SELECT
        own.series,
        own.author,
        own.pattern,
        own.valid_from,
        own.family,
        min(other.series) AS other_series
    FROM core.series_fit AS own
    INNER JOIN core.series_fit AS other
        ON
            own.family = other.family
            AND own.valid_from < other.valid_before
            AND other.valid_from < own.valid_before
            AND (
                own.series <> other.series OR own.pattern <> other.pattern
                OR own.valid_from <> other.valid_from
            )
    GROUP BY own.series, own.author, own.pattern, own.valid_from, own.family
),

final AS (
    SELECT
        rule.series,
        rule.author,
        rule.pattern,
        rule.valid_from,
        rule.valid_before,
        count(fit.family) AS families,
        count(shared.family) AS shared_families,
        min(shared.family) AS shared_family,
        min_by(shared.other_series, shared.family) AS other_series
    FROM reference.series AS rule
    LEFT JOIN core.series_fit AS fit
        ON
            rule.series = fit.series
            AND rule.author = fit.author
            AND rule.pattern = fit.pattern
            AND rule.valid_from = fit.valid_from
    LEFT JOIN shared
        ON
            fit.series = shared.series
            AND fit.author = shared.author
            AND fit.pattern = shared.pattern
            AND fit.valid_from = shared.valid_from
            AND fit.family = shared.family
    GROUP BY rule.series, rule.author, rule.pattern, rule.valid_from, rule.valid_before
)

SELECT * FROM final
