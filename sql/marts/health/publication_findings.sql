/*
---
description: >-
  Findings that block publication. Until every row is accepted by its name, the previously published
  database stays. An acceptance holds while the size keeps its sign and grows by no more than one
  percentage point.
grain: name
unique: [name]
columns:
  name: VARCHAR NOT NULL | - | Name of the finding, for tokenhouse accept NAME
  reason: VARCHAR NOT NULL | - | Which rule is broken
  week:
  size: DOUBLE NOT NULL | fraction | Size of the finding, in terms of its reason
  detail: VARCHAR NOT NULL | - | The finding in words, with its size
  is_accepted: BOOLEAN NOT NULL | - | Whether a person has accepted it, at about this size
accepted:
  reason: [author_coverage, price_coverage, conflicting_keys, total_move, restatement, shrunken_history]
checks:
  gate: is_accepted
---
*/
WITH author_known AS (
    SELECT
        model_week.week,
        sum(model_week.tokens) AS tokens,
        coalesce(sum(model_week.tokens) FILTER (
            WHERE model_week.bloc = 'STEALTH' OR vendor.author IS NOT NULL
        ), 0) AS known_tokens
    FROM core.model_week
    LEFT JOIN staging.vendor
        ON
            model_week.author = vendor.author
            AND model_week.week >= vendor.valid_from
            AND model_week.week < vendor.valid_before
    WHERE model_week.tokens IS NOT NULL
    GROUP BY model_week.week
),

-- Catalogues of 2025 do not name the slug that the rankings use: their prices cannot be judged.
priced_week AS (
    SELECT week
    FROM staging.catalogue
    GROUP BY week
    HAVING bool_or(slug_is_canonical)
),

price_known AS (
    SELECT
        model_week.week,
        sum(model_week.tokens) AS tokens,
        coalesce(sum(model_week.tokens) FILTER (WHERE list_price.week IS NOT NULL), 0) AS known_tokens
    FROM core.model_week
    INNER JOIN priced_week ON model_week.week = priced_week.week
    LEFT JOIN core.list_price
        ON
            model_week.week = list_price.week
            AND model_week.model_permaslug = list_price.model_permaslug
    WHERE model_week.tokens IS NOT NULL
    GROUP BY model_week.week
),

kept_answer AS (
    SELECT
        week,
        date,
        as_of,
        count(*) AS rows_told
    FROM staging.rankings_daily
    GROUP BY week, date, as_of
),

rows_of_week AS (
    SELECT
        week,
        sum(rows_told) AS rows_told
    FROM kept_answer
    GROUP BY week
),

-- Once a later response covers the day, earlier conflicts no longer matter.
conflict AS (
    SELECT
        conflict.week,
        conflict.as_of,
        count(*) AS rows_in_doubt
    FROM staging.rankings_conflict AS conflict
    INNER JOIN kept_answer
        ON conflict.date = kept_answer.date AND conflict.as_of = kept_answer.as_of
    GROUP BY conflict.week, conflict.as_of
),

restated AS (
    SELECT
        restatements.week,
        restatements.later_as_of,
        sum(abs(restatements.difference)) / nullif(max(week.total_tokens), 0) AS size
    FROM marts.restatements
    INNER JOIN core.week ON restatements.week = week.week
    GROUP BY restatements.week, restatements.later_as_of
),

found AS (
    SELECT
        'author_coverage' AS reason,
        week,
        '' AS instant,
        1 - cast(known_tokens AS DOUBLE) / nullif(tokens, 0) AS size,
        '% of the named tokens belong to authors that vendors.csv does not know' AS detail
    FROM author_known
    WHERE known_tokens < 0.95 * tokens
    UNION ALL
    SELECT
        'price_coverage' AS reason,
        week,
        '' AS instant,
        1 - cast(known_tokens AS DOUBLE) / nullif(tokens, 0) AS size,
        '% of the named tokens are in no catalogue of the week' AS detail
    FROM price_known
    WHERE known_tokens < 0.9 * tokens
    UNION ALL
    SELECT
        'conflicting_keys' AS reason,
        conflict.week,
        '-' || strftime(conflict.as_of, '%Y%m%dT%H%M%SZ') AS instant,
        cast(conflict.rows_in_doubt AS DOUBLE) / nullif(rows_of_week.rows_told, 0) AS size,
        'answers of one instant differ in rows of the week: '
        || cast(conflict.rows_in_doubt AS VARCHAR) || ' of '
        || cast(rows_of_week.rows_told AS VARCHAR) AS detail
    FROM conflict
    INNER JOIN rows_of_week ON conflict.week = rows_of_week.week
    UNION ALL
    SELECT
        'total_move' AS reason,
        week,
        '' AS instant,
        wow AS size,
        '% is the growth of all tokens on the week before' AS detail
    FROM marts.weekly_total
    WHERE abs(wow) > 0.5 AND source = 'daily_rows'
    UNION ALL
    SELECT
        'restatement' AS reason,
        week,
        '-' || strftime(later_as_of, '%Y%m%dT%H%M%SZ') AS instant,
        cast(size AS DOUBLE) AS size,
        '% of the tokens of the week were told differently than before' AS detail
    FROM restated
    WHERE size > 0.005
    UNION ALL
    SELECT
        'shrunken_history' AS reason,
        published.week,
        '' AS instant,
        cast(published.days_seen - coalesce(week.days_seen, 0) AS DOUBLE) / 7 AS size,
        'days of a published week are gone from the lake: '
        || cast(published.days_seen - coalesce(week.days_seen, 0) AS VARCHAR)
        || ' of 7' AS detail
    FROM home.published_week AS published
    LEFT JOIN core.week ON published.week = week.week AND week.source = 'daily_rows'
    WHERE coalesce(week.days_seen, 0) < published.days_seen
),

named AS (
    SELECT
        *,
        reason || '-' || cast(week AS VARCHAR) || instant AS name
    FROM found
),

final AS (
    SELECT
        named.name,
        named.reason,
        named.week,
        named.size,
        CASE
            WHEN substring(named.detail, 1, 1) = '%'
                THEN cast(round(100 * named.size, 2) AS VARCHAR) || named.detail
            ELSE named.detail
        END AS detail,
        accepted.name IS NOT NULL AS is_accepted
    FROM named
    LEFT JOIN home.accepted
        ON
            named.name = accepted.name
            AND (
                accepted.size IS NULL  -- accepted by a version that stored no size
                OR (
                    sign(named.size) = sign(accepted.size)
                    AND abs(named.size) <= abs(accepted.size) + 0.01
                )
            )
)

SELECT * FROM final
