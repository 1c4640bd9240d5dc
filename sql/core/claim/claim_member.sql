/*
---
description: >-
  The groups that a claim can name and the listed models of a week that belong to them. Where the
  catalogue does not say, a model may belong to a group and to its opposite, and is sure of neither;
  nor is it of a series whose rules do not decide.
grain: week × model_permaslug × grain × key
unique: [week, model_permaslug, grain, key]
columns:
  week:
  model_permaslug:
  grain: VARCHAR NOT NULL | - | Kind of group
  key:
  is_sure: BOOLEAN NOT NULL | - | Whether the model surely belongs to it
accepted:
  grain: [market, bloc, series, vendor, model, weights, price]
---
*/
-- If a catalogue links any weights, models without a link count as closed.
WITH speaking_week AS (
    SELECT DISTINCT week
    FROM staging.catalogue
    WHERE hugging_face_id <> ''
),

weights AS (
    SELECT
        catalogue.canonical_slug AS base_permaslug,
        bool_or(coalesce(catalogue.hugging_face_id, '') <> '') AS are_open
    FROM staging.catalogue
    INNER JOIN speaking_week ON catalogue.week = speaking_week.week
    GROUP BY catalogue.canonical_slug
),

described AS (
    SELECT
        value.week,
        value.model_permaslug,
        weights.are_open,
        CASE
            WHEN model.variant = 'free' THEN TRUE
            WHEN value.prompt_price > 0 OR value.completion_price > 0 THEN FALSE
            WHEN value.prompt_price = 0 AND value.completion_price = 0 THEN TRUE
        END AS is_free
    FROM core.model_value AS value
    INNER JOIN core.model ON value.model_permaslug = model.model_permaslug
    LEFT JOIN weights ON model.base_permaslug = weights.base_permaslug
),

final AS (
    SELECT
        week,
        model_permaslug,
        grain,
        key,
        TRUE AS is_sure
    FROM core.model_group
    WHERE grain IN ('market', 'bloc', 'series', 'vendor', 'model')
    UNION ALL
    SELECT
        value.week,
        value.model_permaslug,
        'series' AS grain,
        family.series AS key,
        FALSE AS is_sure
    FROM core.model_value AS value
    INNER JOIN core.series_family AS family
        ON value.week = family.week AND value.family = family.family
    WHERE family.membership <> 'sure'
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'weights' AS grain,
        'open' AS key,
        are_open IS NOT NULL AS is_sure
    FROM described
    WHERE coalesce(are_open, TRUE)
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'weights' AS grain,
        'closed' AS key,
        are_open IS NOT NULL AS is_sure
    FROM described
    WHERE NOT coalesce(are_open, FALSE)
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'price' AS grain,
        'free' AS key,
        is_free IS NOT NULL AS is_sure
    FROM described
    WHERE coalesce(is_free, TRUE)
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'price' AS grain,
        'paid' AS key,
        is_free IS NOT NULL AS is_sure
    FROM described
    WHERE NOT coalesce(is_free, FALSE)
)

SELECT * FROM final
