/*
---
description: >-
  Which model carries which workload: the cheapest per task of the most used candidates, fallbacks of
  other vendors, and beside it the reserve on which the market is estimated to spend most. No quality
  evidence is used yet: what many pay for stands in for it, and every row says so.
grain: week × stratum × position
unique: [week, stratum, position]
columns:
  week: DATE NOT NULL | Monday | The ISO week, UTC
  stratum: VARCHAR NOT NULL | - | Name of the workload
  position: BIGINT NOT NULL | place | 0 is the primary, 1 and 2 are the fallbacks in their order
  role: VARCHAR NOT NULL | - | primary or fallback
  model_id: VARCHAR NOT NULL | - | Identifier to send to the API
  model_permaslug: VARCHAR NOT NULL | - | The model's name in the rankings
  vendor: VARCHAR NOT NULL | - | Company that develops the model; each position has another one
  cost_per_million_usd: DOUBLE NOT NULL | USD per million tokens | Column A over all tokens of a task
  cost_per_task_usd: DOUBLE NOT NULL | USD | Column A, list price of one task
  reserve_model_id: VARCHAR NOT NULL | - | Column B, the candidate with the largest usage × price
  reserve_cost_per_million_usd: DOUBLE NOT NULL | USD per million tokens | Column B, over all tokens of a task
  reserve_cost_per_task_usd: DOUBLE NOT NULL | USD | Column B, list price of one task
  blocked_because: VARCHAR | - | Why the route must not be deployed; NULL if it may
  prices_as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant of the catalogue the prices are taken from
  prices_of_week: BOOLEAN NOT NULL | - | Whether that catalogue is of the week; else it is the next after
  why: VARCHAR NOT NULL | - | The choice in words, with what is not known
accepted:
  role: [primary, fallback]
checks:
  positions count from zero: position BETWEEN 0 AND 2
  the primary is position zero: (role = 'primary') = (position = 0)
  nobody is cheaper further down: >-
    SELECT higher.week FROM marts.routing_table AS higher
    INNER JOIN marts.routing_table AS lower
        ON higher.week = lower.week AND higher.stratum = lower.stratum
        AND higher.position < lower.position AND higher.cost_per_task_usd > lower.cost_per_task_usd
  every position has another vendor: >-
    SELECT week, stratum, vendor FROM marts.routing_table
    GROUP BY week, stratum, vendor HAVING count(*) > 1
---
*/
WITH counted AS (
    SELECT
        week,
        stratum,
        count(*) FILTER (WHERE rejected_because IS NULL) AS candidates,
        count(*) FILTER (WHERE rejected_because IS NOT NULL) AS rejected
    FROM core.route_candidate
    GROUP BY week, stratum
),

candidate AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, stratum ORDER BY tokens DESC NULLS LAST, model_id
        ) AS usage_rank,
        row_number() OVER (
            PARTITION BY week, stratum
            ORDER BY coalesce(tokens, 0) * cost_per_million_usd DESC, model_id
        ) AS spend_rank
    FROM core.route_candidate
    WHERE rejected_because IS NULL
),

cheapest_of_vendor AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, stratum, vendor ORDER BY cost_per_task_usd, model_id
        ) AS vendor_rank
    FROM candidate
    WHERE usage_rank <= 20 AND tokens IS NOT NULL
),

chain AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, stratum ORDER BY cost_per_task_usd, model_id
        ) - 1 AS position
    FROM cheapest_of_vendor
    WHERE vendor_rank = 1
),

final AS (
    SELECT
        chain.week,
        chain.stratum,
        chain.position,
        CASE WHEN chain.position = 0 THEN 'primary' ELSE 'fallback' END AS role,
        chain.model_id,
        chain.model_permaslug,
        chain.vendor,
        chain.cost_per_million_usd,
        chain.cost_per_task_usd,
        reserve.model_id AS reserve_model_id,
        reserve.cost_per_million_usd AS reserve_cost_per_million_usd,
        reserve.cost_per_task_usd AS reserve_cost_per_task_usd,
        CASE WHEN stratum.data_class <> 'public' THEN 'no signed agreement' END AS blocked_because,
        chain.prices_as_of,
        chain.prices_of_week,
        CASE
            WHEN chain.position = 0 THEN 'Cheapest per task'
            ELSE 'Cheapest per task of another vendor'
        END
        || ' among the 20 most used of ' || cast(counted.candidates AS VARCHAR) || ' candidates ('
        || cast(counted.rejected AS VARCHAR) || ' models rejected); in the top 50 in '
        || cast(chain.weeks_adopted AS VARCHAR) || ' of '
        || cast(chain.weeks_known AS VARCHAR) || ' known weeks; list prices as of '
        || cast(cast(chain.prices_as_of AS DATE) AS VARCHAR)
        || CASE WHEN chain.prices_of_week THEN '' ELSE ', after the week, whose own are not known' END
        || '; the reserve has the largest usage times list price; quality, latency and data policy'
        || ' are not known.' AS why
    FROM chain
    INNER JOIN candidate AS reserve
        ON
            chain.week = reserve.week
            AND chain.stratum = reserve.stratum
            AND reserve.spend_rank = 1
    INNER JOIN counted ON chain.week = counted.week AND chain.stratum = counted.stratum
    INNER JOIN staging.stratum ON chain.stratum = stratum.stratum
    WHERE chain.position <= 2
)

SELECT * FROM final
