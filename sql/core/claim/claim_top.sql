/*
---
description: >-
  How many of the first N models of a period belong to the group that a claim names. Of a bloc,
  unattributed models may be further members; of any group, models never listed may, from the best
  place on that they can have. An N beyond the listed models is not judged.
grain: file × claim_id
unique: [file, claim_id]
columns:
  file:
  claim_id:
  top_n: BIGINT NOT NULL | places | The N
  models: BIGINT | models | Those attributed to it; NULL where ranks, or rules of a series, leave it open
  models_low: BIGINT NOT NULL | models | Lower bound
  models_high: BIGINT NOT NULL | models | Upper bound
checks:
  the bounds are in order: models_low <= models_high
---
*/
WITH subject AS (
    SELECT
        claim.file,
        claim.claim_id,
        claim.top_n,
        period.period_id,
        part.grain,
        part.key
    FROM staging.claim
    INNER JOIN core.claim_period AS period
        ON
            claim.first_day = period.first_day
            AND claim.last_day = period.last_day
            AND period.is_listed
    INNER JOIN core.claim_operand AS operand
        ON claim.file = operand.file AND claim.claim_id = operand.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week AND part.key IS NOT NULL
    WHERE claim.kind = 'models_in_top'
),

listed AS (
    SELECT DISTINCT
        model.period_id,
        model.week,
        model.model_permaslug,
        model.is_attributed,
        rank.rank_low,
        rank.rank_high
    FROM core.claim_model AS model
    INNER JOIN core.claim_rank AS rank
        ON
            model.period_id = rank.period_id
            AND rank.grain = 'model'
            AND model.model_permaslug = rank.key
),

never_listed AS (
    SELECT
        unlisted.period_id,
        unlisted.rank_low,
        count(DISTINCT listed.model_permaslug) AS listed_models
    FROM core.claim_rank AS unlisted
    INNER JOIN listed ON unlisted.period_id = listed.period_id
    WHERE unlisted.grain = 'unlisted' AND unlisted.key = 'model'
    GROUP BY unlisted.period_id, unlisted.rank_low
),

counted AS (
    SELECT
        subject.file,
        subject.claim_id,
        subject.top_n,
        greatest(subject.top_n - never_listed.rank_low + 1, 0) AS unlisted_high,
        count(DISTINCT CASE
            WHEN member.is_sure AND listed.rank_high <= subject.top_n THEN listed.model_permaslug
        END) AS value_low,
        count(DISTINCT CASE
            WHEN
                (member.is_sure OR (member.key IS NOT NULL AND subject.grain = 'series'))
                AND listed.rank_low <= subject.top_n
                THEN listed.model_permaslug
        END) AS attributed_high,
        count(DISTINCT CASE
            WHEN
                listed.rank_low <= subject.top_n
                AND (
                    member.key IS NOT NULL
                    OR (subject.grain = 'bloc' AND subject.key <> 'UNATTRIBUTED' AND NOT listed.is_attributed)
                )
                THEN listed.model_permaslug
        END) AS value_high
    FROM subject
    INNER JOIN listed ON subject.period_id = listed.period_id
    INNER JOIN never_listed
        ON
            subject.period_id = never_listed.period_id
            AND subject.top_n <= never_listed.listed_models
    LEFT JOIN core.claim_member AS member
        ON
            listed.week = member.week
            AND listed.model_permaslug = member.model_permaslug
            AND subject.grain = member.grain
            AND subject.key = member.key
    GROUP BY subject.file, subject.claim_id, subject.top_n, never_listed.rank_low
),

final AS (
    SELECT
        file,
        claim_id,
        top_n,
        CASE WHEN value_low = attributed_high AND unlisted_high = 0 THEN value_low END AS models,
        value_low AS models_low,
        least(value_high + unlisted_high, top_n) AS models_high
    FROM counted
)

SELECT * FROM final
