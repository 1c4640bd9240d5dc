/*
---
description: >-
  What the billed tokens of a month would have cost: as billed, at the list prices of their own weeks, at
  those of any other week, and on a routing table, once with the cache as it was and once cold, since caches
  are per provider: each workload on its own route, and all as one workload. Every basis covers the same
  tokens, and what a basis cannot price is counted. Usage without a bill has rows of its own. Success is not
  compared.
empty: Empty until own usage is imported (`tokenhouse usage add`) and published.
grain: month × basis × price_week × workload × model × is_billed
unique: [month, basis, price_week, workload, model, is_billed]
private: true
columns:
  month:
  basis: VARCHAR NOT NULL | - | as_billed, own_week, week, routed, or table for all as one workload
  price_week: DATE | Monday | The week of prices or of the routing table; NULL for as_billed and own_week
  workload: VARCHAR | - | Whose route carries it, of routed and table; NULL in routed stays as it was
  model: VARCHAR NOT NULL | - | The model that was used; of routed and table the primary
  is_billed:
  tokens: BIGINT NOT NULL | tokens | Prompt and completion together
  usd: DOUBLE | USD | Cost on this basis; NULL where nothing is priced
  usd_high: DOUBLE | USD | The same with a cold cache, of routed and table; else usd
  unpriced_tokens: BIGINT NOT NULL | tokens | Tokens for which this basis has no price
  conditional_price_known: BOOLEAN NOT NULL | - | False where long prompts lack a known price for them
accepted:
  basis: [as_billed, own_week, week, routed, table]
---
*/
WITH own AS (
    SELECT *
    FROM core.usage_counted
    WHERE tokens > 0
),

used AS (
    SELECT
        month,
        model,
        is_billed,
        cast(sum(tokens) AS BIGINT) AS tokens,
        cast(sum(cost_usd) FILTER (WHERE is_billed) AS DOUBLE) AS usd
    FROM own
    GROUP BY month, model, is_billed
),

priced AS (
    SELECT
        month,
        week = price_week AS is_own_week,
        price_week,
        model_permaslug AS model,
        is_billed,
        tokens,
        list_usd,
        is_length_known
    FROM core.usage_priced
),

listed AS (
    SELECT
        month,
        'own_week' AS basis,
        cast(NULL AS DATE) AS price_week,
        model,
        is_billed,
        sum(tokens) AS tokens,
        cast(sum(cast(list_usd AS DECIMAL(28, 12))) AS DOUBLE) AS usd,
        bool_and(is_length_known) AS is_length_known
    FROM priced
    WHERE is_own_week
    GROUP BY month, model, is_billed
    UNION ALL
    SELECT
        month,
        'week' AS basis,
        price_week,
        model,
        is_billed,
        sum(tokens) AS tokens,
        cast(sum(cast(list_usd AS DECIMAL(28, 12))) AS DOUBLE) AS usd,
        bool_and(is_length_known) AS is_length_known
    FROM priced
    GROUP BY month, price_week, model, is_billed
),

basis AS (
    SELECT DISTINCT
        basis,
        price_week
    FROM listed
),

route AS (
    SELECT
        week AS price_week,
        workload,
        model_id,
        model_permaslug,
        TRUE AS is_primary,
        cast(1 AS DOUBLE) AS times,
        cast(1 AS DOUBLE) AS times_high
    FROM marts.routing_table
    WHERE position = 0 AND model_permaslug IS NOT NULL
),

route_week AS (
    SELECT DISTINCT price_week
    FROM route
),

-- How often the escalation is asked is withheld where it would give a third party's score back.
hop AS (
    SELECT * FROM route
    UNION ALL
    SELECT
        second.week AS price_week,
        second.workload,
        second.model_id,
        second.model_permaslug,
        FALSE AS is_primary,
        coalesce(option.escalation_probability, 0) AS times,
        coalesce(option.escalation_probability, 1) AS times_high
    FROM marts.routing_table AS second
    INNER JOIN route ON second.week = route.price_week AND second.workload = route.workload
    LEFT JOIN marts.routing_option AS option
        ON
            second.week = option.week
            AND second.workload = option.workload
            AND route.model_id = option.model_id
            AND second.model_id = option.escalation_model_id
    WHERE second.role = 'escalation'
),

hopped AS (
    SELECT
        own.month,
        own.is_billed,
        own.workload AS own_workload,
        hop.price_week,
        hop.workload,
        route.model_permaslug AS model,
        CASE WHEN hop.is_primary THEN own.tokens ELSE 0 END AS tokens,
        hop.times
        * (
            (own.prompt_tokens - coalesce(own.cache_read_tokens, 0) - coalesce(own.cache_write_tokens, 0))
            * price.prompt_price
            + coalesce(own.cache_read_tokens, 0) * price.read_price
            + coalesce(own.cache_write_tokens, 0) * price.write_price
            + own.completion_tokens * price.completion_price
        ) / 1000000 AS usd,
        hop.times_high
        * (own.prompt_tokens * price.prompt_price + own.completion_tokens * price.completion_price)
        / 1000000 AS cold_usd,
        CASE WHEN price.model_permaslug IS NULL THEN own.tokens ELSE 0 END AS unpriced_tokens,
        coalesce(price.is_length_known, FALSE) AS is_length_known
    FROM own
    CROSS JOIN hop
    INNER JOIN route ON hop.price_week = route.price_week AND hop.workload = route.workload
    LEFT JOIN core.usage_price AS price
        ON
            hop.price_week = price.price_week
            AND hop.model_permaslug = price.model_permaslug
            AND own.prompt_from >= price.from_tokens
            AND own.prompt_from < price.before_tokens
),

carried AS (
    SELECT
        'table' AS basis,
        hopped.*
    FROM hopped
    UNION ALL
    SELECT
        'routed' AS basis,
        hopped.*
    FROM hopped
    WHERE own_workload = workload
    UNION ALL
    SELECT
        'routed' AS basis,
        own.month,
        own.is_billed,
        own.workload AS own_workload,
        route_week.price_week,
        cast(NULL AS VARCHAR) AS workload,
        own.model,
        own.tokens,
        cast(own.cost_usd AS DOUBLE) AS usd,
        cast(own.cost_usd AS DOUBLE) AS cold_usd,
        CASE WHEN own.is_billed THEN 0 ELSE own.tokens END AS unpriced_tokens,
        TRUE AS is_length_known
    FROM own
    CROSS JOIN route_week
    LEFT JOIN route ON route_week.price_week = route.price_week AND own.workload = route.workload
    WHERE route.workload IS NULL
),

final AS (
    SELECT
        month,
        'as_billed' AS basis,
        cast(NULL AS DATE) AS price_week,
        cast(NULL AS VARCHAR) AS workload,
        model,
        is_billed,
        tokens,
        usd,
        usd AS usd_high,
        CASE WHEN is_billed THEN 0 ELSE tokens END AS unpriced_tokens,
        TRUE AS conditional_price_known
    FROM used
    UNION ALL
    SELECT
        used.month,
        basis.basis,
        basis.price_week,
        cast(NULL AS VARCHAR) AS workload,
        used.model,
        used.is_billed,
        used.tokens,
        listed.usd,
        listed.usd AS usd_high,
        cast(used.tokens - coalesce(listed.tokens, 0) AS BIGINT) AS unpriced_tokens,
        coalesce(listed.is_length_known, TRUE) AS conditional_price_known
    FROM used
    CROSS JOIN basis
    LEFT JOIN listed
        ON
            used.month = listed.month
            AND used.model = listed.model
            AND used.is_billed = listed.is_billed
            AND basis.basis = listed.basis
            AND coalesce(basis.price_week, DATE '1970-01-01') = coalesce(listed.price_week, DATE '1970-01-01')
    UNION ALL
    SELECT
        month,
        basis,
        price_week,
        workload,
        model,
        is_billed,
        cast(sum(tokens) AS BIGINT) AS tokens,
        cast(sum(cast(usd AS DECIMAL(28, 12))) AS DOUBLE) AS usd,
        cast(sum(cast(cold_usd AS DECIMAL(28, 12))) AS DOUBLE) AS usd_high,
        cast(sum(unpriced_tokens) AS BIGINT) AS unpriced_tokens,
        bool_and(is_length_known) AS conditional_price_known
    FROM carried
    GROUP BY month, basis, price_week, workload, model, is_billed
)

SELECT * FROM final
