/*
---
description: >-
  How far each kind of evidence reaches: the candidates of a workload and the week's named tokens that have
  it, and how old the index was when the routes were chosen.
grain: week × workload
unique: [week, workload]
columns:
  week:
  workload:
  index_candidates:
  inferred_candidates:
  own_candidates:
  index_token_share:
  inferred_token_share:
  own_token_share:
  unknown_token_share:
  index_on:
  index_age_days:
---
*/
WITH evident AS (
    SELECT
        *,
        CASE
            WHEN is_inferred THEN 'inferred'
            WHEN evidence = 'own evaluation' THEN 'own'
            WHEN evidence IS NULL THEN 'unknown'
            ELSE 'index'
        END AS rests_on
    FROM core.route_verdict
),

counted AS (
    SELECT
        week,
        workload,
        count(*) FILTER (WHERE rejected_because IS NULL AND rests_on = 'index') AS index_candidates,
        count(*) FILTER (WHERE rejected_because IS NULL AND rests_on = 'inferred') AS inferred_candidates,
        count(*) FILTER (WHERE rejected_because IS NULL AND rests_on = 'own') AS own_candidates,
        coalesce(sum(tokens) FILTER (WHERE rests_on = 'index'), 0) AS index_tokens,
        coalesce(sum(tokens) FILTER (WHERE rests_on = 'inferred'), 0) AS inferred_tokens,
        coalesce(sum(tokens) FILTER (WHERE rests_on = 'own'), 0) AS own_tokens,
        coalesce(sum(tokens) FILTER (WHERE rests_on = 'unknown'), 0) AS unknown_tokens
    FROM evident
    GROUP BY week, workload
)

SELECT
    counted.week,
    counted.workload,
    counted.index_candidates,
    counted.inferred_candidates,
    counted.own_candidates,
    cast(counted.index_tokens AS DOUBLE) / nullif(total.named_tokens, 0) AS index_token_share,
    cast(counted.inferred_tokens AS DOUBLE) / nullif(total.named_tokens, 0) AS inferred_token_share,
    cast(counted.own_tokens AS DOUBLE) / nullif(total.named_tokens, 0) AS own_token_share,
    cast(counted.unknown_tokens AS DOUBLE) / nullif(total.named_tokens, 0) AS unknown_token_share,
    evidence_week.index_on,
    cast(
        (
            epoch(cast(evidence_week.decided_on AS TIMESTAMP))
            - epoch(cast(evidence_week.index_on AS TIMESTAMP))
        )
        / 86400 AS BIGINT
    ) AS index_age_days
FROM counted
INNER JOIN core.evidence_week ON counted.week = evidence_week.week
INNER JOIN core.week AS total ON counted.week = total.week
