/*
---
description: >-
  The total of an incomplete week if its missing days were like their weekdays usually are. It is an
  estimate and is part of no other table.
grain: week
unique: [week]
columns:
  week:
  days_seen:
  seen_tokens: BIGINT NOT NULL | tokens | All tokens of those days
  nowcast_tokens: BIGINT NOT NULL | tokens | seen_tokens over the usual share of those weekdays in a week
  nowcast_wow: DOUBLE | fraction | nowcast_tokens over the complete week before, less one
  label: VARCHAR NOT NULL | - | Says that it is an estimate, and from how many days
checks:
  a nowcast is at least the tokens seen: nowcast_tokens >= seen_tokens
---
*/
WITH summed AS (
    SELECT
        profile.week,
        count(*) AS days_seen,
        cast(sum(profile.total_tokens) AS BIGINT) AS seen_tokens,
        sum(cast(profile.usual_factor AS DECIMAL(18, 9))) AS usual_factor
    FROM marts.daily_profile AS profile
    GROUP BY profile.week
    HAVING count(*) < 7
),

estimated AS (
    SELECT
        *,
        cast(seen_tokens * 7 / nullif(cast(usual_factor AS DOUBLE), 0) AS BIGINT) AS nowcast_tokens
    FROM summed
),

final AS (
    SELECT
        estimated.week,
        estimated.days_seen,
        estimated.seen_tokens,
        estimated.nowcast_tokens,
        CASE
            WHEN previous.is_complete
                THEN cast(estimated.nowcast_tokens AS DOUBLE) / nullif(previous.total_tokens, 0) - 1
        END AS nowcast_wow,
        'nowcast from ' || cast(estimated.days_seen AS VARCHAR) || ' of 7 days' AS label
    FROM estimated
    INNER JOIN core.week ON estimated.week = week.week
    LEFT JOIN core.week AS previous ON week.previous_week = previous.week
)

SELECT * FROM final
