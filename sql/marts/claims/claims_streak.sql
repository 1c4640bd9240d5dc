/*
---
description: >-
  What the warehouse computes for claims of weeks in a row. A streak that reaches back to the first
  week known is a lower bound.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file:
  claim_id:
  scope:
  width:
  basis:
  value:
  value_low:
  value_high:
  rank: BIGINT | place | The rank at this scope; NULL where none is meant
accepted:
  basis: [measured]
---
*/
WITH streak AS (
    SELECT
        subject.file,
        subject.claim_id,
        'all' AS scope,
        1 AS width,
        total.rising_streak AS weeks,
        total.streak_is_lower_bound AS is_lower_bound
    FROM core.claim_subject AS subject
    INNER JOIN marts.weekly_total AS total ON subject.week = total.week
    WHERE subject.metric = 'rising_streak' AND subject.grain = 'market'
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        origin.scope,
        CASE WHEN origin.scope = 'named' THEN 1 ELSE scopes.width END AS width,
        origin.lead_streak AS weeks,
        origin.lead_streak_is_lower_bound AS is_lower_bound
    FROM core.claim_subject AS subject
    INNER JOIN marts.weekly_origin AS origin
        ON
            subject.week = origin.week
            AND subject.key = origin.bloc
    INNER JOIN core.scope AS scopes ON origin.scope = scopes.scope
    WHERE subject.metric = 'lead_streak'
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        'measured' AS basis,
        cast(CASE WHEN NOT is_lower_bound THEN weeks END AS DOUBLE) AS value,
        cast(weeks AS DOUBLE) AS value_low,
        cast(CASE WHEN NOT is_lower_bound THEN weeks END AS DOUBLE) AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM streak
    WHERE weeks IS NOT NULL
)

SELECT * FROM final
