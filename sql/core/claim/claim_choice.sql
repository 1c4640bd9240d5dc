/*
---
description: >-
  The scope that counts for each claim: of those at which it holds the full one, else the one with
  the nearest value, for a limit the widest. Next to it the full scope, and what the free variant of a
  model would change.
grain: file × claim_id
unique: [file, claim_id]
columns:
  file:
  claim_id:
  scope: VARCHAR NOT NULL | - | The scope at which it holds; if at none, the full one
  width:
  basis:
  computed:
  computed_low:
  computed_high:
  rank_low:
  rank_high:
  matched_by: VARCHAR NOT NULL
  matches: BOOLEAN NOT NULL | - | Whether the printed value surely holds at the scope
  by_attributed: BOOLEAN NOT NULL | - | Whether it matches there by what is attributed alone
  may_hold: BOOLEAN NOT NULL | - | Whether at any scope it holds for some value that the rows allow
  full_scope: VARCHAR | - | The scope by which it is confirmed; NULL where nothing is known there
  full_computed:
  full_low:
  full_high:
  free_matters:
  free_computed:
  free_low:
  free_high:
  free_rank:
  free_rank_high:
---
*/
WITH ordered AS (
    SELECT
        evidence.*,
        bool_or(evidence.is_possible) OVER (PARTITION BY evidence.file, evidence.claim_id) AS may_hold,
        row_number() OVER (
            PARTITION BY evidence.file, evidence.claim_id
            ORDER BY
                CASE WHEN evidence.matches THEN 0 ELSE 1 END,
                CASE WHEN evidence.width = 1 THEN 0 ELSE 1 END,
                CASE
                    WHEN NOT evidence.matches OR claim.operator IN ('lt', 'le', 'gt', 'ge')
                        THEN cast(evidence.width AS DOUBLE)
                    ELSE abs(evidence.computed - claim.printed)
                END,
                evidence.width DESC,
                evidence.scope
        ) AS choice
    FROM core.claim_evidence AS evidence
    INNER JOIN staging.claim ON evidence.file = claim.file AND evidence.claim_id = claim.claim_id
    WHERE evidence.scope <> 'with_free'
),

-- The free variant matters if the claim holds with it and not without, or the other way round.
compared AS (
    SELECT
        best.*,
        full_scope.scope AS full_scope,
        full_scope.computed AS full_computed,
        full_scope.computed_low AS full_low,
        full_scope.computed_high AS full_high,
        coalesce(
            with_free.matches <> best.matches AND (with_free.matches OR NOT with_free.is_possible), FALSE
        ) AS free_matters,
        with_free.computed AS free_computed,
        with_free.computed_low AS free_low,
        with_free.computed_high AS free_high,
        with_free.rank_low AS free_rank,
        with_free.rank_high AS free_rank_high
    FROM ordered AS best
    LEFT JOIN ordered AS full_scope
        ON
            best.file = full_scope.file
            AND best.claim_id = full_scope.claim_id
            AND full_scope.width = 1
    LEFT JOIN core.claim_evidence AS with_free
        ON
            best.file = with_free.file
            AND best.claim_id = with_free.claim_id
            AND with_free.scope = 'with_free'
    WHERE best.choice = 1
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        width,
        basis,
        computed,
        computed_low,
        computed_high,
        rank_low,
        rank_high,
        matched_by,
        matches,
        by_attributed,
        may_hold,
        full_scope,
        full_computed,
        full_low,
        full_high,
        free_matters,
        CASE WHEN free_matters THEN free_computed END AS free_computed,
        CASE WHEN free_matters THEN free_low END AS free_low,
        CASE WHEN free_matters THEN free_high END AS free_high,
        CASE WHEN free_matters THEN free_rank END AS free_rank,
        CASE WHEN free_matters THEN free_rank_high END AS free_rank_high
    FROM compared
)

SELECT * FROM final
