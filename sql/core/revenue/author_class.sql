/*
---
description: >-
  The classes that an author's tokens carry in a week and the seven weeks before, by the models whose class
  is recorded. They stand for the author's other models. An author that was not listed in these weeks has
  the classes of the newest week in which it was.
grain: week × author × workload_class
unique: [week, author, workload_class]
columns:
  week:
  author:
  workload_class: VARCHAR NOT NULL | - | Class of some of the author's models
  tokens: BIGINT NOT NULL | tokens | Of the author's models of this class in these weeks
  is_largest: BOOLEAN NOT NULL | - | Class with the most tokens, the first by name if several
  last_week: DATE NOT NULL | Monday | Newest week up to this one that lists a classified model of the author
checks:
  one class is the largest: >-
    SELECT week, author FROM core.author_class
    GROUP BY week, author HAVING count(*) FILTER (WHERE is_largest) <> 1
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

author AS (
    SELECT DISTINCT author FROM classified
),

listed_week AS (
    SELECT DISTINCT
        week,
        author
    FROM classified
),

-- As of every week, the last one in which an author was listed.
listed AS (
    SELECT
        week.week,
        week.source,
        author.author,
        max(listed_week.week) OVER (PARTITION BY author.author ORDER BY week.week) AS last_week
    FROM core.week
    CROSS JOIN author
    LEFT JOIN listed_week ON week.week = listed_week.week AND author.author = listed_week.author
),

recent AS (
    SELECT
        listed.week,
        listed.author,
        listed.last_week,
        classified.workload_class,
        cast(sum(classified.tokens) AS BIGINT) AS tokens
    FROM listed
    INNER JOIN classified
        ON
            listed.author = classified.author
            AND classified.week <= listed.week
            AND classified.week >= least(cast(listed.week - INTERVAL 49 DAY AS DATE), listed.last_week)
    WHERE listed.source = 'daily_rows'
    GROUP BY listed.week, listed.author, listed.last_week, classified.workload_class
),

final AS (
    SELECT
        week,
        author,
        workload_class,
        tokens,
        row_number() OVER (PARTITION BY week, author ORDER BY tokens DESC, workload_class) = 1 AS is_largest,
        last_week
    FROM recent
)

SELECT * FROM final
