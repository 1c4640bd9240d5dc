/*
---
description: >-
  The parts of every operand, resolved to the warehouse's names as of a claim's week: a model id
  through the catalogue of that week or the week before, everything else by its exact name. Nothing
  is guessed. An operand with models has a twin that counts their free variants too.
grain: operand × week × grain × name
unique: [operand, week, grain, name]
columns:
  operand:
  week: DATE NOT NULL | Monday | The week in which the claim's period ends
  grain: VARCHAR NOT NULL | - | What kind of group the part is
  name: VARCHAR NOT NULL | - | The part as the claim names it
  key: VARCHAR | - | The warehouse's name; NULL if the part is unknown
accepted:
  grain: [market, bloc, series, vendor, model, weights, price, category]
---
*/
WITH operand AS (
    SELECT DISTINCT
        operand.operand,
        claim.week
    FROM core.claim_operand AS operand
    INNER JOIN staging.claim ON operand.file = claim.file AND operand.claim_id = claim.claim_id
),

part AS (
    SELECT DISTINCT
        operand.operand,
        operand.week,
        split_part(split_part(operand.operand, '+', number.number), '=', 1) AS grain,
        split_part(split_part(operand.operand, '+', number.number), '=', 2) AS name
    FROM operand
    INNER JOIN staging.number
        ON number.number <= 1 + length(operand.operand) - length(replace(operand.operand, '+', ''))
),

listed AS (
    SELECT
        model_permaslug,
        min(author) AS author,
        min(vendor) AS vendor
    FROM core.model_week
    GROUP BY model_permaslug
),

-- A company may publish under several author slugs: each of them names the vendor.
author AS (
    SELECT
        author,
        vendor
    FROM staging.vendor
    UNION
    SELECT
        author,
        vendor
    FROM listed
),

known AS (
    SELECT
        'vendor' AS grain,
        author AS name,
        min(vendor) AS key
    FROM author
    GROUP BY author
    UNION
    SELECT
        'series' AS grain,
        series AS name,
        series AS key
    FROM reference.series
    WHERE series <> 'none'
    UNION
    SELECT
        'category' AS grain,
        category AS name,
        category AS key
    FROM reference.taxonomy
    UNION
    SELECT
        'category' AS grain,
        category AS name,
        category AS key
    FROM staging.task_category
),

resolved AS (
    SELECT
        part.operand,
        part.week,
        part.grain,
        part.name,
        CASE
            WHEN part.grain IN ('market', 'bloc', 'weights', 'price') THEN part.name
            WHEN part.grain = 'model'
                THEN coalesce(
                    offered.model_permaslug, offered_before.model_permaslug, listed.model_permaslug
                )
            ELSE known.key
        END AS key
    FROM part
    LEFT JOIN known ON part.grain = known.grain AND part.name = known.name
    LEFT JOIN staging.catalogue AS offered
        ON
            part.grain = 'model'
            AND part.week = offered.week
            AND part.name = offered.model_id
    LEFT JOIN staging.catalogue AS offered_before
        ON
            part.grain = 'model'
            AND cast(part.week - INTERVAL 7 DAY AS DATE) = offered_before.week
            AND part.name = offered_before.model_id
    LEFT JOIN listed ON part.grain = 'model' AND part.name = listed.model_permaslug
),

free_variant AS (
    SELECT
        resolved.operand,
        resolved.week,
        resolved.name || ':free' AS name,
        listed.model_permaslug AS key
    FROM resolved
    INNER JOIN listed ON resolved.grain = 'model' AND resolved.key || ':free' = listed.model_permaslug
),

final AS (
    SELECT * FROM resolved
    UNION
    SELECT
        resolved.operand || '+free' AS operand,
        resolved.week,
        resolved.grain,
        resolved.name,
        resolved.key
    FROM resolved
    INNER JOIN free_variant ON resolved.operand = free_variant.operand AND resolved.week = free_variant.week
    UNION
    SELECT
        operand || '+free' AS operand,
        week,
        'model' AS grain,
        name,
        key
    FROM free_variant
)

SELECT * FROM final
