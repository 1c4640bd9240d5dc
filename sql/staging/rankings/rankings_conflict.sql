/*
---
description: >-
  Rows on which responses with the same as-of disagree: their tokens differ, or not all of the
  responses contain the row. Nobody can know which response is right.
grain: date × model_permaslug × as_of
unique: [date, model_permaslug, as_of]
columns:
  date:
  week:
  model_permaslug:
  as_of:
  lowest_tokens: BIGINT NOT NULL | tokens | Lowest value in a response
  highest_tokens: BIGINT NOT NULL | tokens | Highest value in a response
  responses_with_row: BIGINT NOT NULL | responses | Responses with this as-of that contain the row
  responses: BIGINT NOT NULL | responses | Responses with this as-of that cover the day
---
*/
WITH day AS (
    SELECT DISTINCT
        date,
        as_of
    FROM lake.rankings_daily
),

-- One response cannot disagree with itself: its contract refuses two values of one row.
covered AS (
    SELECT
        day.date,
        day.as_of,
        count(*) AS responses
    FROM day
    INNER JOIN staging.rankings_answer AS answer
        ON
            day.as_of = answer.as_of
            AND answer.asked_from <= day.date
            AND day.date <= answer.asked_to
    GROUP BY day.date, day.as_of
    HAVING count(*) > 1
),

reported AS (
    SELECT
        row.date,
        row.model_permaslug,
        row.as_of,
        min(row.total_tokens) AS lowest_tokens,
        max(row.total_tokens) AS highest_tokens,
        count(DISTINCT row.answer) AS responses_with_row,
        covered.responses
    FROM covered
    INNER JOIN lake.rankings_daily AS row ON covered.date = row.date AND covered.as_of = row.as_of
    GROUP BY row.date, row.model_permaslug, row.as_of, covered.responses
),

final AS (
    SELECT
        date,
        cast(date_trunc('week', date) AS DATE) AS week,
        model_permaslug,
        as_of,
        lowest_tokens,
        highest_tokens,
        responses_with_row,
        responses
    FROM reported
    WHERE responses_with_row < responses OR lowest_tokens < highest_tokens
)

SELECT * FROM final
