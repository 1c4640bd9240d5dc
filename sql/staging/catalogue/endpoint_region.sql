/*
---
description: >-
  Where the providers of a model keep their data centres, as the list of providers says; empty where
  endpoints or providers were not snapshotted. What the list does not say is unknown, never safe.
grain: week × model_id × provider × region
unique: [week, model_id, provider, region]
columns:
  week: DATE NOT NULL | Monday | The ISO week in which they were asked, or the one before it
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
),

asked AS (
    SELECT
        model_id,
        provider_name,
        cast(date_trunc('week', cast(fetched_at AS DATE)) AS DATE) AS fetch_week,
        cast(fetched_at AS DATE) AS fetch_date
    FROM lake.endpoints
    WHERE model_id IS NOT NULL
),

of_week AS (
    SELECT
        fetch_week AS week,
        model_id,
        provider_name
    FROM asked
    UNION ALL
    SELECT
        cast(fetch_week - INTERVAL 7 DAY AS DATE) AS week,
        model_id,
        provider_name
    FROM asked
    WHERE fetch_date <= cast(fetch_week + INTERVAL 1 DAY AS DATE)
)

SELECT DISTINCT
    of_week.week,
    of_week.model_id,
    region.provider,
    region.region
FROM of_week
INNER JOIN region ON of_week.provider_name = region.name
