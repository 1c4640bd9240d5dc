/*
---
description: >-
  How all tokens of a week compare with those of the week before and of the year before, and for how
  many weeks they have risen.
grain: week
unique: [week]
columns:
  week:
  wow: DOUBLE | fraction | Growth of total_tokens on the week before, both weeks complete
  rising_streak:
  streak_is_lower_bound:
  streak_weeks:
  streak_weeks_up:
  strict_rising_streak:
  strict_streak_is_lower_bound:
  year_ago_multiple:
---
*/
WITH compared AS (
    SELECT
        week.*,
        previous.week IS NULL AS begins_the_data,
        CASE
            WHEN week.is_complete AND previous.is_complete
                THEN cast(week.total_tokens AS DOUBLE) / nullif(previous.total_tokens, 0) - 1
        END AS wow,
        CASE
            WHEN week.is_complete AND year_ago.is_complete
                THEN cast(week.total_tokens AS DOUBLE) / nullif(year_ago.total_tokens, 0)
        END AS year_ago_multiple
    FROM core.week
    LEFT JOIN core.week AS previous ON week.previous_week = previous.week
    LEFT JOIN core.week AS year_ago ON cast(week.week - INTERVAL 364 DAY AS DATE) = year_ago.week
),

-- A fall, an incomplete week or a gap ends a streak. The carried streak lets moves under 1% pass
-- uncounted; the strict one counts every rise and ends in the first week without one.
directed AS (
    SELECT
        *,
        CASE WHEN wow >= 0.01 THEN 1 ELSE 0 END AS is_rise,
        CASE WHEN wow > 0 THEN 1 ELSE 0 END AS is_up,
        CASE WHEN wow IS NULL OR wow <= -0.01 THEN 1 ELSE 0 END AS ends_streak,
        CASE WHEN wow IS NULL OR wow <= 0 THEN 1 ELSE 0 END AS ends_strict_streak
    FROM compared
),

numbered AS (
    SELECT
        *,
        sum(ends_streak) OVER (ORDER BY week ROWS UNBOUNDED PRECEDING) AS streak_number,
        sum(ends_strict_streak) OVER (
            ORDER BY week ROWS UNBOUNDED PRECEDING
        ) AS strict_streak_number
    FROM directed
),

counted AS (
    SELECT
        *,
        cast(sum(is_rise) OVER streak AS BIGINT) AS rises,
        cast(sum(is_up) OVER streak AS BIGINT) AS weeks_up,
        cast(sum(1 - ends_streak) OVER streak AS BIGINT) AS weeks,
        first_value(begins_the_data AND is_complete) OVER streak AS reaches_the_beginning,
        cast(sum(is_up) OVER strict_streak AS BIGINT) AS strict_rises,
        first_value(begins_the_data AND is_complete) OVER strict_streak
            AS strict_reaches_the_beginning
    FROM numbered
    WINDOW
        streak AS (PARTITION BY streak_number ORDER BY week ROWS UNBOUNDED PRECEDING),
        strict_streak AS (
            PARTITION BY strict_streak_number ORDER BY week ROWS UNBOUNDED PRECEDING
        )
),

final AS (
    SELECT
        week,
        wow,
        CASE WHEN wow IS NOT NULL THEN rises END AS rising_streak,
        CASE WHEN wow IS NOT NULL THEN reaches_the_beginning END AS streak_is_lower_bound,
        CASE WHEN wow IS NOT NULL THEN weeks END AS streak_weeks,
        CASE WHEN wow IS NOT NULL THEN weeks_up END AS streak_weeks_up,
        CASE WHEN wow IS NOT NULL THEN strict_rises END AS strict_rising_streak,
        CASE
            WHEN wow IS NOT NULL THEN strict_reaches_the_beginning
        END AS strict_streak_is_lower_bound,
        year_ago_multiple
    FROM counted
)

SELECT * FROM final
