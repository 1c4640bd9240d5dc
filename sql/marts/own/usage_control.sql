/*
---
description: >-
  The ledger next to what OpenRouter itself reports for the same day: what was not imported, or was imported
  twice, shows here. Only requests through OpenRouter are compared, and the report is never counted as usage.
empty: Empty until OpenRouter's own totals are fetched, which needs a management key.
grain: date × scope
unique: [date, scope]
private: true
columns:
  date: DATE NOT NULL | UTC day | The day
  week:
  month:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  source: VARCHAR NOT NULL | - | Where the report is from; analytics where both exist
  ledger_requests: BIGINT NOT NULL | requests | Requests in the ledger; failed ones where a gateway logs them
  reported_requests: BIGINT NOT NULL | requests | Requests that OpenRouter reports
  ledger_tokens: BIGINT NOT NULL | tokens | Tokens in the ledger, prompt and completion
  reported_tokens: BIGINT NOT NULL | tokens | Tokens that OpenRouter reports
  ledger_usd: DOUBLE NOT NULL | USD | Billed in the ledger, own provider keys included
  reported_usd: DOUBLE NOT NULL | USD | Charged by OpenRouter, own provider keys included
accepted:
  source: [analytics, activity]
---
*/
WITH report AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY scope, date ORDER BY source DESC) AS place
    FROM staging.usage_reported
),

ledger AS (
    SELECT
        usage_day.date,
        usage_day.scope,
        cast(sum(usage_day.requests) AS BIGINT) AS requests,
        cast(sum(usage_day.prompt_tokens + usage_day.completion_tokens) AS BIGINT) AS tokens,
        cast(sum(usage_day.cost_usd) FILTER (WHERE usage_day.is_billed) AS DOUBLE) AS usd
    FROM usage.usage_day
    INNER JOIN core.usage_role AS role
        ON
            usage_day.source = role.source
            AND usage_day.scope = role.scope
            AND role.counts
    INNER JOIN core.usage_model AS name
        ON
            usage_day.source = name.source
            AND usage_day.model_raw = name.model_raw
            AND name.is_openrouter
    GROUP BY usage_day.date, usage_day.scope
),

final AS (
    SELECT
        report.date,
        report.week,
        cast(date_trunc('month', report.date) AS DATE) AS month,
        report.scope,
        report.source,
        coalesce(ledger.requests, 0) AS ledger_requests,
        report.requests AS reported_requests,
        coalesce(ledger.tokens, 0) AS ledger_tokens,
        report.tokens AS reported_tokens,
        coalesce(ledger.usd, 0) AS ledger_usd,
        report.usd AS reported_usd
    FROM report
    LEFT JOIN ledger ON report.date = ledger.date AND report.scope = ledger.scope
    WHERE report.place = 1
)

SELECT * FROM final
