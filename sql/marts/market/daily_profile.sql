/*
---
description: Each day of the weeks with rows, compared with the usual share of its weekday.
grain: date
unique: [date]
columns:
  date:
  week:
  weekday:
  total_tokens: BIGINT NOT NULL | tokens | All tokens of the day
  named_tokens: BIGINT NOT NULL
  other_tokens: BIGINT NOT NULL
  factor: DOUBLE | × | Tokens of the day over those of its week's mean day; NULL if the week is incomplete
  usual_factor: DOUBLE NOT NULL | × | The usual factor of the weekday
  day_over_week_before: DOUBLE | fraction | Growth on the same weekday of the week before
---
*/
WITH days AS (
    SELECT
        date,
        week,
        cast(sum(tokens) AS BIGINT) AS total_tokens,
        cast(coalesce(sum(tokens) FILTER (WHERE NOT is_other), 0) AS BIGINT) AS named_tokens,
        cast(coalesce(sum(tokens) FILTER (WHERE is_other), 0) AS BIGINT) AS other_tokens
    FROM staging.rankings_daily
    GROUP BY date, week
),

final AS (
    SELECT
        days.date,
        days.week,
        weekday_factor.weekday,
        days.total_tokens,
        days.named_tokens,
        days.other_tokens,
        CASE
            WHEN week.is_complete
                THEN 7 * cast(days.total_tokens AS DOUBLE) / nullif(week.total_tokens, 0)
        END AS factor,
        weekday_factor.factor AS usual_factor,
        cast(days.total_tokens AS DOUBLE) / nullif(before.total_tokens, 0) - 1 AS day_over_week_before
    FROM days
    INNER JOIN core.week ON days.week = week.week
    INNER JOIN reference.weekday_factor
        ON days.date = cast(days.week + INTERVAL 1 DAY * weekday_factor.weekday AS DATE)
    LEFT JOIN days AS before ON cast(days.date - INTERVAL 7 DAY AS DATE) = before.date
)

SELECT * FROM final
