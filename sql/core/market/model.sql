/*
---
description: Every model in the rankings or a catalogue, with what its slug says.
grain: model_permaslug
unique: [model_permaslug]
columns:
  model_permaslug:
  base_permaslug:
  variant:
  author:
  family:
  is_stealth:
  cache_write_multiplier:
---
*/
WITH named AS (
    SELECT model_permaslug
    FROM staging.rankings_daily
    WHERE NOT is_other
    UNION
    SELECT model_permaslug
    FROM staging.catalogue
),

slugs AS (
    SELECT
        model_permaslug,
        split_part(model_permaslug, ':', 1) AS base_permaslug,
        coalesce(
            nullif(substring(model_permaslug, length(split_part(model_permaslug, ':', 1)) + 2), ''),
            'standard'
        ) AS variant,
        split_part(model_permaslug, '/', 1) AS author
    FROM named
),

-- Four digits at the end are a date only if the catalogue offers the same model without them.
short_dates AS (
    SELECT DISTINCT canonical_slug
    FROM staging.catalogue
    WHERE
        regexp_matches(canonical_slug, '-[0-9]{4}$')
        AND split_part(model_id, ':', 1) = left(canonical_slug, length(canonical_slug) - 5)
),

dated AS (
    SELECT
        slugs.*,
        CASE
            WHEN regexp_matches(base_permaslug, '-20[0-9]{6}$') THEN 9
            WHEN regexp_matches(base_permaslug, '-[0-9]{4}-[0-9]{2}-[0-9]{2}$') THEN 11
            WHEN short_dates.canonical_slug IS NOT NULL THEN 5
            ELSE 0
        END AS date_length
    FROM slugs
    LEFT JOIN short_dates ON slugs.base_permaslug = short_dates.canonical_slug
),

cache_write AS (
    SELECT
        dated.model_permaslug,
        max(cache_write.multiplier) AS multiplier
    FROM dated
    INNER JOIN reference.cache_write
        ON left(dated.base_permaslug, length(cache_write.slug_prefix)) = cache_write.slug_prefix
    GROUP BY dated.model_permaslug
),

final AS (
    SELECT
        dated.model_permaslug,
        dated.base_permaslug,
        dated.variant,
        dated.author,
        left(dated.base_permaslug, length(dated.base_permaslug) - dated.date_length) AS family,
        dated.author = 'stealth' OR dated.base_permaslug LIKE 'openrouter/%-alpha' AS is_stealth,
        cast(coalesce(cache_write.multiplier, 1) AS DOUBLE) AS cache_write_multiplier
    FROM dated
    LEFT JOIN cache_write ON dated.model_permaslug = cache_write.model_permaslug
)

SELECT * FROM final
