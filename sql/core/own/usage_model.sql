/*
---
description: >-
  What a name in own records means: the catalogue's permaslug by the hand-kept alias of that source, else by
  its own permaslug, else by its id. Nothing is fuzzy, and a name that means nothing here stays as it is.
grain: source × model_raw
unique: [source, model_raw]
columns:
  source:
  model_raw:
  model:
  model_permaslug: VARCHAR
  resolved_by:
  is_openrouter: BOOLEAN NOT NULL | - | Whether it went through OpenRouter, as its source or name says
accepted:
  resolved_by: [alias, permaslug, id, preset, router, unresolved]
---
*/
WITH seen AS (
    SELECT DISTINCT
        source,
        model_raw
    FROM usage.usage_day
),

named AS (
    SELECT
        source,
        model_raw,
        CASE
            WHEN lower(model_raw) LIKE 'openrouter/%/%' THEN substring(lower(model_raw), 12)
            ELSE lower(model_raw)
        END AS name,
        source = 'openrouter' OR lower(model_raw) LIKE 'openrouter/%' AS is_openrouter
    FROM seen
),

offer AS (
    SELECT
        lower(model_id) AS name,
        model_permaslug,
        row_number() OVER (PARTITION BY lower(model_id) ORDER BY week DESC, model_permaslug) AS place
    FROM staging.catalogue
    WHERE lower(model_id) IN (SELECT name FROM named)
),

known AS (
    SELECT
        lower(model_permaslug) AS name,
        min(model_permaslug) AS model_permaslug
    FROM core.model
    GROUP BY lower(model_permaslug)
),

resolved AS (
    SELECT
        named.source,
        named.model_raw,
        named.is_openrouter,
        coalesce(alias.model_permaslug, known.model_permaslug, offer.model_permaslug) AS model_permaslug,
        CASE
            WHEN alias.model_permaslug IS NOT NULL THEN 'alias'
            WHEN known.model_permaslug IS NOT NULL THEN 'permaslug'
            WHEN offer.model_permaslug IS NOT NULL THEN 'id'
            WHEN named.name LIKE '%@preset/%' THEN 'preset'
            WHEN named.name LIKE '~%' OR named.name LIKE 'openrouter/%' THEN 'router'
            ELSE 'unresolved'
        END AS resolved_by
    FROM named
    LEFT JOIN reference.usage_alias AS alias
        ON named.source = alias.source AND named.model_raw = alias.model_raw
    LEFT JOIN known ON named.name = known.name
    LEFT JOIN offer ON named.name = offer.name AND offer.place = 1
),

final AS (
    SELECT
        source,
        model_raw,
        coalesce(model_permaslug, model_raw) AS model,
        model_permaslug,
        resolved_by,
        is_openrouter
    FROM resolved
)

SELECT * FROM final
