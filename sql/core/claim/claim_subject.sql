/*
---
description: >-
  The subjects of a claim, one a row, resolved to the warehouse's names: a model id through the
  catalogue of that week, or of the week before for what has left, everything else by its exact
  name. Nothing is guessed.
grain: file × claim_id × position
unique: [file, claim_id, position]
columns:
  file:
  claim_id:
  position:
  metric:
  week:
  grain: VARCHAR NOT NULL | - | market, bloc, series, vendor, model, ranks or category
  name: VARCHAR NOT NULL | - | The subject as the claim writes it, without a list's length
  key: VARCHAR | - | The warehouse's name; NULL if the subject is unknown
  top_n:
  first_rank: BIGINT | place | First place of a range of ranks
  last_rank: BIGINT | place | Last place of a range of ranks
accepted:
  grain: [market, bloc, series, vendor, model, ranks, category]
---
*/
WITH part AS (
    SELECT
        claim.file,
        claim.claim_id,
        claim.week,
        claim.metric,
        number.number AS position,
        split_part(claim.subject, ';', number.number) AS part
    FROM staging.claim
    INNER JOIN staging.number
        ON number.number <= 1 + length(claim.subject) - length(replace(claim.subject, ';', ''))
),

parsed AS (
    SELECT
        *,
        CASE
            WHEN metric = 'task_share' THEN 'category'
            WHEN part = 'all' THEN 'market'
            WHEN part LIKE 'origin:%' THEN 'bloc'
            WHEN part LIKE 'series:%' THEN 'series'
            WHEN part LIKE 'ranks:%' THEN 'ranks'
            WHEN part LIKE '%/%' THEN 'model'
            ELSE 'vendor'
        END AS grain,
        regexp_extract(part, ':([0-9]+)$', 1) AS length_text,
        regexp_extract(part, '^ranks:([0-9]+)-([0-9]+)$', 1) AS first_text,
        regexp_extract(part, '^ranks:([0-9]+)-([0-9]+)$', 2) AS last_text
    FROM part
),

named AS (
    SELECT
        *,
        CASE
            WHEN grain = 'bloc' THEN split_part(split_part(part, ':', 2), '>', 1)
            WHEN grain = 'series' THEN split_part(part, ':', 2)
            WHEN grain = 'vendor' THEN split_part(part, ':', 1)
            WHEN length_text <> '' THEN left(part, length(part) - length(length_text) - 1)
            ELSE part
        END AS name
    FROM parsed
),

ranked AS (
    SELECT DISTINCT
        model_permaslug,
        author,
        vendor
    FROM core.model_week
),

series AS (
    SELECT DISTINCT series FROM reference.series
),

-- A company may publish under several author slugs: each of them names the vendor.
author AS (
    SELECT
        author,
        min(vendor) AS vendor
    FROM (
        SELECT
            author,
            vendor
        FROM staging.vendor
        UNION
        SELECT
            author,
            vendor
        FROM ranked
    ) AS named
    GROUP BY author
),

final AS (
    SELECT
        named.file,
        named.claim_id,
        named.position,
        named.metric,
        named.week,
        named.grain,
        named.name,
        CASE named.grain
            WHEN 'market' THEN 'named'
            WHEN 'bloc' THEN named.name
            WHEN 'series' THEN series.series
            WHEN 'vendor' THEN author.vendor
            WHEN 'model'
                THEN coalesce(
                    offered.model_permaslug, offered_before.model_permaslug, ranked.model_permaslug
                )
            WHEN 'ranks' THEN named.name
            WHEN 'category' THEN taxonomy.category
        END AS key,
        cast(nullif(named.length_text, '') AS BIGINT) AS top_n,
        cast(nullif(named.first_text, '') AS BIGINT) AS first_rank,
        cast(nullif(named.last_text, '') AS BIGINT) AS last_rank
    FROM named
    LEFT JOIN series ON named.grain = 'series' AND named.name = series.series
    LEFT JOIN author ON named.grain = 'vendor' AND named.name = author.author
    LEFT JOIN staging.catalogue AS offered
        ON
            named.grain = 'model'
            AND named.week = offered.week
            AND named.name = offered.model_id
    LEFT JOIN staging.catalogue AS offered_before
        ON
            named.metric = 'left_top'
            AND named.grain = 'model'
            AND cast(named.week - INTERVAL 7 DAY AS DATE) = offered_before.week
            AND named.name = offered_before.model_id
    LEFT JOIN ranked ON named.grain = 'model' AND named.name = ranked.model_permaslug
    LEFT JOIN reference.taxonomy
        ON
            named.grain = 'category'
            AND named.name = taxonomy.category
            AND named.week >= taxonomy.valid_from
            AND named.week < taxonomy.valid_before
)

SELECT * FROM final
