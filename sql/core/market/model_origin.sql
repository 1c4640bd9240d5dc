/*
---
description: The developer and bloc of a model, in every week with daily rows.
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week:
  model_permaslug:
  author:
  vendor:
  bloc:
checks:
  every bloc is one of core.bloc: >-
    SELECT origin.bloc FROM core.model_origin AS origin
    LEFT JOIN core.bloc ON origin.bloc = bloc.bloc
    WHERE bloc.bloc IS NULL
---
*/
WITH final AS (
    SELECT
        week.week,
        model.model_permaslug,
        model.author,
        coalesce(vendor.vendor, model.author) AS vendor,
        CASE WHEN model.is_stealth THEN 'STEALTH' ELSE coalesce(vendor.bloc, 'UNATTRIBUTED') END AS bloc
    FROM core.model
    CROSS JOIN core.week
    LEFT JOIN staging.vendor
        ON
            model.author = vendor.author
            AND week.week >= vendor.valid_from
            AND week.week < vendor.valid_before
    WHERE week.source = 'daily_rows'
)

SELECT * FROM final
