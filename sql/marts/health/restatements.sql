/*
---
description: >-
  What the source has reported differently about a past day: changed values, new and vanished rows,
  and days that vanished or returned, between each response and the next one that covers the day. A day
  that is first reported late is not a restatement, nor is one that returns with the values it had.
empty: Empty until two responses differ about the same past day.
grain: date × model_permaslug × later_as_of
unique: [date, model_permaslug, later_as_of]
columns:
  date:
  week:
  model_permaslug:
  earlier_as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Last response before that reports the day
  later_as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant of the response that differs
  change: VARCHAR NOT NULL | - | value, new_row, vanished_row, vanished_day or returned_day
  earlier_tokens: BIGINT | tokens | As reported before; NULL if there was no row
  later_tokens: BIGINT | tokens | As reported later; NULL if there is no row
  difference: BIGINT NOT NULL | tokens | Later less earlier, a missing row counted as 0
  has_returned: BOOLEAN NOT NULL | - | Whether a day that vanished was reported again later
accepted:
  change: [value, new_row, vanished_row, vanished_day, returned_day]
checks:
  a restatement is a difference: difference <> 0 OR change <> 'value'
---
*/
WITH day AS (
    SELECT
        date,
        week,
        min(as_of) AS first_reported
    FROM staging.rankings_vintage
    GROUP BY date, week
),

covered AS (
    SELECT DISTINCT
        day.date,
        day.week,
        answer.as_of
    FROM day
    INNER JOIN staging.rankings_answer AS answer
        ON
            answer.asked_from <= day.date
            AND day.date <= answer.asked_to
            AND day.first_reported <= answer.as_of
),

reported AS (
    SELECT DISTINCT
        date,
        as_of
    FROM staging.rankings_vintage
),

history AS (
    SELECT
        covered.date,
        covered.week,
        covered.as_of,
        reported.date IS NOT NULL AS is_reported,
        lag(covered.as_of) OVER (PARTITION BY covered.date ORDER BY covered.as_of) AS previous_as_of,
        max(reported.as_of) OVER (
            PARTITION BY covered.date ORDER BY covered.as_of
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS last_reported_as_of
    FROM covered
    LEFT JOIN reported ON covered.date = reported.date AND covered.as_of = reported.as_of
),

-- A day that returns is compared with what was last reported for it, not with its absence.
pair AS (
    SELECT
        date,
        week,
        last_reported_as_of AS earlier_as_of,
        as_of AS later_as_of,
        is_reported AS day_is_reported,
        previous_as_of = last_reported_as_of AS day_was_reported
    FROM history
    WHERE is_reported OR previous_as_of = last_reported_as_of
),

returned AS (
    SELECT DISTINCT
        date,
        earlier_as_of
    FROM pair
    WHERE day_is_reported AND NOT day_was_reported
),

compared AS (
    SELECT
        pair.date,
        pair.week,
        vintage.model_permaslug,
        pair.earlier_as_of,
        pair.later_as_of,
        pair.day_is_reported,
        pair.day_was_reported,
        max(vintage.tokens) FILTER (WHERE vintage.as_of = pair.earlier_as_of) AS earlier_tokens,
        max(vintage.tokens) FILTER (WHERE vintage.as_of = pair.later_as_of) AS later_tokens
    FROM pair
    INNER JOIN staging.rankings_vintage AS vintage
        ON pair.date = vintage.date AND vintage.as_of IN (pair.earlier_as_of, pair.later_as_of)
    WHERE pair.earlier_as_of IS NOT NULL
    GROUP BY
        pair.date, pair.week, vintage.model_permaslug, pair.earlier_as_of, pair.later_as_of,
        pair.day_is_reported, pair.day_was_reported
),

final AS (
    SELECT
        compared.date,
        compared.week,
        compared.model_permaslug,
        compared.earlier_as_of,
        compared.later_as_of,
        CASE
            WHEN NOT compared.day_is_reported THEN 'vanished_day'
            WHEN NOT compared.day_was_reported THEN 'returned_day'
            WHEN compared.later_tokens IS NULL THEN 'vanished_row'
            WHEN compared.earlier_tokens IS NULL THEN 'new_row'
            ELSE 'value'
        END AS change,
        compared.earlier_tokens,
        compared.later_tokens,
        coalesce(compared.later_tokens, 0) - coalesce(compared.earlier_tokens, 0) AS difference,
        NOT compared.day_is_reported AND returned.date IS NOT NULL AS has_returned
    FROM compared
    LEFT JOIN returned
        ON compared.date = returned.date AND compared.earlier_as_of = returned.earlier_as_of
    WHERE compared.earlier_tokens IS DISTINCT FROM compared.later_tokens
)

SELECT * FROM final
