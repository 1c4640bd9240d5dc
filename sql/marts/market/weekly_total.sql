/*
---
description: All tokens of each week, and their growth.
grain: week
unique: [week]
columns:
  week:
  total_tokens:
  named_tokens:
  other_tokens:
  days_seen:
  known_holes: BIGINT NOT NULL | days | Days of the week that vanished from the source (known_holes.csv)
  is_complete:
  wow: DOUBLE | fraction | Growth of total_tokens on the week before, both weeks complete
  rising_streak: BIGINT | weeks | Rises in a row; moves under 1 % are carried, NULL without a wow
  streak_is_lower_bound: BOOLEAN | - | Whether rising_streak may be longer, reaching the first data
  streak_weeks: BIGINT | weeks | Weeks since the last fall of 1 % or more, or since growth was last unknown
  streak_weeks_up: BIGINT | weeks | Those of streak_weeks in which tokens rose, however little
  strict_rising_streak: BIGINT | weeks | Rises in a row, however small; NULL without a wow
  strict_streak_is_lower_bound: BOOLEAN | - | The same for strict_rising_streak
  year_ago_multiple: DOUBLE | × | total_tokens over those of 52 weeks before, both weeks complete
  source: VARCHAR NOT NULL | - | daily_rows, or published_total where the lake has no rows
  as_of: TIMESTAMP WITH TIME ZONE | UTC | Newest response among the days; NULL for a published total
  as_of_is_exact:
accepted:
  source: [daily_rows, published_total]
checks:
  named and other add up to the total: total_tokens = coalesce(named_tokens + other_tokens, total_tokens)
  an incomplete week has no growth: is_complete OR wow IS NULL
---
*/
WITH hole AS (
    SELECT
        cast(date_trunc('week', date) AS DATE) AS week,
        count(*) AS known_holes
    FROM reference.known_holes
    GROUP BY cast(date_trunc('week', date) AS DATE)
),

compared AS (
    SELECT
        week.*,
        coalesce(hole.known_holes, 0) AS known_holes,
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
    LEFT JOIN hole ON week.week = hole.week
    LEFT JOIN core.week AS previous ON week.previous_week = previous.week
    LEFT JOIN core.week AS year_ago ON cast(week.week - INTERVAL 364 DAY AS DATE) = year_ago.week
),

-- A fall, an incomplete week or a gap ends a streak. The carried streak lets moves under 1 % pass
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
        total_tokens,
        named_tokens,
        other_tokens,
        days_seen,
        known_holes,
        is_complete,
        wow,
        CASE WHEN wow IS NOT NULL THEN rises END AS rising_streak,
        CASE WHEN wow IS NOT NULL THEN reaches_the_beginning END AS streak_is_lower_bound,
        CASE WHEN wow IS NOT NULL THEN weeks END AS streak_weeks,
        CASE WHEN wow IS NOT NULL THEN weeks_up END AS streak_weeks_up,
        CASE WHEN wow IS NOT NULL THEN strict_rises END AS strict_rising_streak,
        CASE
            WHEN wow IS NOT NULL THEN strict_reaches_the_beginning
        END AS strict_streak_is_lower_bound,
        year_ago_multiple,
        source,
        as_of,
        as_of_is_exact
    FROM counted
)

SELECT * FROM final
