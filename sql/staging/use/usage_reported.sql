/*
---
description: >-
  What OpenRouter itself reports for a day of an account: totals that the ledger is checked against, never
  counted as requests. From the analytics of `tokenhouse usage add openrouter`, and from the activity that
  runs fetch with a management key.
grain: source × scope × date
unique: [source, scope, date]
columns:
  source: VARCHAR NOT NULL | - | analytics or activity
  scope: VARCHAR NOT NULL | - | Account, as named on import; default for activity
  date: DATE NOT NULL | UTC day | The day
  week:
  requests: BIGINT NOT NULL | requests | Requests that were charged
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together
  usd: DOUBLE NOT NULL | USD | Charged to the account, and inference with own provider keys
accepted:
  source: [analytics, activity]
---
*/
WITH total AS (
    SELECT
        'analytics' AS source,
        scope,
        date,
        week,
        requests,
        prompt_tokens + completion_tokens AS tokens,
        credits_usd + byok_usd AS usd
    FROM lake.usage_reported
    UNION ALL
    SELECT
        'activity' AS source,
        'default' AS scope,
        date,
        week,
        requests,
        prompt_tokens + completion_tokens AS tokens,
        cast(usage_usd AS DECIMAL(28, 12)) + cast(coalesce(byok_usd, 0) AS DECIMAL(28, 12)) AS usd
    FROM staging.activity
),

final AS (
    SELECT
        source,
        scope,
        date,
        week,
        cast(sum(requests) AS BIGINT) AS requests,
        cast(sum(tokens) AS BIGINT) AS tokens,
        cast(sum(cast(usd AS DECIMAL(28, 12))) AS DOUBLE) AS usd
    FROM total
    GROUP BY source, scope, date, week
)

SELECT * FROM final
