/*
---
description: >-
  Authors in the data without a recorded country, with the tokens that stay unattributed because of
  it. Add a row to warehouse/reference/vendors.csv, with its source.
empty: Empty where the country of every author is recorded.
grain: week × author
unique: [week, author]
columns:
  week:
  author:
  organisation: VARCHAR | - | Name of the developer; NULL if the author is not in the table at all
  tokens:
  share:
---
*/
WITH final AS (
    SELECT
        model_week.week,
        model_week.author,
        max(vendor.organisation) AS organisation,
        cast(sum(model_week.tokens) AS BIGINT) AS tokens,
        cast(sum(model_week.tokens) AS DOUBLE) / nullif(max(week.total_tokens), 0) AS share
    FROM core.model_week
    INNER JOIN core.week ON model_week.week = week.week
    LEFT JOIN staging.vendor
        ON
            model_week.author = vendor.author
            AND model_week.week >= vendor.valid_from
            AND model_week.week < vendor.valid_before
    WHERE
        model_week.bloc = 'UNATTRIBUTED' AND model_week.tokens IS NOT NULL
        AND NOT coalesce(vendor.is_router, FALSE)
    GROUP BY model_week.week, model_week.author
)

SELECT * FROM final
