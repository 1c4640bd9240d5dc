/*
---
description: >-
  What stands in the way of publishing a week. As long as a row is not accepted by its name, the
  database published before stays.
grain: name
unique: [name]
columns:
  name: VARCHAR NOT NULL | - | Name to accept it by, as in tokenhouse accept NAME
  reason: VARCHAR NOT NULL | - | Which rule is broken
  week: DATE NOT NULL | Monday | The ISO week concerned
  size: DOUBLE NOT NULL | fraction | How much is concerned, of the denominator named in the detail
  detail: VARCHAR NOT NULL | - | The finding in words
  is_accepted: BOOLEAN NOT NULL | - | Whether a person has accepted it
accepted:
  reason: [author_coverage, price_coverage, conflicting_keys, total_move, restatement, shrunken_history]
checks:
  nothing stands in the way of publication: is_accepted
---
*/
WITH author_known AS (
    SELECT
        model_week.week,
        sum(model_week.tokens) AS tokens,
        coalesce(sum(model_week.tokens) FILTER (
            WHERE model.is_stealth OR vendor.author IS NOT NULL
        ), 0) AS known_tokens
    FROM core.model_week
    INNER JOIN core.model ON model_week.model_permaslug = model.model_permaslug
    LEFT JOIN staging.vendor
        ON
            model.author = vendor.author
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

-- Answers of one instant must tell the same of a day: a row that only some of them hold makes all
-- of them doubtful.
told AS (
    SELECT
        vintage.date,
        vintage.as_of,
        count(DISTINCT answer.answer) AS answers
    FROM staging.rankings_vintage AS vintage
    INNER JOIN staging.rankings_answer AS answer
        ON
            vintage.as_of = answer.as_of
            AND answer.asked_from <= vintage.date
            AND vintage.date <= answer.asked_to
    GROUP BY vintage.date, vintage.as_of
),

conflict AS (
    SELECT
        vintage.week,
        count(*) AS keys
    FROM staging.rankings_vintage AS vintage
    INNER JOIN told
        ON
            vintage.date = told.date
            AND vintage.as_of = told.as_of
            AND vintage.answers < told.answers
    GROUP BY vintage.week
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
        'of the named tokens belong to authors that vendors.csv does not know' AS detail
    FROM author_known
    WHERE known_tokens < 0.95 * tokens
    UNION ALL
    SELECT
        'price_coverage' AS reason,
        week,
        '' AS instant,
        1 - cast(known_tokens AS DOUBLE) / nullif(tokens, 0) AS size,
        'of the named tokens are in no catalogue of the week' AS detail
    FROM price_known
    WHERE known_tokens < 0.9 * tokens
    UNION ALL
    SELECT
        'conflicting_keys' AS reason,
        week,
        '' AS instant,
        cast(keys AS DOUBLE) AS size,
        'rows differ between answers of the same instant (counted, not a fraction)' AS detail
    FROM conflict
    UNION ALL
    SELECT
        'total_move' AS reason,
        week,
        '' AS instant,
        wow AS size,
        'is the growth of all tokens on the week before' AS detail
    FROM marts.weekly_total
    WHERE abs(wow) > 0.5 AND source = 'daily_rows'
    UNION ALL
    SELECT
        'restatement' AS reason,
        week,
        '-' || strftime(later_as_of, '%Y%m%dT%H%M%SZ') AS instant,
        cast(size AS DOUBLE) AS size,
        'of the tokens of the week were told differently' AS detail
    FROM restated
    WHERE size > 0.005
    UNION ALL
    SELECT
        'shrunken_history' AS reason,
        published.week,
        '' AS instant,
        cast(published.days_seen - coalesce(week.days_seen, 0) AS DOUBLE) / 7 AS size,
        'of a week that was published is gone from the lake' AS detail
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
        named.detail,
        accepted.name IS NOT NULL AS is_accepted
    FROM named
    LEFT JOIN home.accepted ON named.name = accepted.name
)

SELECT * FROM final
