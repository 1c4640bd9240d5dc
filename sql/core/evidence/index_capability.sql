/*
---
description: The place of each mapped model on the capabilities index, as a week's decision could know it.
grain: week × model_id
unique: [week, model_id]
columns:
  week:
  model_id:
  as_of: DATE NOT NULL
  evaluated_model: VARCHAR NOT NULL
  capability: DOUBLE NOT NULL
  variance: DOUBLE NOT NULL | points² | Its variance with interval, other effort and age
  is_recent: BOOLEAN NOT NULL | - | Whether it was released within 14 months before the decision
checks:
  it is uncertain: variance > 0
---
*/
WITH scored AS (
    SELECT
        evidence_week.week,
        evidence_week.decided_on,
        model_index.*,
        row_number() OVER (
            PARTITION BY evidence_week.week, model_index.model_id ORDER BY model_index.evaluated_on DESC
        ) AS age
    FROM core.evidence_week
    INNER JOIN staging.model_index
        ON
            evidence_week.decided_on > model_index.released_on
            AND evidence_week.known_on >= model_index.evaluated_on
),

-- σ² = interval² + other effort² + age²: Epoch's interval does not contain the last two.
final AS (
    SELECT
        scored.week,
        scored.model_id,
        scored.evaluated_on AS as_of,
        scored.evaluated_model,
        scored.capability,
        scored.capability_sd * scored.capability_sd
        + CASE WHEN scored.is_other_effort THEN power(parameter.other_effort_sd, 2) ELSE 0 END
        + CASE
            WHEN
                scored.decided_on
                > cast(
                    scored.evaluated_on
                    + INTERVAL 1 DAY * cast(parameter.old_score_days AS INTEGER) AS DATE
                )
                THEN power(parameter.old_score_sd, 2)
            ELSE 0
        END AS variance,
        scored.released_on >= cast(scored.decided_on - INTERVAL 14 MONTH AS DATE) AS is_recent
    FROM scored
    CROSS JOIN core.parameter AS parameter
    WHERE scored.age = 1
)

SELECT * FROM final
