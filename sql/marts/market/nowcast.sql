/*
---
description: >-
  The total of an incomplete week if its missing days are like their weekdays usually are, with the
  range in which the same estimate would have put the truth in past weeks. It is an estimate and is
  part of no other table.
empty: Empty unless the newest week is incomplete.
grain: week
unique: [week]
columns:
  week:
  days_seen:
  seen_tokens: BIGINT NOT NULL | tokens | All tokens of those days
  nowcast_tokens: BIGINT NOT NULL | tokens | seen_tokens over the usual share of those weekdays in a week
  nowcast_low: BIGINT | tokens | nowcast_tokens times the lowest past_weeks ratio of truth to estimate
  nowcast_high: BIGINT | tokens | nowcast_tokens times the highest one; both NULL below eight past_weeks
  past_weeks: BIGINT NOT NULL | weeks | Earlier complete weeks for which the same weekdays were extrapolated
  nowcast_wow: DOUBLE | fraction | nowcast_tokens over the complete week before, less one
checks:
  a nowcast is at least the tokens seen: nowcast_tokens >= seen_tokens
  the band is ordered: nowcast_low <= nowcast_high OR past_weeks < 8
---
*/
WITH seen AS (
    SELECT
        profile.week,
        profile.weekday,
        profile.total_tokens,
        cast(profile.usual_factor AS DECIMAL(18, 9)) AS usual_factor
    FROM marts.daily_profile AS profile
    INNER JOIN core.week ON profile.week = week.week
    WHERE NOT week.is_complete
),

summed AS (
    SELECT
        week,
        count(*) AS days_seen,
        cast(sum(total_tokens) AS BIGINT) AS seen_tokens,
        cast(sum(usual_factor) AS DOUBLE) / 7 AS usual_share
    FROM seen
    GROUP BY week
),

estimated AS (
    SELECT
        *,
        cast(seen_tokens / nullif(usual_share, 0) AS BIGINT) AS nowcast_tokens
    FROM summed
),

-- What the same weekdays would have said about each earlier complete week, against the truth.
past AS (
    SELECT
        seen.week,
        total.total_tokens * (cast(sum(seen.usual_factor) AS DOUBLE) / 7)
        / nullif(cast(sum(profile.total_tokens) AS BIGINT), 0) AS ratio
    FROM seen
    INNER JOIN marts.daily_profile AS profile
        ON seen.weekday = profile.weekday AND profile.week < seen.week
    INNER JOIN core.week AS total ON profile.week = total.week AND total.is_complete
    GROUP BY seen.week, profile.week, total.total_tokens
),

spread AS (
    SELECT
        week,
        count(*) AS past_weeks,
        min(ratio) AS lowest,
        max(ratio) AS highest
    FROM past
    GROUP BY week
),

final AS (
    SELECT
        estimated.week,
        estimated.days_seen,
        estimated.seen_tokens,
        estimated.nowcast_tokens,
        CASE
            WHEN spread.past_weeks >= 8 THEN cast(estimated.nowcast_tokens * spread.lowest AS BIGINT)
        END AS nowcast_low,
        CASE
            WHEN spread.past_weeks >= 8 THEN cast(estimated.nowcast_tokens * spread.highest AS BIGINT)
        END AS nowcast_high,
        coalesce(spread.past_weeks, 0) AS past_weeks,
        CASE
            WHEN previous.is_complete
                THEN cast(estimated.nowcast_tokens AS DOUBLE) / nullif(previous.total_tokens, 0) - 1
        END AS nowcast_wow
    FROM estimated
    INNER JOIN core.week ON estimated.week = week.week
    LEFT JOIN spread ON estimated.week = spread.week
    LEFT JOIN core.week AS previous ON week.previous_week = previous.week
)

SELECT * FROM final
