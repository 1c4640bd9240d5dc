/*
---
description: >-
  For claims of moves in or out of the first N, whether the model was among them in any of the weeks that
  the claim compares with. A week without rows may have had it there.
grain: file × claim_id
unique: [file, claim_id]
columns:
  file:
  claim_id:
  was_in: BOOLEAN NOT NULL | - | Whether it surely was among the first N in one of the weeks
  may_have_been_in: BOOLEAN NOT NULL | - | Whether it may have been
---
*/
WITH compared AS (
    SELECT
        claim.file,
        claim.claim_id,
        claim.top_n,
        part.key,
        cast(claim.base_first_day + (number.number - 1) * INTERVAL 7 DAY AS DATE) AS week
    FROM staging.claim
    INNER JOIN core.claim_operand AS operand
        ON claim.file = operand.file AND claim.claim_id = operand.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week AND part.key IS NOT NULL
    INNER JOIN staging.number
        ON
            cast(claim.base_first_day + (number.number - 1) * INTERVAL 7 DAY AS DATE)
            <= claim.base_last_day
    WHERE claim.kind IN ('entered_top', 'left_top')
),

final AS (
    SELECT
        compared.file,
        compared.claim_id,
        bool_or(coalesce(rank.rank_high <= compared.top_n, FALSE)) AS was_in,
        bool_or(coalesce(rank.rank_low, unlisted.rank_low, 1) <= compared.top_n) AS may_have_been_in
    FROM compared
    LEFT JOIN core.claim_period AS period
        ON
            compared.week = period.first_day
            AND cast(compared.week + INTERVAL 6 DAY AS DATE) = period.last_day
    LEFT JOIN core.claim_rank AS unlisted
        ON
            period.period_id = unlisted.period_id
            AND unlisted.grain = 'unlisted'
            AND unlisted.key = 'model'
    LEFT JOIN core.claim_rank AS rank
        ON period.period_id = rank.period_id AND rank.grain = 'model' AND compared.key = rank.key
    GROUP BY compared.file, compared.claim_id
)

SELECT * FROM final
