/*
---
description: >-
  The tokens of every group of models in a week, how many of them are priced and how, and the revenue
  at the mids. Every grain but series and market has a row other.
grain: week × grain × key
unique: [week, grain, key]
columns:
  week:
  grain:
  key:
  tokens:
  priced_tokens: BIGINT NOT NULL | tokens | Tokens of models with a price
  observed_tokens: BIGINT NOT NULL | tokens | Tokens priced at an observed mix
  class_tokens: BIGINT NOT NULL | tokens | Tokens priced at the mix of a class
  author_tokens: BIGINT NOT NULL | tokens | Tokens priced at the mix of their author's largest class
  unclassified_tokens: BIGINT NOT NULL | tokens | Tokens priced as general chat, for want of a class
  conditional_tokens: BIGINT | tokens | Priced, with other prices for some prompts; NULL is unknown
  calibrated_tokens: BIGINT NOT NULL | tokens | Priced tokens of vendors with an accepted factor
  calibration:
  revenue_method:
  unpriced_because:
  fresh_tokens:
  revenue_usd_mid:
  revenue_usd_min:
  revenue_usd_max:
  naive_half_usd:
  naive_three_to_one_usd:
checks:
  the methods add up to what is priced: >-
    priced_tokens = observed_tokens + class_tokens + author_tokens + unclassified_tokens
---
*/
-- Decimals add up to the same in any order of rows; floating-point numbers do not.
WITH grouped AS (
    SELECT
        member.week,
        member.grain,
        member.key,
        cast(sum(value.tokens) AS BIGINT) AS tokens,
        sum(value.tokens) FILTER (WHERE value.unpriced_because IS NULL) AS priced_tokens,
        sum(value.tokens) FILTER (
            WHERE value.unpriced_because IS NULL AND value.revenue_method = 'observed_mix'
        ) AS observed_tokens,
        sum(value.tokens) FILTER (
            WHERE value.unpriced_because IS NULL AND value.revenue_method = 'class_prior'
        ) AS class_tokens,
        sum(value.tokens) FILTER (
            WHERE value.unpriced_because IS NULL AND value.revenue_method = 'author_prior'
        ) AS author_tokens,
        sum(value.tokens) FILTER (
            WHERE value.unpriced_because IS NULL AND value.revenue_method = 'unclassified'
        ) AS unclassified_tokens,
        sum(value.tokens) FILTER (
            WHERE value.unpriced_because IS NULL AND value.has_conditional_price
        ) AS conditional_tokens,
        count(value.has_conditional_price) AS models_with_conditions,
        sum(value.tokens) FILTER (
            WHERE value.unpriced_because IS NULL AND value.calibration <> 1
        ) AS calibrated_tokens,
        min(value.calibration) FILTER (WHERE value.unpriced_because IS NULL) AS least_calibration,
        max(value.calibration) FILTER (WHERE value.unpriced_because IS NULL) AS most_calibration,
        min(value.revenue_method) FILTER (WHERE value.unpriced_because IS NULL) AS first_method,
        max(value.revenue_method) FILTER (WHERE value.unpriced_because IS NULL) AS last_method,
        min(value.unpriced_because) AS first_reason,
        max(value.unpriced_because) AS last_reason,
        cast(sum(cast(value.fresh_tokens AS DECIMAL(28, 12))) AS DOUBLE) AS fresh_tokens,
        cast(sum(cast(value.revenue_usd_mid AS DECIMAL(28, 12))) AS DOUBLE) AS revenue_usd_mid,
        cast(sum(cast(value.revenue_usd_min AS DECIMAL(28, 12))) AS DOUBLE) AS revenue_usd_min,
        cast(sum(cast(value.revenue_usd_max AS DECIMAL(28, 12))) AS DOUBLE) AS revenue_usd_max,
        cast(sum(cast(value.naive_half_usd AS DECIMAL(28, 12))) AS DOUBLE) AS naive_half_usd,
        cast(sum(cast(value.naive_three_to_one_usd AS DECIMAL(28, 12))) AS DOUBLE) AS naive_three_to_one_usd
    FROM core.model_group AS member
    INNER JOIN core.model_value AS value
        ON
            member.week = value.week
            AND member.model_permaslug = value.model_permaslug
    GROUP BY member.week, member.grain, member.key
),

grains AS (
    SELECT DISTINCT
        week,
        grain
    FROM core.model_group
    WHERE grain NOT IN ('series', 'market')
),

final AS (
    SELECT
        week,
        grain,
        key,
        tokens,
        cast(coalesce(priced_tokens, 0) AS BIGINT) AS priced_tokens,
        cast(coalesce(observed_tokens, 0) AS BIGINT) AS observed_tokens,
        cast(coalesce(class_tokens, 0) AS BIGINT) AS class_tokens,
        cast(coalesce(author_tokens, 0) AS BIGINT) AS author_tokens,
        cast(coalesce(unclassified_tokens, 0) AS BIGINT) AS unclassified_tokens,
        CASE
            WHEN models_with_conditions > 0 THEN cast(coalesce(conditional_tokens, 0) AS BIGINT)
        END AS conditional_tokens,
        cast(coalesce(calibrated_tokens, 0) AS BIGINT) AS calibrated_tokens,
        CASE WHEN least_calibration = most_calibration THEN least_calibration END AS calibration,
        CASE WHEN first_method < last_method THEN 'mixed' ELSE first_method END AS revenue_method,
        CASE WHEN first_reason < last_reason THEN 'several' ELSE first_reason END AS unpriced_because,
        fresh_tokens,
        revenue_usd_mid,
        revenue_usd_min,
        revenue_usd_max,
        naive_half_usd,
        naive_three_to_one_usd
    FROM grouped
    UNION ALL
    SELECT
        grains.week,
        grains.grain,
        'other' AS key,
        week.other_tokens AS tokens,
        0 AS priced_tokens,
        0 AS observed_tokens,
        0 AS class_tokens,
        0 AS author_tokens,
        0 AS unclassified_tokens,
        NULL AS conditional_tokens,
        0 AS calibrated_tokens,
        NULL AS calibration,
        NULL AS revenue_method,
        'other' AS unpriced_because,
        NULL AS fresh_tokens,
        NULL AS revenue_usd_mid,
        NULL AS revenue_usd_min,
        NULL AS revenue_usd_max,
        NULL AS naive_half_usd,
        NULL AS naive_three_to_one_usd
    FROM grains
    INNER JOIN core.week ON grains.week = week.week
)

SELECT * FROM final
