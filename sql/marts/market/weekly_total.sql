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
  rising_streak:
  streak_is_lower_bound:
  streak_weeks:
  streak_weeks_up:
  strict_rising_streak:
  strict_streak_is_lower_bound:
  year_ago_multiple:
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

final AS (
    SELECT
        week.week,
        week.total_tokens,
        week.named_tokens,
        week.other_tokens,
        week.days_seen,
        coalesce(hole.known_holes, 0) AS known_holes,
        week.is_complete,
        growth.wow,
        growth.rising_streak,
        growth.streak_is_lower_bound,
        growth.streak_weeks,
        growth.streak_weeks_up,
        growth.strict_rising_streak,
        growth.strict_streak_is_lower_bound,
        growth.year_ago_multiple,
        week.source,
        week.as_of,
        week.as_of_is_exact
    FROM core.week
    INNER JOIN core.week_growth AS growth ON week.week = growth.week
    LEFT JOIN hole ON week.week = hole.week
)

SELECT * FROM final
