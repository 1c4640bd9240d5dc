/*
---
description: >-
  Growth of the models that were listed on every day of two weeks, from the seven pairs of equal
  weekdays: the mean log growth with a 90% interval, and which models moved more than noise at a
  false-discovery rate of one in ten (Benjamini and Hochberg).
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week:
  model_permaslug:
  mean_log_growth: DOUBLE NOT NULL | log | Mean over the seven pairs of weekdays
  growth_low: DOUBLE NOT NULL | fraction | Lower end of the 90% interval
  growth_high: DOUBLE NOT NULL | fraction | Upper end of the 90% interval
  p_value: DOUBLE NOT NULL
  is_significant: BOOLEAN NOT NULL
checks:
  the mean is within the interval: >-
    growth_low <= exp(mean_log_growth) - 1 + 1e-9
    AND exp(mean_log_growth) - 1 <= growth_high + 1e-9
  a p-value is a probability: p_value BETWEEN 0 AND 1
---
*/
WITH pairs AS (
    SELECT
        today.week,
        today.model_permaslug,
        ln(cast(today.tokens AS DOUBLE) / nullif(before.tokens, 0)) AS log_growth
    FROM staging.rankings_daily AS today
    INNER JOIN staging.rankings_daily AS before
        ON
            cast(today.date - INTERVAL 7 DAY AS DATE) = before.date
            AND today.model_permaslug = before.model_permaslug
    WHERE NOT today.is_other AND today.tokens > 0 AND before.tokens > 0
),

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
summed AS (
    SELECT
        week,
        model_permaslug,
        cast(sum(cast(log_growth AS DECIMAL(28, 18))) AS DOUBLE) AS total,
        cast(sum(cast(log_growth * log_growth AS DECIMAL(28, 18))) AS DOUBLE) AS squares
    FROM pairs
    GROUP BY week, model_permaslug
    HAVING count(*) = 7
),

measured AS (
    SELECT
        week,
        model_permaslug,
        total / 7 AS mean_log_growth,
        sqrt(greatest(squares - total * total / 7, 0) / 6) AS deviation
    FROM summed
),

-- Neighbouring days are correlated, so seven of them are worth less than seven independent ones.
tested AS (
    SELECT
        measured.week,
        measured.model_permaslug,
        measured.mean_log_growth,
        parameter.t6_quantile,
        parameter.false_discovery_rate,
        measured.deviation / 2.6457513110645907 * sqrt(  -- the root of seven
            (1 + parameter.day_autocorrelation) / nullif(1 - parameter.day_autocorrelation, 0)
        ) AS standard_error
    FROM measured
    CROSS JOIN core.parameter
),

-- Student's t with six degrees of freedom has a closed form in the sine of atan(t / sqrt(6)).
angled AS (
    SELECT
        *,
        coalesce(
            abs(mean_log_growth)
            / nullif(sqrt(mean_log_growth * mean_log_growth + 6 * standard_error * standard_error), 0),
            0
        ) AS sine
    FROM tested
),

judged AS (
    SELECT
        *,
        greatest(
            1 - sine * (
                1 + (1 - sine * sine) / 2 + (1 - sine * sine) * (1 - sine * sine) * 3 / 8
            ), 0
        ) AS p_value
    FROM angled
),

ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY week ORDER BY p_value, model_permaslug) AS p_rank,
        count(*) OVER (PARTITION BY week) AS models
    FROM judged
),

thresholds AS (
    SELECT
        week,
        max(p_value) AS threshold
    FROM ranked
    WHERE p_value <= false_discovery_rate * p_rank / nullif(models, 0)
    GROUP BY week
),

final AS (
    SELECT
        ranked.week,
        ranked.model_permaslug,
        ranked.mean_log_growth,
        exp(ranked.mean_log_growth - ranked.t6_quantile * ranked.standard_error) - 1 AS growth_low,
        exp(ranked.mean_log_growth + ranked.t6_quantile * ranked.standard_error) - 1 AS growth_high,
        ranked.p_value,
        coalesce(ranked.p_value <= thresholds.threshold, FALSE) AS is_significant
    FROM ranked
    LEFT JOIN thresholds ON ranked.week = thresholds.week
)

SELECT * FROM final
