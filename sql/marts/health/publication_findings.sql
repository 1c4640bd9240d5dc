/*
---
description: >-
  Findings that block publication. Until every row is accepted by its name, the previously published
  database stays. An acceptance holds while the size keeps its sign and grows by no more than one
  percentage point.
empty: Empty where nothing blocks publication.
grain: name
unique: [name]
columns:
  name: VARCHAR NOT NULL | - | Name of the finding, for tokenhouse accept NAME
  reason: VARCHAR NOT NULL | - | Which rule is broken
  week:
  size: DOUBLE NOT NULL | fraction | Share of tokens, rows or days concerned; for total_move growth
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

response AS (
    SELECT
        week,
        date,
        as_of,
        count(*) AS rows_reported
    FROM staging.rankings_daily
    GROUP BY week, date, as_of
),

rows_of_week AS (
    SELECT
        week,
        sum(rows_reported) AS rows_reported
    FROM response
    GROUP BY week
),

-- Once a later response covers the day, earlier conflicts no longer matter.
conflict AS (
    SELECT
        conflict.week,
        conflict.as_of,
        count(*) AS rows_in_doubt
    FROM staging.rankings_conflict AS conflict
    INNER JOIN response
        ON conflict.date = response.date AND conflict.as_of = response.as_of
    GROUP BY conflict.week, conflict.as_of
),

-- A day that vanished and has returned counts by what it then has otherwise.
restated AS (
    SELECT
        restatements.week,
        restatements.later_as_of,
        sum(abs(restatements.difference)) / nullif(max(week.total_tokens), 0) AS size
    FROM marts.restatements
    INNER JOIN core.week ON restatements.week = week.week
    WHERE NOT restatements.has_returned
    GROUP BY restatements.week, restatements.later_as_of
),

found AS (
    SELECT
        'author_coverage' AS reason,
        week,
        '' AS instant,
        1 - cast(known_tokens AS DOUBLE) / nullif(tokens, 0) AS size
    FROM author_known
    WHERE known_tokens < 0.95 * tokens
    UNION ALL
    SELECT
        'price_coverage' AS reason,
        week,
        '' AS instant,
        1 - cast(known_tokens AS DOUBLE) / nullif(tokens, 0) AS size
    FROM price_known
    WHERE known_tokens < 0.9 * tokens
    UNION ALL
    SELECT
        'conflicting_keys' AS reason,
        conflict.week,
        '-' || strftime(conflict.as_of, '%Y%m%dT%H%M%SZ') AS instant,
        cast(conflict.rows_in_doubt AS DOUBLE) / nullif(rows_of_week.rows_reported, 0) AS size
    FROM conflict
    INNER JOIN rows_of_week ON conflict.week = rows_of_week.week
    UNION ALL
    SELECT
        'total_move' AS reason,
        week,
        '' AS instant,
        wow AS size
    FROM marts.weekly_total
    WHERE abs(wow) > 0.5 AND source = 'daily_rows'
    UNION ALL
    SELECT
        'restatement' AS reason,
        week,
        '-' || strftime(later_as_of, '%Y%m%dT%H%M%SZ') AS instant,
        cast(size AS DOUBLE) AS size
    FROM restated
    WHERE size > 0.005
    UNION ALL
    SELECT
        'shrunken_history' AS reason,
        published.week,
        '' AS instant,
        cast(published.days_seen - coalesce(week.days_seen, 0) AS DOUBLE) / 7 AS size
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
