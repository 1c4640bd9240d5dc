/*
---
description: >-
  What the warehouse computes for claims of weeks in a row. A streak that reaches back to the first
  week known is a lower bound.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file: VARCHAR NOT NULL | - | File of the claim
  claim_id: VARCHAR NOT NULL | - | Name of the claim within the file
  scope: VARCHAR NOT NULL | - | Which rows the value is computed from
  width: BIGINT NOT NULL | place | 1 is the scope by which a claim is confirmed, higher ones are narrower
  basis: VARCHAR NOT NULL | - | measured
  value: DOUBLE | weeks | NULL where only bounds are known
  value_low: DOUBLE | as value | Lower bound; NULL is unbounded
  value_high: DOUBLE | as value | Upper bound; NULL is unbounded
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
