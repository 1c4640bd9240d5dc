/*
---
description: >-
  The groups a listed model belongs to in a week: itself, its family, vendor, bloc, price tier and
  series, and the market of all named models. A family that may belong to a series is not in it.
grain: week × model_permaslug × grain × key
unique: [week, model_permaslug, grain, key]
columns:
  week:
  model_permaslug:
  grain:
  key:
accepted:
  grain: [model, family, vendor, bloc, tier, series, market]
---
*/
WITH final AS (
    SELECT
        week,
        model_permaslug,
        'model' AS grain,
        model_permaslug AS key
    FROM core.model_value
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'family' AS grain,
        family AS key
    FROM core.model_value
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'vendor' AS grain,
        vendor AS key
    FROM core.model_value
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'bloc' AS grain,
        bloc AS key
    FROM core.model_value
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'tier' AS grain,
        tier AS key
    FROM core.model_value
    UNION ALL
    SELECT
        model_value.week,
        model_value.model_permaslug,
        'series' AS grain,
        family.series AS key
    FROM core.model_value
    INNER JOIN core.series_family AS family
        ON model_value.week = family.week AND model_value.family = family.family
    WHERE family.membership = 'sure'
    UNION ALL
    SELECT
        week,
        model_permaslug,
        'market' AS grain,
        'named' AS key
    FROM core.model_value
)

SELECT * FROM final
