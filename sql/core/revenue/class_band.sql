/*
---
description: >-
  The shares of a class in a week, on the logit scale, where P10 and P90 move away from P50 with the square
  root of the age of the fit. A class that is guessed may be the wrong one: its spread is the root mean
  square distance from its P50 over all classes that the tokens carry from which it is guessed, each with
  its own spread.
grain: week × guessed_from × workload_class × part
unique: [week, guessed_from, workload_class, part]
columns:
  week:
  guessed_from: VARCHAR NOT NULL | - | Author of the guess; * is one without a class, empty a record
  workload_class: VARCHAR NOT NULL | - | The class whose P50 is used
  part: VARCHAR NOT NULL | - | prompt or cached
  evidence_on: DATE NOT NULL | UTC day | Day of the fit
  evidence_weeks: DOUBLE NOT NULL | weeks | Its distance from the week's Monday, later or earlier
  mid: DOUBLE NOT NULL | fraction | P50, not below or above what is drawn
  down: DOUBLE NOT NULL | logit | From P50 down to P10
  up: DOUBLE NOT NULL | logit | From P50 up to P90
accepted:
  part: [prompt, cached]
---
*/
WITH share AS (
    SELECT
        workload_class,
        'prompt' AS part,
        coalesce(fitted_on, recorded_on) AS evidence_on,
        prompt_share_low AS low,
        prompt_share_mid AS mid,
        prompt_share_high AS high
    FROM reference.class_prior
    UNION ALL
    SELECT
        workload_class,
        'cached' AS part,
        coalesce(fitted_on, recorded_on) AS evidence_on,
        cached_share_low AS low,
        cached_share_mid AS mid,
        cached_share_high AS high
    FROM reference.class_prior
),

clipped AS (
    SELECT
        week.week,
        share.workload_class,
        share.part,
        share.evidence_on,
        cast(abs(
            epoch(cast(week.week AS TIMESTAMP)) - epoch(cast(share.evidence_on AS TIMESTAMP))
        ) AS DOUBLE) / 604800 AS evidence_weeks,
        parameter.class_prior_ageing_weeks,
        least(greatest(share.low, parameter.share_floor), parameter.share_ceiling) AS low,
        least(greatest(share.mid, parameter.share_floor), parameter.share_ceiling) AS mid,
        least(greatest(share.high, parameter.share_floor), parameter.share_ceiling) AS high
    FROM core.week
    CROSS JOIN share
    CROSS JOIN core.parameter
    WHERE week.source = 'daily_rows'
),

recorded AS (
    SELECT
        week,
        workload_class,
        part,
        evidence_on,
        evidence_weeks,
        mid,
        ln(mid / (1 - mid)) AS middle,
        sqrt(1 + evidence_weeks / nullif(class_prior_ageing_weeks, 0))
        * (ln(mid / (1 - mid)) - ln(low / (1 - low))) AS down,
        sqrt(1 + evidence_weeks / nullif(class_prior_ageing_weeks, 0))
        * (ln(high / (1 - high)) - ln(mid / (1 - mid))) AS up
    FROM clipped
),

-- A model whose author has no class may be of any.
carried AS (
    SELECT
        week,
        author AS guessed_from,
        workload_class,
        tokens
    FROM core.author_class
    UNION ALL
    SELECT
        week,
        '*' AS guessed_from,
        workload_class,
        sum(tokens) AS tokens
    FROM core.author_class
    WHERE last_week >= cast(week - INTERVAL 49 DAY AS DATE)
    GROUP BY week, workload_class
),

total AS (
    SELECT
        week,
        guessed_from,
        sum(tokens) AS tokens
    FROM carried
    GROUP BY week, guessed_from
),

guessed AS (
    SELECT
        week,
        author AS guessed_from,
        workload_class
    FROM core.author_class
    WHERE is_largest
    UNION ALL
    SELECT DISTINCT
        week,
        '*' AS guessed_from,
        'general_chat' AS workload_class
    FROM recorded
),

-- A class on one side of P50 widens that side. 1.28… is the standard normal's ninth decile, P90 in
-- models/python/revenue_bands.py.
distance AS (
    SELECT
        guessed.week,
        guessed.guessed_from,
        guessed.workload_class,
        possible.part,
        cast(carried.tokens AS DOUBLE) / nullif(total.tokens, 0) AS weight,
        power(possible.down, 2)
        + power(1.2815515655446004 * greatest(chosen.middle - possible.middle, 0), 2) AS down_squared,
        power(possible.up, 2)
        + power(1.2815515655446004 * greatest(possible.middle - chosen.middle, 0), 2) AS up_squared
    FROM guessed
    INNER JOIN carried ON guessed.week = carried.week AND guessed.guessed_from = carried.guessed_from
    INNER JOIN total ON guessed.week = total.week AND guessed.guessed_from = total.guessed_from
    INNER JOIN recorded AS possible
        ON carried.week = possible.week AND carried.workload_class = possible.workload_class
    INNER JOIN recorded AS chosen
        ON
            guessed.week = chosen.week
            AND guessed.workload_class = chosen.workload_class
            AND possible.part = chosen.part
),

spread AS (
    SELECT
        week,
        guessed_from,
        workload_class,
        part,
        sqrt(cast(sum(cast(weight * down_squared AS DECIMAL(38, 18))) AS DOUBLE)) AS down,
        sqrt(cast(sum(cast(weight * up_squared AS DECIMAL(38, 18))) AS DOUBLE)) AS up
    FROM distance
    GROUP BY week, guessed_from, workload_class, part
),

-- Where no class has tokens at all, a guess has the spread of its class alone.
final AS (
    SELECT
        week,
        '' AS guessed_from,
        workload_class,
        part,
        evidence_on,
        evidence_weeks,
        mid,
        down,
        up
    FROM recorded
    UNION ALL
    SELECT
        guessed.week,
        guessed.guessed_from,
        guessed.workload_class,
        recorded.part,
        recorded.evidence_on,
        recorded.evidence_weeks,
        recorded.mid,
        coalesce(spread.down, recorded.down) AS down,
        coalesce(spread.up, recorded.up) AS up
    FROM guessed
    INNER JOIN recorded
        ON guessed.week = recorded.week AND guessed.workload_class = recorded.workload_class
    LEFT JOIN spread
        ON
            guessed.week = spread.week
            AND guessed.guessed_from = spread.guessed_from
            AND recorded.part = spread.part
)

SELECT * FROM final
