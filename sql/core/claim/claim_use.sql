/*
---
description: >-
  What the tokens of a week are used for, as claims state it: shares of sampled categories and task classes,
  and the part of a model's tokens in tool calls, from snapshots. Nothing is added up.
grain: week × scope × key
unique: [week, scope, key]
columns:
  week:
  kind: VARCHAR NOT NULL | - | The claims that it answers
  scope: VARCHAR NOT NULL | - | What it is a share of
  key: VARCHAR NOT NULL | - | The category, the task class, or the model
  share: DOUBLE | fraction | NULL where a day of a model's tokens is not known
accepted:
  kind: [task_share, tool_call_share]
  scope: [sampled_categories, task_classes, tool_calls]
---
*/
-- The newest snapshot of a week, of the shortest window.
WITH task_class AS (
    SELECT
        cast(date_trunc('week', cast(as_of AS DATE)) AS DATE) AS week,
        category,
        token_share,
        row_number() OVER (
            PARTITION BY date_trunc('week', cast(as_of AS DATE)), category ORDER BY as_of DESC, window_days
        ) AS age
    FROM staging.task_category
),

-- Of the days on which the response lists the model, as in marts.model_use.
tool_call AS (
    SELECT
        cast(date_trunc('week', used.date) AS DATE) AS week,
        used.model_permaslug,
        CASE
            WHEN count(daily.tokens) = count(*)
                THEN cast(sum(used.tokens) AS DOUBLE) / nullif(sum(daily.tokens), 0)
        END AS share
    FROM staging.usage_category AS used
    LEFT JOIN staging.rankings_daily AS daily
        ON used.date = daily.date AND used.model_permaslug = daily.model_permaslug
    WHERE
        used.method = 'exact'
        AND used.dimension = 'modality'
        AND used.value = 'tool_calling'
        AND used.model_permaslug <> 'other'
    GROUP BY date_trunc('week', used.date), used.model_permaslug
)

SELECT
    cast(date_trunc('week', date) AS DATE) AS week,
    'task_share' AS kind,
    'sampled_categories' AS scope,
    value AS key,
    cast(sum(tokens) AS DOUBLE)
    / nullif(sum(sum(tokens)) OVER (PARTITION BY date_trunc('week', date)), 0) AS share
FROM staging.usage_category
WHERE dimension = 'category' AND method = 'sampled'
GROUP BY date_trunc('week', date), value
UNION ALL
SELECT
    week,
    'task_share' AS kind,
    'task_classes' AS scope,
    category AS key,
    token_share AS share
FROM task_class
WHERE age = 1
UNION ALL
SELECT
    week,
    'tool_call_share' AS kind,
    'tool_calls' AS scope,
    model_permaslug AS key,
    share
FROM tool_call
