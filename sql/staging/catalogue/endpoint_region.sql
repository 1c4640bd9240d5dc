/*
---
description: >-
  Where the providers of a model have their data centres, according to the list of providers. Empty
  where endpoints or providers were not fetched. A missing place is unknown, never safe.
grain: week × model_id × provider × region
unique: [week, model_id, provider, region]
columns:
  week: DATE NOT NULL | Monday | The ISO week in which they were fetched, or the one before it
  model_id:
  provider:
  region: VARCHAR NOT NULL | - | Place of a data centre, in the source's own words
---
*/
WITH provider AS (
    SELECT
        provider,
        name,
        datacenters,
        row_number() OVER (PARTITION BY provider ORDER BY fetched_at DESC) AS age
    FROM lake.providers
),

region AS (
    SELECT
        provider,
        name,
        unnest(datacenters) AS region
    FROM provider
    WHERE age = 1
)

SELECT DISTINCT
    fetch_week.week,
    endpoint.model_id,
    region.provider,
    region.region
FROM lake.endpoints AS endpoint
INNER JOIN staging.fetch_week ON endpoint.fetched_at = fetch_week.fetched_at
INNER JOIN region ON endpoint.provider_name = region.name
WHERE endpoint.model_id IS NOT NULL
