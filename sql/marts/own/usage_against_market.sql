/*
---
description: >-
  The own mix next to the market's in the same week, by model, vendor, bloc and price tier. What is outside
  the market's daily top 50 is one class, outside, on both sides, and so are own models that are unresolved.
  A coarser mix can only be nearer, so the distance is at least what is printed.
empty: Empty until own usage is imported (`tokenhouse usage add`) and published.
grain: week × grain × key
unique: [week, grain, key]
private: true
columns:
  week:
  grain: VARCHAR NOT NULL | - | model, vendor, bloc or tier
  key: VARCHAR NOT NULL | - | Name of the group; outside is everything outside the daily top 50
  own_tokens: BIGINT NOT NULL | tokens | Own tokens, prompt and completion
  market_tokens: BIGINT NOT NULL | tokens | The market's tokens, free traffic included
  own_share: DOUBLE | fraction of own tokens | own_tokens over all own tokens of the week
  market_share: DOUBLE | fraction of all tokens | market_tokens over all tokens of the week
  market_share_max: DOUBLE | fraction of all tokens | The same at the model's upper bound; NULL for groups
  distance: DOUBLE | fraction | 0 for the same mix, 1 for nothing in common
accepted:
  grain: [model, vendor, bloc, tier]
checks:
  a distance is a fraction: distance >= 0 AND distance <= 1 + 1e-9
  own shares add up to one: >-
    SELECT week, grain FROM marts.usage_against_market GROUP BY week, grain
    HAVING abs(sum(own_share) - 1) > 1e-9
---
*/
-- Decimals add up to the same in any order of rows; floating-point numbers do not.
WITH own_week AS (
    SELECT
        week,
        model_permaslug,
        cast(sum(tokens) AS BIGINT) AS tokens
    FROM core.usage_counted
    WHERE tokens > 0
    GROUP BY week, model_permaslug
),

market AS (
    SELECT
        total.week,
        total.grain,
        CASE WHEN total.key = 'other' THEN 'outside' ELSE total.key END AS key,
        total.tokens
    FROM core.group_week AS total
    INNER JOIN (SELECT DISTINCT week FROM own_week) AS used ON total.week = used.week
    WHERE total.grain IN ('model', 'vendor', 'bloc', 'tier') AND total.tokens IS NOT NULL
),

grains AS (
    SELECT DISTINCT
        week,
        grain
    FROM market
),

own AS (
    SELECT
        grains.week,
        grains.grain,
        coalesce(member.key, 'outside') AS key,
        cast(sum(own_week.tokens) AS BIGINT) AS tokens
    FROM own_week
    INNER JOIN grains ON own_week.week = grains.week
    LEFT JOIN core.model_group AS member
        ON
            own_week.week = member.week
            AND own_week.model_permaslug = member.model_permaslug
            AND grains.grain = member.grain
    GROUP BY grains.week, grains.grain, coalesce(member.key, 'outside')
),

pair AS (
    SELECT
        market.week,
        market.grain,
        market.key,
        coalesce(own.tokens, 0) AS own_tokens,
        market.tokens AS market_tokens,
        sum(coalesce(own.tokens, 0)) OVER (PARTITION BY market.week, market.grain) AS all_own_tokens,
        sum(market.tokens) OVER (PARTITION BY market.week, market.grain) AS all_market_tokens
    FROM market
    LEFT JOIN own
        ON
            market.week = own.week
            AND market.grain = own.grain
            AND market.key = own.key
),

share AS (
    SELECT
        week,
        grain,
        key,
        own_tokens,
        market_tokens,
        all_market_tokens,
        cast(own_tokens AS DOUBLE) / nullif(all_own_tokens, 0) AS own_share,
        cast(market_tokens AS DOUBLE) / nullif(all_market_tokens, 0) AS market_share
    FROM pair
),

final AS (
    SELECT
        share.week,
        share.grain,
        share.key,
        share.own_tokens,
        share.market_tokens,
        share.own_share,
        share.market_share,
        cast(bound.tokens_high AS DOUBLE) / nullif(share.all_market_tokens, 0) AS market_share_max,
        cast(
            sum(cast(abs(share.own_share - share.market_share) AS DECIMAL(28, 12)))
                OVER (PARTITION BY share.week, share.grain)
            AS DOUBLE
        ) / 2 AS distance
    FROM share
    LEFT JOIN core.model_week AS bound
        ON
            share.grain = 'model'
            AND share.week = bound.week
            AND share.key = bound.model_permaslug
)

SELECT * FROM final
