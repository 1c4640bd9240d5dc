/*
---
description: >-
  The listed tokens of each model in a week and in the week before, both complete and with daily rows. A
  model and its predecessor are one line while one of them enters or leaves.
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week:
  model_permaslug: VARCHAR NOT NULL | - | The line's model; of a model and its predecessor the successor
  tokens: BIGINT NOT NULL | tokens | In the week; 0 where it is not listed
  previous_tokens:
---
*/
WITH compared_week AS (
    SELECT
        week.week,
        week.previous_week
    FROM core.week
    INNER JOIN core.week AS previous ON week.previous_week = previous.week
    WHERE
        week.is_complete AND previous.is_complete
        AND week.source = 'daily_rows' AND previous.source = 'daily_rows'
),

sides AS (
    SELECT
        compared_week.week,
        model_week.model_permaslug,
        model_week.tokens,
        0 AS previous_tokens
    FROM compared_week
    INNER JOIN core.model_week ON compared_week.week = model_week.week
    WHERE model_week.tokens IS NOT NULL
    UNION ALL
    SELECT
        compared_week.week,
        model_week.model_permaslug,
        0 AS tokens,
        model_week.tokens AS previous_tokens
    FROM compared_week
    INNER JOIN core.model_week ON compared_week.previous_week = model_week.week
    WHERE model_week.tokens IS NOT NULL
),

model AS (
    SELECT
        week,
        model_permaslug,
        sum(tokens) AS tokens,
        sum(previous_tokens) AS previous_tokens
    FROM sides
    GROUP BY week, model_permaslug
),

-- A successor and its predecessor are one row while one of them enters or leaves.
joined AS (
    SELECT
        model.*,
        CASE
            WHEN successor.previous_tokens = 0 OR model.tokens = 0
                THEN successor.model_permaslug
        END AS successor_permaslug
    FROM model
    LEFT JOIN reference.lineage ON model.model_permaslug = lineage.model_permaslug
    LEFT JOIN model AS successor
        ON
            model.week = successor.week
            AND lineage.successor_permaslug = successor.model_permaslug
),

final AS (
    SELECT
        week,
        coalesce(successor_permaslug, model_permaslug) AS model_permaslug,
        cast(sum(tokens) AS BIGINT) AS tokens,
        cast(sum(previous_tokens) AS BIGINT) AS previous_tokens
    FROM joined
    GROUP BY week, coalesce(successor_permaslug, model_permaslug)
)

SELECT * FROM final
