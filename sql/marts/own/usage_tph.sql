/*
---
description: >-
  Own tokens per hour of a week: the fullest hour, percentiles by nearest rank over all 168 hours (what to
  provision) and over the hours with tokens, and what was sustained for three hours running. Empty until own
  usage is imported.
empty: Empty until own usage is imported (`tokenhouse usage add`) and published.
grain: week × scope
unique: [week, scope]
private: true
columns:
  week:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  active_hours: BIGINT NOT NULL | hours | Hours with tokens
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together
  peak: BIGINT NOT NULL | tokens per hour | The fullest hour
  p50: BIGINT NOT NULL | tokens per hour | Median of all 168 hours, one without tokens is zero
  p95: BIGINT NOT NULL | tokens per hour | 95th percentile of all 168 hours
  active_p50: BIGINT NOT NULL | tokens per hour | Median of the active hours
  active_p95: BIGINT NOT NULL | tokens per hour | 95th percentile of the active hours
  sustained: BIGINT NOT NULL | tokens per hour | Most that each of three hours in a row reached
checks:
  percentiles do not fall: p50 <= p95 AND p95 <= peak AND active_p50 <= active_p95 AND sustained <= peak
---
*/
WITH hourly AS (
    SELECT
        usage_hour.week,
        usage_hour.scope,
        usage_hour.hour,
        cast(sum(usage_hour.tokens) AS BIGINT) AS tokens
    FROM usage.usage_hour
    INNER JOIN core.usage_role AS role
        ON
            usage_hour.source = role.source
            AND usage_hour.scope = role.scope
            AND role.counts
    WHERE usage_hour.tokens > 0
    GROUP BY usage_hour.week, usage_hour.scope, usage_hour.hour
),

ranked AS (
    SELECT
        week,
        scope,
        hour,
        tokens,
        row_number() OVER (PARTITION BY week, scope ORDER BY tokens, hour) AS place,
        count(*) OVER (PARTITION BY week, scope) AS active_hours
    FROM hourly
),

sustained AS (
    SELECT
        first.week,
        first.scope,
        max(least(first.tokens, second.tokens, third.tokens)) AS tokens
    FROM hourly AS first
    INNER JOIN hourly AS second
        ON
            first.week = second.week
            AND first.scope = second.scope
            AND first.hour + INTERVAL 1 HOUR = second.hour
    INNER JOIN hourly AS third
        ON
            second.week = third.week
            AND second.scope = third.scope
            AND second.hour + INTERVAL 1 HOUR = third.hour
    GROUP BY first.week, first.scope
),

-- The 168 hours in order are first the empty ones, then the active ones.
summed AS (
    SELECT
        week,
        scope,
        max(active_hours) AS active_hours,
        cast(sum(tokens) AS BIGINT) AS tokens,
        max(tokens) AS peak,
        CASE
            WHEN (168 - max(active_hours)) * 100 >= 168 * 50 THEN 0
            ELSE min(tokens) FILTER (WHERE (place + 168 - active_hours) * 100 >= 168 * 50)
        END AS p50,
        CASE
            WHEN (168 - max(active_hours)) * 100 >= 168 * 95 THEN 0
            ELSE min(tokens) FILTER (WHERE (place + 168 - active_hours) * 100 >= 168 * 95)
        END AS p95,
        min(tokens) FILTER (WHERE place * 100 >= active_hours * 50) AS active_p50,
        min(tokens) FILTER (WHERE place * 100 >= active_hours * 95) AS active_p95
    FROM ranked
    GROUP BY week, scope
),

final AS (
    SELECT
        summed.week,
        summed.scope,
        summed.active_hours,
        summed.tokens,
        summed.peak,
        summed.p50,
        summed.p95,
        summed.active_p50,
        summed.active_p95,
        coalesce(sustained.tokens, 0) AS sustained
    FROM summed
    LEFT JOIN sustained ON summed.week = sustained.week AND summed.scope = sustained.scope
)

SELECT * FROM final
