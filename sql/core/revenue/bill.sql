/*
---
description: >-
  What was really paid for a model's tokens in a week, from the documented file and from the account's own
  activity.
grain: source × week × model_permaslug
unique: [source, week, model_permaslug]
columns:
  source: VARCHAR NOT NULL | - | billed_csv or activity
  week:
  model_permaslug:
  tokens: BIGINT NOT NULL | tokens | Tokens that were paid for
  billed_usd: DOUBLE NOT NULL | USD | What was paid for them
accepted:
  source: [billed_csv, activity]
checks:
  a bill is for tokens: tokens > 0
---
*/
-- Decimals add up to the same in any order of rows; floating-point numbers do not.
WITH own AS (
    SELECT
        week,
        model_permaslug,
        cast(sum(prompt_tokens + completion_tokens) AS BIGINT) AS tokens,
        cast(
            sum(cast(usage_usd AS DECIMAL(28, 12)) + cast(coalesce(byok_usd, 0) AS DECIMAL(28, 12))) AS DOUBLE
        ) AS billed_usd
    FROM staging.activity
    GROUP BY week, model_permaslug
),

final AS (
    SELECT
        'billed_csv' AS source,
        week,
        model_permaslug,
        tokens,
        billed_usd
    FROM reference.billed
    UNION ALL
    SELECT
        'activity' AS source,
        week,
        model_permaslug,
        tokens,
        billed_usd
    FROM own
    WHERE tokens > 0
)

SELECT * FROM final
