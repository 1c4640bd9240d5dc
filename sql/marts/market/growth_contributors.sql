/*
---
description: >-
  What each listed model, and all models outside the daily top 50 as one, contributed to the week's
  change, in its direction: where the market grew, rank 1 grew most. The rows add up to the growth. A
  model and its predecessor count as one.
empty: Empty until two weeks in a row are complete.
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week:
  model_permaslug: VARCHAR NOT NULL | - | Model as the rankings name it; other is all outside the top 50
  rank: BIGINT NOT NULL | place | By tokens in the direction of the week's change; 1 contributed most
  tokens: BIGINT NOT NULL | tokens | In the week; 0 where it is not listed
  previous_tokens:
  change_tokens: BIGINT NOT NULL | tokens | Tokens less those of the week before
  percentage_points: DOUBLE NOT NULL | percentage points of last week's total | The model's part of growth
  share_of_change: DOUBLE | fraction | Of the week's net change, negative against it; NULL without change
  payment: VARCHAR NOT NULL | - | paid, free, stealth, unknown; other
accepted:
  payment: [paid, free, stealth, unknown, other]
checks:
  the models add up to the growth: >-
    SELECT part.week FROM marts.growth_contributors AS part
    INNER JOIN marts.weekly_total AS total ON part.week = total.week
    GROUP BY part.week, total.wow
    HAVING coalesce(abs(sum(part.percentage_points) - 100 * total.wow), 1) > 1e-9
---
*/
WITH compared AS (
    SELECT DISTINCT week FROM core.growth_line
),

side AS (
    SELECT
        week,
        model_permaslug,
        tokens,
        previous_tokens
    FROM core.growth_line
    UNION ALL
    SELECT
        compared.week,
        'other' AS model_permaslug,
        week.other_tokens AS tokens,
        previous.other_tokens AS previous_tokens
    FROM compared
    INNER JOIN core.week ON compared.week = week.week
    INNER JOIN core.week AS previous ON week.previous_week = previous.week
),

changed AS (
    SELECT
        side.*,
        side.tokens - side.previous_tokens AS change_tokens,
        previous.total_tokens AS previous_total,
        week.total_tokens - previous.total_tokens AS total_change,
        coalesce(now.payment, before.payment, 'other') AS payment
    FROM side
    INNER JOIN core.week ON side.week = week.week
    INNER JOIN core.week AS previous ON week.previous_week = previous.week
    LEFT JOIN core.model_value AS now
        ON
            side.week = now.week
            AND side.model_permaslug = now.model_permaslug
    LEFT JOIN core.model_value AS before
        ON
            week.previous_week = before.week
            AND side.model_permaslug = before.model_permaslug
),

final AS (
    SELECT
        week,
        model_permaslug,
        row_number() OVER (
            PARTITION BY week
            ORDER BY
                CASE WHEN total_change < 0 THEN change_tokens ELSE -change_tokens END,
                model_permaslug
        ) AS rank,
        tokens,
        previous_tokens,
        change_tokens,
        100 * cast(change_tokens AS DOUBLE) / nullif(previous_total, 0) AS percentage_points,
        cast(change_tokens AS DOUBLE) / nullif(total_change, 0) AS share_of_change,
        payment
    FROM changed
)

SELECT * FROM final
