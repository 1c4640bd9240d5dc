/*
---
description: >-
  Own usage of a month and model at the list prices of its own week, and of every other week with a
  catalogue: what the same tokens would have cost. Where a week lists no price there is no row, never a
  zero.
grain: month × week × scope × model_permaslug × cost_kind × price_week
unique: [month, week, scope, model_permaslug, cost_kind, price_week]
columns:
  month:
  week:
  scope: VARCHAR NOT NULL | - | Account or gateway, as named on import
  model_permaslug:
  cost_kind:
  is_billed:
  price_week: DATE NOT NULL | Monday | The week whose prices these are
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together
  cost_usd:
  list_usd: DOUBLE NOT NULL | USD | The same tokens at list price
  is_length_known: BOOLEAN NOT NULL | - | False where long prompts are priced without a known price for them
---
*/
WITH longest AS (
    SELECT
        listed.model_permaslug,
        min(condition.from_tokens) AS from_tokens
    FROM core.list_price AS listed
    INNER JOIN core.price_condition AS condition
        ON listed.week = condition.week AND listed.model_id = condition.model_id
    WHERE condition.from_tokens > 0
    GROUP BY listed.model_permaslug
),

final AS (
    SELECT
        own.month,
        own.week,
        own.scope,
        own.model_permaslug,
        own.cost_kind,
        own.is_billed,
        price.price_week,
        cast(sum(own.tokens) AS BIGINT) AS tokens,
        cast(sum(own.cost_usd) AS DECIMAL(28, 12)) AS cost_usd,
        cast(
            sum(
                cast(
                    (
                        (
                            own.prompt_tokens
                            - coalesce(own.cache_read_tokens, 0)
                            - coalesce(own.cache_write_tokens, 0)
                        ) * price.prompt_price
                        + coalesce(own.cache_read_tokens, 0) * price.read_price
                        + coalesce(own.cache_write_tokens, 0) * price.write_price
                        + own.completion_tokens * price.completion_price
                    ) / 1000000 AS DECIMAL(28, 12)
                )
            ) AS DOUBLE
        ) AS list_usd,
        bool_and(
            price.is_length_known OR own.prompt_from < coalesce(longest.from_tokens, 1000000000000)
        ) AS is_length_known
    FROM core.usage_counted AS own
    INNER JOIN core.usage_price AS price
        ON
            own.model_permaslug = price.model_permaslug
            AND own.prompt_from >= price.from_tokens
            AND own.prompt_from < price.before_tokens
    LEFT JOIN longest ON own.model_permaslug = longest.model_permaslug
    WHERE own.tokens > 0
    GROUP BY
        own.month,
        own.week,
        own.scope,
        own.model_permaslug,
        own.cost_kind,
        own.is_billed,
        price.price_week
)

SELECT * FROM final
