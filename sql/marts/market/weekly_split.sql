/*
---
description: >-
  The week split by payment, and by whether the week's catalogue proves that the weights are open.
  Models without such proof are not_proven, which does not mean closed.
grain: week × split × kind
unique: [week, split, kind]
columns:
  week:
  split: VARCHAR NOT NULL | - | payment or weights
  kind: VARCHAR NOT NULL | - | paid, free, stealth, unknown; open, not_proven; and other
  tokens:
  share:
  wow:
accepted:
  split: [payment, weights]
  kind: [paid, free, stealth, unknown, open, not_proven, other]
checks:
  shares of a split add up to one: >-
    SELECT week, split FROM marts.weekly_split GROUP BY week, split HAVING abs(sum(share) - 1) > 1e-9
---
*/
WITH kinds AS (
    SELECT
        value.week,
        value.tokens,
        value.payment,
        CASE WHEN open_model.week IS NOT NULL THEN 'open' ELSE 'not_proven' END AS weights
    FROM core.model_value AS value
    LEFT JOIN core.open_model
        ON
            value.week = open_model.week
            AND value.base_permaslug = open_model.base_permaslug
),

summed AS (
    SELECT
        week,
        'payment' AS split,
        payment AS kind,
        cast(sum(tokens) AS BIGINT) AS tokens
    FROM kinds
    GROUP BY week, payment
    UNION ALL
    SELECT
        week,
        'weights' AS split,
        weights AS kind,
        cast(sum(tokens) AS BIGINT) AS tokens
    FROM kinds
    GROUP BY week, weights
    UNION ALL
    SELECT
        week,
        'payment' AS split,
        'other' AS kind,
        other_tokens AS tokens
    FROM core.week
    WHERE source = 'daily_rows'
    UNION ALL
    SELECT
        week,
        'weights' AS split,
        'other' AS kind,
        other_tokens AS tokens
    FROM core.week
    WHERE source = 'daily_rows'
),

final AS (
    SELECT
        summed.week,
        summed.split,
        summed.kind,
        summed.tokens,
        cast(summed.tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS share,
        CASE
            WHEN week.is_complete AND previous_week.is_complete
                THEN cast(summed.tokens AS DOUBLE) / nullif(previous.tokens, 0) - 1
        END AS wow
    FROM summed
    INNER JOIN core.week ON summed.week = week.week
    LEFT JOIN core.week AS previous_week ON week.previous_week = previous_week.week
    LEFT JOIN summed AS previous
        ON
            week.previous_week = previous.week
            AND summed.split = previous.split
            AND summed.kind = previous.kind
)

SELECT * FROM final
