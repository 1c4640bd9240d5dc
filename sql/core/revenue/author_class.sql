/*
---
description: >-
  The class that carries most of an author's tokens in a week and the seven weeks before, by the models
  whose class is recorded. It stands for the author's other models.
grain: week × author
unique: [week, author]
columns:
  week:
  author:
  workload_class: VARCHAR NOT NULL | - | Class with the most tokens, the first by name if several
  tokens: BIGINT NOT NULL | tokens | Of the author's models of this class in the eight weeks
---
*/
WITH classified AS (
    SELECT
        model_week.week,
        model_week.author,
        model_class.workload_class,
        sum(model_week.tokens) AS tokens
    FROM core.model_week
    INNER JOIN core.model ON model_week.model_permaslug = model.model_permaslug
    INNER JOIN reference.model_class ON model.base_permaslug = model_class.base_permaslug
    WHERE model_week.tokens IS NOT NULL
    GROUP BY model_week.week, model_week.author, model_class.workload_class
),

recent AS (
    SELECT
        week.week,
        classified.author,
        classified.workload_class,
        cast(sum(classified.tokens) AS BIGINT) AS tokens
    FROM core.week
    INNER JOIN classified
        ON
            classified.week <= week.week
            AND classified.week >= cast(week.week - INTERVAL 49 DAY AS DATE)
    WHERE week.source = 'daily_rows'
    GROUP BY week.week, classified.author, classified.workload_class
),

ranked AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY week, author ORDER BY tokens DESC, workload_class) AS place
    FROM recent
),

final AS (
    SELECT
        week,
        author,
        workload_class,
        tokens
    FROM ranked
    WHERE place = 1
)

SELECT * FROM final
