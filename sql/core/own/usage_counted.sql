/*
---
description: >-
  The own usage that counts, each request once: the counting sources' tokens and dollars by week and month,
  with the names of the catalogue and the workloads that labels belong to.
grain: month × week × scope × model × workload × label × status × cost_kind × prompt_from
unique: [month, week, scope, model, workload, label, status, cost_kind, prompt_from]
columns:
  month:
  week:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  model:
  model_permaslug: VARCHAR
  resolved_by:
  vendor: VARCHAR | - | Company that develops it; NULL where the name is unresolved
  workload: VARCHAR | - | Workload that the label belongs to; NULL where usage_workload.csv has no row
  label:
  status:
  cost_kind:
  prompt_from:
  requests: BIGINT NOT NULL | requests | Attempts
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together
  prompt_tokens:
  cache_read_tokens:
  cache_write_tokens:
  cache_known_tokens:
  completion_tokens:
  cost_usd:
  is_billed:
---
*/
WITH final AS (
    SELECT
        cast(date_trunc('month', usage_day.date) AS DATE) AS month,
        usage_day.week,
        usage_day.scope,
        name.model,
        min(name.model_permaslug) AS model_permaslug,
        min(name.resolved_by) AS resolved_by,
        coalesce(min(origin.vendor), split_part(min(name.model_permaslug), '/', 1)) AS vendor,
        labelled.workload,
        usage_day.label,
        usage_day.status,
        usage_day.cost_kind,
        usage_day.prompt_from,
        cast(sum(usage_day.requests) AS BIGINT) AS requests,
        cast(sum(usage_day.prompt_tokens + usage_day.completion_tokens) AS BIGINT) AS tokens,
        cast(sum(usage_day.prompt_tokens) AS BIGINT) AS prompt_tokens,
        cast(sum(usage_day.cache_read_tokens) AS BIGINT) AS cache_read_tokens,
        cast(sum(usage_day.cache_write_tokens) AS BIGINT) AS cache_write_tokens,
        cast(sum(usage_day.cache_known_tokens) AS BIGINT) AS cache_known_tokens,
        cast(sum(usage_day.completion_tokens) AS BIGINT) AS completion_tokens,
        cast(sum(usage_day.cost_usd) AS DECIMAL(28, 12)) AS cost_usd,
        usage_day.is_billed
    FROM usage.usage_day
    INNER JOIN core.usage_role AS role
        ON
            usage_day.source = role.source
            AND usage_day.scope = role.scope
            AND role.counts
    INNER JOIN core.usage_model AS name
        ON usage_day.source = name.source AND usage_day.model_raw = name.model_raw
    LEFT JOIN core.model_origin AS origin
        ON usage_day.week = origin.week AND name.model_permaslug = origin.model_permaslug
    LEFT JOIN reference.usage_workload AS labelled
        ON usage_day.source = labelled.source AND usage_day.label = labelled.label
    GROUP BY
        cast(date_trunc('month', usage_day.date) AS DATE),
        usage_day.week,
        usage_day.scope,
        name.model,
        labelled.workload,
        usage_day.label,
        usage_day.status,
        usage_day.cost_kind,
        usage_day.is_billed,
        usage_day.prompt_from
)

SELECT * FROM final
