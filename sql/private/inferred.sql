/*
---
description: >-
  Capability that third-party scores imply for a model without a place on the index, by each source and,
  where there are several, by all of them. A model that loses its score keeps the last one for score_days.
grain: week × model_id × source
unique: [week, model_id, source]
columns:
  week:
  model_id:
  source:
  as_of: DATE NOT NULL
  capability: DOUBLE NOT NULL
  variance: DOUBLE NOT NULL | points² | Of the line's prediction
checks:
  it is uncertain: variance > 0
---
*/
-- capability = a + b·x, v = s²·(1 + 1/n + (x - mean)² / Sxx)
WITH implied AS (
    SELECT
        score.week,
        score.model_id,
        score.source,
        cast(score.snapshot_at AS DATE) AS as_of,
        line.intercept + line.slope * score.score AS capability,
        line.residual_sd
        * line.residual_sd
        * (
            1
            + 1 / nullif(line.models, 0)
            + power(score.score - line.mean_score, 2) / nullif(line.score_squares, 0)
        ) AS variance
    FROM private.score
    INNER JOIN private.calibration AS line ON score.week = line.week AND score.source = line.source
    WHERE score.refused_because IS NULL AND line.refused_because IS NULL
),

aged AS (
    SELECT
        evidence_week.week,
        implied.model_id,
        implied.source,
        implied.as_of,
        implied.capability,
        implied.variance,
        row_number() OVER (
            PARTITION BY evidence_week.week, implied.model_id, implied.source ORDER BY implied.week DESC
        ) AS age
    FROM core.evidence_week
    CROSS JOIN core.parameter AS parameter
    INNER JOIN implied
        ON
            evidence_week.week >= implied.week
            AND evidence_week.decided_on
            <= cast(implied.as_of + INTERVAL 1 DAY * cast(parameter.score_days AS INTEGER) AS DATE)
),

alone AS (
    SELECT
        week,
        model_id,
        source,
        as_of,
        capability,
        variance
    FROM aged
    WHERE age = 1
),

-- The errors of sources correlate by about a half:
-- v = min(min v, (1 + (n - 1) / 2) / Σ(1 / v)), n = (Σ 1 / v)² / Σ(1 / v²)
merged AS (
    SELECT
        week,
        model_id,
        'several sources' AS source,
        min(as_of) AS as_of,
        sum(capability / nullif(variance, 0)) / nullif(sum(1 / nullif(variance, 0)), 0) AS capability,
        least(
            min(variance),
            (
                1
                + (
                    power(sum(1 / nullif(variance, 0)), 2)
                    / nullif(sum(1 / nullif(variance * variance, 0)), 0) - 1
                ) / 2
            )
            / nullif(sum(1 / nullif(variance, 0)), 0)
        ) AS variance
    FROM alone
    GROUP BY week, model_id
    HAVING count(*) > 1
)

SELECT * FROM alone
UNION ALL
SELECT * FROM merged
