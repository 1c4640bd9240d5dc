/*
---
description: >-
  Each company's week over all its listed models. A company that publishes under several author
  slugs is one vendor; the models behind stealth slugs are counted under that slug.
grain: week × vendor
unique: [week, vendor]
columns:
  week:
  vendor:
  vendor_name: VARCHAR | - | Name of the company; NULL if vendors.csv does not list it
  tokens:
  share:
  wow: DOUBLE | fraction | Growth of the listed tokens, both weeks complete; unlisted models are not in it
  models:
  top9_models: BIGINT NOT NULL | models | Those among the first nine
  top10_models:
  top20_models: BIGINT NOT NULL | models | Those among the first twenty
checks:
  a listed vendor has a model: models >= 1
---
*/
WITH listed AS (
    SELECT
        week,
        vendor,
        cast(sum(tokens) AS BIGINT) AS tokens,
        count(*) AS models,
        count(*) FILTER (WHERE rank <= 9) AS top9_models,
        count(*) FILTER (WHERE rank <= 10) AS top10_models,
        count(*) FILTER (WHERE rank <= 20) AS top20_models
    FROM core.model_week
    WHERE tokens IS NOT NULL
    GROUP BY week, vendor
),

-- The name of a company comes from the row whose author slug is the slug of the company.
company AS (
    SELECT
        vendor,
        organisation,
        valid_from,
        valid_before
    FROM staging.vendor
    WHERE author = vendor
),

final AS (
    SELECT
        listed.week,
        listed.vendor,
        company.organisation AS vendor_name,
        listed.tokens,
        cast(listed.tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS share,
        CASE
            WHEN week.is_complete AND previous_week.is_complete
                THEN cast(listed.tokens AS DOUBLE) / nullif(previous.tokens, 0) - 1
        END AS wow,
        listed.models,
        listed.top9_models,
        listed.top10_models,
        listed.top20_models
    FROM listed
    INNER JOIN core.week ON listed.week = week.week
    LEFT JOIN core.week AS previous_week ON week.previous_week = previous_week.week
    LEFT JOIN listed AS previous
        ON week.previous_week = previous.week AND listed.vendor = previous.vendor
    LEFT JOIN company
        ON
            listed.vendor = company.vendor
            AND listed.week >= company.valid_from
            AND listed.week < company.valid_before
)

SELECT * FROM final
