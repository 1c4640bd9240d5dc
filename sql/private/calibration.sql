/*
---
description: >-
  What a source's scores say of capability in a week: a straight line through the models that have both a
  score and a place on the index, fitted for each snapshot, because sources change their scale.
grain: week × source
unique: [week, source]
columns:
  week:
  source:
  snapshot_at:
  models: BIGINT NOT NULL | models | With both, released within 14 months
  intercept: DOUBLE | points | Capability at a score of zero
  slope: DOUBLE | points per point | Rise of capability with the score
  residual_sd: DOUBLE | points | Standard deviation about the line
  mean_score: DOUBLE | points of the source | Mean of the scores
  score_squares: DOUBLE | points² of the source | Sum of squared deviations from it
  refused_because: VARCHAR | - | Code of why the snapshot is not used; NULL if it is
accepted:
  refused_because: [too_few_models, slope_jump]
---
*/
WITH snapshot AS (
    SELECT
        week,
        source,
        max(snapshot_at) AS snapshot_at
    FROM private.score
    GROUP BY week, source
),

pair AS (
    SELECT
        score.week,
        score.source,
        score.score AS x,
        known.capability AS y
    FROM private.score
    INNER JOIN core.index_capability AS known
        ON score.week = known.week AND score.model_id = known.model_id
    WHERE score.refused_because IS NULL AND known.is_recent
),

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
centre AS (
    SELECT
        snapshot.week,
        snapshot.source,
        snapshot.snapshot_at,
        count(pair.x) AS models,
        cast(sum(cast(pair.x AS DECIMAL(18, 6))) AS DOUBLE) / nullif(count(pair.x), 0) AS mean_x,
        cast(sum(cast(pair.y AS DECIMAL(18, 6))) AS DOUBLE) / nullif(count(pair.x), 0) AS mean_y
    FROM snapshot
    LEFT JOIN pair ON snapshot.week = pair.week AND snapshot.source = pair.source
    GROUP BY snapshot.week, snapshot.source, snapshot.snapshot_at
),

spread AS (
    SELECT
        centre.week,
        centre.source,
        cast(sum(cast(power(pair.x - centre.mean_x, 2) AS DECIMAL(20, 8))) AS DOUBLE) AS xx,
        cast(sum(cast(power(pair.y - centre.mean_y, 2) AS DECIMAL(20, 8))) AS DOUBLE) AS yy,
        cast(
            sum(cast((pair.x - centre.mean_x) * (pair.y - centre.mean_y) AS DECIMAL(20, 8))) AS DOUBLE
        ) AS xy
    FROM centre
    INNER JOIN pair ON centre.week = pair.week AND centre.source = pair.source
    GROUP BY centre.week, centre.source
),

-- s² = (Syy - Sxy² / Sxx) / (n - 2)
line AS (
    SELECT
        centre.*,
        spread.xx,
        spread.xy / nullif(spread.xx, 0) AS slope,
        sqrt(
            greatest(0, spread.yy - spread.xy * spread.xy / nullif(spread.xx, 0))
            / nullif(centre.models - 2, 0)
        ) AS residual_sd
    FROM centre
    LEFT JOIN spread ON centre.week = spread.week AND centre.source = spread.source
),

-- Compared with the slope before of enough models: one of few says nothing.
compared AS (
    SELECT
        line.*,
        lag(line.slope) OVER (
            PARTITION BY line.source, line.models >= parameter.score_least_models ORDER BY line.week
        ) AS slope_before
    FROM line
    CROSS JOIN core.parameter AS parameter
),

final AS (
    SELECT
        compared.week,
        compared.source,
        compared.snapshot_at,
        compared.models,
        compared.mean_y - compared.slope * compared.mean_x AS intercept,
        compared.slope,
        compared.residual_sd,
        compared.mean_x AS mean_score,
        compared.xx AS score_squares,
        CASE
            WHEN compared.models < parameter.score_least_models OR compared.xx = 0 THEN 'too_few_models'
            WHEN
                compared.slope > (1 + parameter.score_slope_jump) * compared.slope_before
                OR compared.slope < (1 - parameter.score_slope_jump) * compared.slope_before
                THEN 'slope_jump'
        END AS refused_because
    FROM compared
    CROSS JOIN core.parameter AS parameter
)

SELECT * FROM final
