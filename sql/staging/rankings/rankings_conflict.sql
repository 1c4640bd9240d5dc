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
WITH reported AS (
    SELECT
        date,
        model_permaslug,
        as_of,
        min(total_tokens) AS lowest_tokens,
        max(total_tokens) AS highest_tokens,
        count(DISTINCT answer) AS responses_with_row
    FROM lake.rankings_daily
    GROUP BY date, model_permaslug, as_of
),

day AS (
    SELECT DISTINCT
        date,
        as_of
    FROM reported
),

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
),

final AS (
    SELECT
        reported.date,
        cast(date_trunc('week', reported.date) AS DATE) AS week,
        reported.model_permaslug,
        reported.as_of,
        reported.lowest_tokens,
        reported.highest_tokens,
        reported.responses_with_row,
        covered.responses
    FROM reported
    INNER JOIN covered ON reported.date = covered.date AND reported.as_of = covered.as_of
    WHERE reported.responses_with_row < covered.responses OR reported.lowest_tokens < reported.highest_tokens
)

SELECT * FROM final
