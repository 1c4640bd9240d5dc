/*
---
description: Each author's week over all its listed models.
grain: week × author
unique: [week, author]
columns:
  week:
  author: VARCHAR NOT NULL | - | First part of the slug; stealth models keep the slug they are listed under
  organisation: VARCHAR | - | Name of the developer; NULL if the author is not in the reference table
  tokens: BIGINT NOT NULL | tokens | Sum over the author's models and the days they were listed
  share:
  wow: DOUBLE | fraction | Growth of the listed tokens, both weeks complete; unlisted models do not count
  models:
  top9_models: BIGINT NOT NULL | models | Models among the first nine
  top10_models:
  top20_models: BIGINT NOT NULL | models | Models among the first twenty
checks:
  a listed author has a model: models >= 1
---
*/
WITH listed AS (
    SELECT
        week,
        author,
        cast(sum(tokens) AS BIGINT) AS tokens,
        count(*) AS models,
        count(*) FILTER (WHERE rank <= 9) AS top9_models,
        count(*) FILTER (WHERE rank <= 10) AS top10_models,
        count(*) FILTER (WHERE rank <= 20) AS top20_models
    FROM core.model_week
    WHERE tokens IS NOT NULL
    GROUP BY week, author
),

final AS (
    SELECT
        listed.week,
        listed.author,
        vendor.organisation,
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
        ON week.previous_week = previous.week AND listed.author = previous.author
    LEFT JOIN staging.vendor
        ON
            listed.author = vendor.author
            AND listed.week >= vendor.valid_from
            AND listed.week < vendor.valid_before
)

SELECT * FROM final
