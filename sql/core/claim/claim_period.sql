/*
---
description: >-
  The days that claims speak of and compare with, and every week: what the platform processed in
  them. A week of which only the published total is known counts whole where it is inside, and
  bounds the total where it is partly inside.
grain: period_id
unique: [period_id]
columns:
  period_id:
  first_day: DATE NOT NULL
  last_day: DATE NOT NULL
  days: BIGINT NOT NULL
  days_listed: BIGINT NOT NULL | days | Days with rows of models
  days_known: BIGINT NOT NULL | days | Days with rows, or of a week whose total is known
  is_listed: BOOLEAN NOT NULL | - | Whether all days have rows of models
  is_known: BOOLEAN NOT NULL | - | Whether all days are known
  total_low: BIGINT NOT NULL | tokens | All tokens of the days known; lower bound
  total_high: BIGINT NOT NULL | tokens | Upper bound, if a published week is partly inside
  named_tokens: BIGINT NOT NULL | tokens | Tokens of the models listed by name
  other_tokens: BIGINT NOT NULL | tokens | Tokens outside the daily top 50
  cutoff_tokens: BIGINT NOT NULL | tokens | Smallest listed value of each day, summed
checks:
  the days known are days of the period: days_listed <= days_known AND days_known <= days
  the bounds are in order: total_low <= total_high
---
*/
WITH wanted AS (
    SELECT
        first_day,
        last_day,
        days
    FROM staging.claim
    UNION
    SELECT
        base_first_day AS first_day,
        base_last_day AS last_day,
        base_days AS days
    FROM staging.claim
    WHERE base_first_day IS NOT NULL
    UNION
    SELECT
        week AS first_day,
        cast(week + INTERVAL 6 DAY AS DATE) AS last_day,
        7 AS days
    FROM core.week
),

listed AS (
    SELECT
        wanted.first_day,
        wanted.last_day,
        count(*) AS days,
        sum(day.total_tokens) AS total_tokens,
        sum(day.named_tokens) AS named_tokens,
        sum(day.other_tokens) AS other_tokens,
        sum(day.cutoff_tokens) AS cutoff_tokens
    FROM wanted
    INNER JOIN core.day ON wanted.first_day <= day.date AND day.date <= wanted.last_day
    GROUP BY wanted.first_day, wanted.last_day
),

published_day AS (
    SELECT
        week.week,
        week.total_tokens,
        cast(week.week + (number.number - 1) * INTERVAL 1 DAY AS DATE) AS date
    FROM core.week
    INNER JOIN staging.number ON number.number <= 7
    WHERE week.source = 'published_total' AND week.is_complete
),

published_week AS (
    SELECT
        wanted.first_day,
        wanted.last_day,
        published_day.week,
        published_day.total_tokens,
        count(*) AS days
    FROM wanted
    INNER JOIN published_day
        ON wanted.first_day <= published_day.date AND published_day.date <= wanted.last_day
    GROUP BY wanted.first_day, wanted.last_day, published_day.week, published_day.total_tokens
),

published AS (
    SELECT
        first_day,
        last_day,
        sum(days) AS days,
        coalesce(sum(total_tokens) FILTER (WHERE days = 7), 0) AS total_low,
        sum(total_tokens) AS total_high
    FROM published_week
    GROUP BY first_day, last_day
),

final AS (
    SELECT
        row_number() OVER (ORDER BY wanted.first_day, wanted.last_day) AS period_id,
        wanted.first_day,
        wanted.last_day,
        wanted.days,
        coalesce(listed.days, 0) AS days_listed,
        cast(coalesce(listed.days, 0) + coalesce(published.days, 0) AS BIGINT) AS days_known,
        coalesce(listed.days = wanted.days, FALSE) AS is_listed,
        coalesce(listed.days, 0) + coalesce(published.days, 0) = wanted.days AS is_known,
        cast(coalesce(listed.total_tokens, 0) + coalesce(published.total_low, 0) AS BIGINT) AS total_low,
        cast(coalesce(listed.total_tokens, 0) + coalesce(published.total_high, 0) AS BIGINT) AS total_high,
        cast(coalesce(listed.named_tokens, 0) AS BIGINT) AS named_tokens,
        cast(coalesce(listed.other_tokens, 0) AS BIGINT) AS other_tokens,
        cast(coalesce(listed.cutoff_tokens, 0) AS BIGINT) AS cutoff_tokens
    FROM wanted
    LEFT JOIN listed ON wanted.first_day = listed.first_day AND wanted.last_day = listed.last_day
    LEFT JOIN published
        ON wanted.first_day = published.first_day AND wanted.last_day = published.last_day
)

SELECT * FROM final
