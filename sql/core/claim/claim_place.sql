/*
---
description: >-
  What the warehouse computes for claims of places in the ranking of a period, as far as the bounds
  of the models' tokens decide it.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file:
  claim_id:
  scope: VARCHAR NOT NULL | - | Which list the value is computed from
  width:
  value:
  value_low:
  value_high:
  rank_low: BIGINT | place | The best place of the one subject that the bounds allow; NULL if not about one
  rank_high:
---
*/
WITH claimed AS (
    SELECT
        claim.*,
        period.period_id,
        period.cutoff_tokens
    FROM staging.claim
    INNER JOIN core.claim_period AS period
        ON
            claim.first_day = period.first_day
            AND claim.last_day = period.last_day
            AND period.is_listed
),

-- The models, vendor or bloc of a claim by the warehouse's name, with their places.
subject AS (
    SELECT
        claimed.*,
        part.grain,
        part.key,
        coalesce(now.rank_low, unlisted.rank_low) AS rank_low,
        now.rank_high
    FROM claimed
    INNER JOIN core.claim_operand AS operand
        ON claimed.file = operand.file AND claimed.claim_id = operand.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claimed.week = part.week
    LEFT JOIN core.claim_rank AS unlisted
        ON
            claimed.period_id = unlisted.period_id
            AND unlisted.grain = 'unlisted'
            AND part.grain = unlisted.key
    LEFT JOIN core.claim_rank AS now
        ON claimed.period_id = now.period_id AND part.grain = now.grain AND part.key = now.key
),

-- A place: its bounds, and those of the model together with its free variant.
place AS (
    SELECT
        file,
        claim_id,
        'named' AS scope,
        1 AS width,
        rank_low AS value_low,
        rank_high AS value_high
    FROM subject
    WHERE kind IN ('rank', 'rank_tokens') AND key IS NOT NULL AND rank_low IS NOT NULL
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'with_free' AS scope,
        20 AS width,
        rank.rank_low AS value_low,
        rank.rank_high AS value_high
    FROM subject
    INNER JOIN core.claim_rank AS rank
        ON subject.period_id = rank.period_id AND rank.grain = 'with_free' AND subject.key = rank.key
    WHERE subject.kind IN ('rank', 'rank_tokens') AND subject.grain = 'model'
),

-- The tokens on the k-th place are at least the k-th largest of the lower bounds, and at most the
-- k-th largest of the upper ones or what a model never listed can have.
lower AS (
    SELECT
        period_id,
        tokens_low AS tokens,
        row_number() OVER (PARTITION BY period_id ORDER BY tokens_low DESC, key) AS place
    FROM core.claim_rank
    WHERE grain = 'model'
),

upper AS (
    SELECT
        period_id,
        tokens_high AS tokens,
        row_number() OVER (PARTITION BY period_id ORDER BY tokens_high DESC, key) AS place
    FROM core.claim_rank
    WHERE grain = 'model'
),

on_place AS (
    SELECT
        claimed.file,
        claimed.claim_id,
        'named' AS scope,
        1 AS width,
        lower.tokens AS value_low,
        greatest(upper.tokens, claimed.cutoff_tokens) AS value_high
    FROM claimed
    INNER JOIN lower
        ON
            claimed.period_id = lower.period_id
            AND lower.place = CASE claimed.kind
                WHEN 'range_high' THEN claimed.first_rank
                ELSE claimed.last_rank
            END
    INNER JOIN upper ON claimed.period_id = upper.period_id AND lower.place = upper.place
    WHERE claimed.kind IN ('range_low', 'range_high') AND claimed.first_rank <= claimed.last_rank
),

-- Members of a range of places, else of the first ones, as many as models are named. A model that
-- cannot be resolved may be any of them.
sized AS (
    SELECT
        *,
        coalesce(first_rank, 1) AS first_place,
        coalesce(last_rank, count(*) OVER (PARTITION BY file, claim_id)) AS last_place
    FROM subject
    WHERE kind = 'members'
),

member AS (
    SELECT
        file,
        claim_id,
        'ranks' || cast(first_place AS VARCHAR) || '-' || cast(last_place AS VARCHAR) AS scope,
        1 AS width,
        count(*) FILTER (
            WHERE key IS NOT NULL AND first_place <= rank_low AND rank_high <= last_place
        ) AS value_low,
        count(*) FILTER (
            WHERE key IS NULL
            OR (rank_low <= last_place AND coalesce(first_place <= rank_high, TRUE))
        ) AS value_high
    FROM sized
    GROUP BY file, claim_id, first_place, last_place
),

-- Whether a model came into the first N or fell out of them.
moved AS (
    SELECT
        subject.file,
        subject.claim_id,
        subject.kind,
        subject.top_n,
        subject.rank_low,
        subject.rank_high,
        coalesce(subject.rank_high <= subject.top_n, FALSE) AS is_in,
        subject.rank_low <= subject.top_n AS may_be_in,
        before.was_in,
        before.may_have_been_in
    FROM subject
    INNER JOIN core.claim_before AS before
        ON subject.file = before.file AND subject.claim_id = before.claim_id
    WHERE subject.key IS NOT NULL
),

valued AS (
    SELECT
        *,
        NULL AS value,
        value_low AS rank_low,
        value_high AS rank_high
    FROM place
    UNION ALL
    SELECT
        *,
        NULL AS value,
        NULL AS rank_low,
        NULL AS rank_high
    FROM on_place
    UNION ALL
    SELECT
        *,
        NULL AS value,
        NULL AS rank_low,
        NULL AS rank_high
    FROM member
    UNION ALL
    SELECT
        file,
        claim_id,
        'top' || cast(top_n AS VARCHAR) AS scope,
        1 AS width,
        models_low AS value_low,
        models_high AS value_high,
        models AS value,
        NULL AS rank_low,
        NULL AS rank_high
    FROM core.claim_top
    UNION ALL
    SELECT
        file,
        claim_id,
        'top' || cast(top_n AS VARCHAR) AS scope,
        1 AS width,
        CASE
            WHEN kind = 'entered_top' AND is_in AND NOT may_have_been_in THEN 1
            WHEN kind = 'left_top' AND was_in AND NOT may_be_in THEN 1
            ELSE 0
        END AS value_low,
        CASE
            WHEN kind = 'entered_top' AND may_be_in AND NOT was_in THEN 1
            WHEN kind = 'left_top' AND may_have_been_in AND NOT is_in THEN 1
            ELSE 0
        END AS value_high,
        NULL AS value,
        rank_low,
        rank_high
    FROM moved
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        cast(CASE WHEN value_low = value_high THEN value_low ELSE value END AS DOUBLE) AS value,
        cast(value_low AS DOUBLE) AS value_low,
        cast(value_high AS DOUBLE) AS value_high,
        cast(rank_low AS BIGINT) AS rank_low,
        cast(rank_high AS BIGINT) AS rank_high
    FROM valued
)

SELECT * FROM final
