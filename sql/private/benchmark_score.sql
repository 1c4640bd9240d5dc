/*
---
description: >-
  Third-party scores of a model, from the newest response of each source. They belong to the third
  party: they stay in the home, are cited, and are never exported.
grain: source × model_permaslug × scores
unique: [source, model_permaslug, scores]
columns:
  as_of:
  version: VARCHAR NOT NULL | - | Version of the index, as in the response
  source: VARCHAR NOT NULL | - | Source of the scores
  model_permaslug: VARCHAR NOT NULL | - | Model as on the wire
  display_name: VARCHAR | - | Its name; NULL where the response does not contain it
  scores: VARCHAR NOT NULL | JSON | The scores; every source has its own fields
  citation: VARCHAR | - | How the source wants to be cited; NULL where the response does not say
---
*/
WITH reported AS (
    SELECT
        *,
        max(as_of) OVER (PARTITION BY source) AS newest
    FROM lake.benchmarks
),

final AS (
    SELECT
        as_of,
        max(version) AS version,
        source,
        model_permaslug,
        max(display_name) AS display_name,
        scores,
        max(citation) AS citation
    FROM reported
    WHERE as_of = newest
    GROUP BY as_of, source, model_permaslug, scores
)

SELECT * FROM final
