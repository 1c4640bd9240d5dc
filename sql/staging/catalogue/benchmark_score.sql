/*
---
description: >-
  What third parties measured of a model, as the newest answer of each tells it. It is theirs: kept at
  home and cited, read by no other model, never exported.
grain: source × model_permaslug × scores
unique: [source, model_permaslug, scores]
columns:
  as_of:
  version: VARCHAR NOT NULL | - | Version of the index, as the answer says
  source: VARCHAR NOT NULL | - | Who measured
  model_permaslug: VARCHAR NOT NULL | - | Model as on the wire
  display_name: VARCHAR | - | Its name; NULL where the answer does not say
  scores: VARCHAR NOT NULL | JSON | What was measured; every source has fields of its own
  citation: VARCHAR | - | How the source wants to be cited; NULL where the answer does not say
---
*/
WITH told AS (
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
    FROM told
    WHERE as_of = newest
    GROUP BY as_of, source, model_permaslug, scores
)

SELECT * FROM final
