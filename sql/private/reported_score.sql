/*
---
description: >-
  Every third-party score that a response has reported of a model on offer: from the catalogue, and from the
  list of benchmarks, which has a display name.
grain: snapshot_at × source × model_id × score
unique: [snapshot_at, source, model_id, display_name, score]
columns:
  snapshot_at:
  source:
  model_id:
  model_permaslug: VARCHAR | - | Model as on the wire; NULL where the catalogue does not say
  display_name: VARCHAR | - | Its name in the source; NULL where the response does not contain it
  score: DOUBLE | points of the source | The score; NULL where it is not a number
  rows_found: BIGINT NOT NULL | rows | Of the response that say so
---
*/
WITH reported AS (
    SELECT
        fetched_at AS snapshot_at,
        'artificial_analysis' AS source,
        model_id,
        canonical_slug AS model_permaslug,
        cast(NULL AS VARCHAR) AS display_name,
        score
    FROM lake.model_scores
    UNION ALL
    SELECT
        reported.as_of AS snapshot_at,
        replace(reported.source, '-', '_') AS source,
        catalogue.model_id,
        reported.model_permaslug,
        reported.display_name,
        -- A text of digits keeps its quotes here, and is no number.
        try_cast(cast(json_extract(reported.scores, '$.intelligence_index') AS VARCHAR) AS DOUBLE) AS score
    FROM lake.benchmarks AS reported
    INNER JOIN (
        SELECT DISTINCT
            model_permaslug,
            model_id
        FROM staging.catalogue
    ) AS catalogue ON reported.model_permaslug = catalogue.model_permaslug
    WHERE json_extract_string(reported.scores, '$.intelligence_index') IS NOT NULL
)

SELECT
    snapshot_at,
    source,
    model_id,
    model_permaslug,
    display_name,
    score,
    count(*) AS rows_found
FROM reported
GROUP BY snapshot_at, source, model_id, model_permaslug, display_name, score
