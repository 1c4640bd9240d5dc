/*
---
description: Who develops the models of an author slug, and where the developer has its headquarters.
grain: author × valid_from
unique: [author, valid_from]
columns:
  author: VARCHAR NOT NULL | - | First part of a model's slug
  vendor: VARCHAR NOT NULL | - | One slug per company, where a company uses several
  organisation: VARCHAR NOT NULL | - | Name of the developer
  country_iso2: VARCHAR | ISO 3166 | Country of the developer's headquarters, never of the host
  is_router: BOOLEAN NOT NULL | - | Whether the slug passes requests on to models of others
  bloc: VARCHAR NOT NULL | - | The country as CN, US or OTHER; a router or unknown country is UNATTRIBUTED
  confidence: VARCHAR NOT NULL | - | How well the source supports the country
  source: VARCHAR NOT NULL | - | Where the country was read
  recorded_on: DATE NOT NULL | day | When the row was written
  valid_from: DATE NOT NULL | day | First day on which the row holds
  valid_before: DATE NOT NULL | day | First day on which it holds no longer
accepted:
  confidence: [high, medium, low, none]
  bloc: [CN, US, OTHER, UNATTRIBUTED]
checks:
  the period is not empty: valid_from < valid_before
---
*/
WITH final AS (
    SELECT
        author,
        vendor,
        organisation,
        country_iso2,
        author_type = 'router' AS is_router,
        CASE
            WHEN author_type = 'router' OR country_iso2 IS NULL THEN 'UNATTRIBUTED'
            WHEN country_iso2 IN ('CN', 'US') THEN country_iso2
            ELSE 'OTHER'
        END AS bloc,
        confidence,
        source,
        recorded_on,
        coalesce(valid_from, DATE '2020-01-01') AS valid_from,
        coalesce(cast(valid_to + INTERVAL 1 DAY AS DATE), DATE '2100-01-01') AS valid_before
    FROM reference.vendors
)

SELECT * FROM final
