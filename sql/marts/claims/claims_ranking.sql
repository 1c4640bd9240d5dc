/*
---
description: >-
  What the warehouse computes for claims of places in the ranking of a week.
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
WITH listed_week AS (
    SELECT
        week,
        previous_week
    FROM core.week
    WHERE is_complete AND source = 'daily_rows'
),

-- The places that a claim names, else the first ones, as many as its models.
places AS (
    SELECT
        claim.file,
        claim.claim_id,
        claim.metric,
        claim.week,
        coalesce(max(part.first_rank), 1) AS first_rank,
        coalesce(max(part.last_rank), count(*) FILTER (WHERE part.grain = 'model')) AS last_rank
    FROM staging.claim
    INNER JOIN core.claim_subject AS part
        ON
            claim.file = part.file
            AND claim.claim_id = part.claim_id
    INNER JOIN listed_week ON claim.week = listed_week.week
    WHERE claim.metric IN ('rank_range_low', 'rank_range_high', 'members')
    GROUP BY claim.file, claim.claim_id, claim.metric, claim.week
),

place AS (
    SELECT
        places.file,
        places.claim_id,
        places.metric,
        model_week.model_permaslug,
        model_week.tokens
    FROM places
    INNER JOIN core.model_week
        ON
            places.week = model_week.week
            AND model_week.rank BETWEEN places.first_rank AND places.last_rank
),

-- A model that cannot be resolved may be any of the members.
member AS (
    SELECT
        part.file,
        part.claim_id,
        count(place.model_permaslug) AS found,
        count(*) FILTER (WHERE part.key IS NULL) AS unresolved
    FROM core.claim_subject AS part
    INNER JOIN listed_week ON part.week = listed_week.week
    LEFT JOIN place
        ON
            part.file = place.file
            AND part.claim_id = place.claim_id
            AND part.key = place.model_permaslug
    WHERE part.metric = 'members' AND part.grain = 'model'
    GROUP BY part.file, part.claim_id
),

move AS (
    SELECT
        subject.file,
        subject.claim_id,
        subject.metric,
        subject.top_n,
        now.rank,
        coalesce(now.rank <= subject.top_n, FALSE) AS is_in,
        coalesce(previous.rank <= subject.top_n, FALSE) AS was_in
    FROM core.claim_subject AS subject
    INNER JOIN listed_week AS week ON subject.week = week.week
    INNER JOIN listed_week AS week_before ON week.previous_week = week_before.week
    LEFT JOIN core.model_week AS now
        ON
            week.week = now.week
            AND subject.key = now.model_permaslug
    LEFT JOIN core.model_week AS previous
        ON
            week_before.week = previous.week
            AND subject.key = previous.model_permaslug
    WHERE subject.metric IN ('left_top', 'entered_top') AND subject.key IS NOT NULL
),

exact AS (
    SELECT
        file,
        claim_id,
        'named' AS scope,
        CASE metric WHEN 'rank_range_low' THEN min(tokens) ELSE max(tokens) END AS value,
        cast(NULL AS BIGINT) AS rank
    FROM place
    WHERE metric <> 'members'
    GROUP BY file, claim_id, metric
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'top' || cast(subject.top_n AS VARCHAR) AS scope,
        count(model_week.rank) AS value,
        cast(NULL AS BIGINT) AS rank
    FROM core.claim_subject AS subject
    INNER JOIN listed_week ON subject.week = listed_week.week
    LEFT JOIN core.model_group AS grouped
        ON
            subject.week = grouped.week
            AND subject.grain = grouped.grain
            AND subject.key = grouped.key
    LEFT JOIN core.model_week
        ON
            grouped.week = model_week.week
            AND grouped.model_permaslug = model_week.model_permaslug
            AND model_week.rank <= subject.top_n
    WHERE subject.metric = 'skus_in_top' AND subject.key IS NOT NULL
    GROUP BY subject.file, subject.claim_id, subject.top_n
    UNION ALL
    SELECT
        file,
        claim_id,
        'top' || cast(top_n AS VARCHAR) AS scope,
        CASE
            WHEN is_in = (metric = 'entered_top') AND was_in = (metric = 'left_top') THEN 1
            ELSE 0
        END AS value,
        rank
    FROM move
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(1 AS BIGINT) AS width,
        'measured' AS basis,
        cast(value AS DOUBLE) AS value,
        cast(value AS DOUBLE) AS value_low,
        cast(value AS DOUBLE) AS value_high,
        rank
    FROM exact
    UNION ALL
    SELECT
        file,
        claim_id,
        'named' AS scope,
        cast(1 AS BIGINT) AS width,
        'measured' AS basis,
        cast(CASE WHEN unresolved = 0 THEN found END AS DOUBLE) AS value,
        cast(found AS DOUBLE) AS value_low,
        cast(found + unresolved AS DOUBLE) AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM member
)

SELECT * FROM final
