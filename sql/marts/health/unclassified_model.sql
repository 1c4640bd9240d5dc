/*
---
description: >-
  Models whose token mix is neither observed nor of a class recorded for them, with what rests on that
  guess. Add a row to model_class.csv, with its source.
empty: Empty where the token mix of every model is observed or of a recorded class.
grain: week × base_permaslug
unique: [week, base_permaslug]
columns:
  week:
  base_permaslug:
  author:
  revenue_method: VARCHAR NOT NULL | - | author_prior, or unclassified where the author has no class
  workload_class: VARCHAR NOT NULL | - | Class whose mix is used meanwhile
  tokens:
  share:
  revenue_usd_mid:
  revenue_share: DOUBLE | fraction of priced revenue | revenue_usd_mid over that of all named models
accepted:
  revenue_method: [author_prior, unclassified]
---
*/
-- Stealth models have no price and will get another name.
WITH final AS (
    SELECT
        value.week,
        value.base_permaslug,
        value.author,
        value.revenue_method,
        value.workload_class,
        cast(sum(value.tokens) AS BIGINT) AS tokens,
        cast(sum(value.tokens) AS DOUBLE) / nullif(max(week.total_tokens), 0) AS share,
        cast(sum(cast(value.revenue_usd_mid AS DECIMAL(28, 12))) AS DOUBLE) AS revenue_usd_mid,
        cast(sum(cast(value.revenue_usd_mid AS DECIMAL(28, 12))) AS DOUBLE)
        / nullif(max(market.revenue_usd_mid), 0) AS revenue_share
    FROM core.model_value AS value
    INNER JOIN core.week ON value.week = week.week
    INNER JOIN core.group_week AS market ON value.week = market.week AND market.grain = 'market'
    WHERE value.revenue_method IN ('author_prior', 'unclassified') AND value.bloc <> 'STEALTH'
    GROUP BY value.week, value.base_permaslug, value.author, value.revenue_method, value.workload_class
)

SELECT * FROM final
