/*
---
description: The developer of an author slug's models, and where it has its headquarters.
grain: author × valid_from
unique: [author, valid_from]
columns:
  author:
  vendor: VARCHAR NOT NULL | - | One slug per company, even if it publishes under several
  organisation: VARCHAR NOT NULL | - | Name of the developer
  country_iso2: VARCHAR | ISO 3166 | Country of the developer's headquarters, not of the host
  is_router: BOOLEAN NOT NULL | - | Whether the slug forwards requests to models of others
  bloc:
  confidence: VARCHAR NOT NULL | - | How well the source supports the country
  source:
  recorded_on:
  valid_from:
  valid_before:
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
        valid_from,
        valid_before
    FROM reference.vendors
)

SELECT * FROM final
