/*
---
description: >-
  What a source of own usage adds in a scope: a counting source its tokens and dollars, a witness only
  latency and failures. OpenRouter's export, Claude Code's logs and totals of sessions have no failed
  attempts.
grain: source × scope
unique: [source, scope]
columns:
  source:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  counts: BOOLEAN NOT NULL | - | Whether its tokens and dollars count
  reports_failures: BOOLEAN NOT NULL | - | Whether its records contain attempts that failed
---
*/
WITH seen AS (
    SELECT DISTINCT
        source,
        scope
    FROM usage.usage_day
),

final AS (
    SELECT
        seen.source,
        seen.scope,
        coalesce(named.role, 'counts') = 'counts' AS counts,
        seen.source NOT IN ('openrouter', 'claude_code', 'openclaw_rpc') AS reports_failures
    FROM seen
    LEFT JOIN reference.usage_scope AS named
        ON seen.source = named.source AND seen.scope = named.scope
)

SELECT * FROM final
