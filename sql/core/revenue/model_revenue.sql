/*
---
description: >-
  What a model with a known list price earns in a week at the prices of the day, in closed form at the
  middle of every input: with price changes midway between two catalogues, and at the cheaper and at the
  more expensive of the prices that each token may have had.
grain: week × model_permaslug
unique: [week, model_permaslug]
columns:
  week:
  model_permaslug:
  prompt_price: DOUBLE NOT NULL | USD per million tokens | Mean over the tokens of the week
  completion_price: DOUBLE NOT NULL | USD per million tokens | Mean over the tokens of the week
  cache_read_price: DOUBLE | USD per million tokens | Mean, of the prompt where none was listed; NULL is none
  prices: BIGINT NOT NULL | prices | Different list prices in force in the week
  has_conditional_price:
  calibration: DOUBLE NOT NULL | × | Factor accepted for the vendor, in all dollars but the naive ones; else 1
  fresh_tokens: DOUBLE NOT NULL
  revenue_usd_mid: DOUBLE NOT NULL
  revenue_usd_min: DOUBLE NOT NULL
  revenue_usd_max: DOUBLE NOT NULL
  naive_half_usd: DOUBLE NOT NULL
  naive_three_to_one_usd: DOUBLE NOT NULL
checks:
  the middle is within the interval: >-
    revenue_usd_min <= revenue_usd_mid * (1 + 1e-9) AND revenue_usd_mid <= revenue_usd_max * (1 + 1e-9)
---
*/
-- Decimals add up to the same in any order of rows; floating-point numbers do not.
WITH midpoint AS (
    SELECT
        write_share_mid AS write_share,
        (discount_low + discount_high) / 2 AS discount
    FROM core.parameter
),

-- A model without a cache price reads nothing from a cache.
mixed AS (
    SELECT
        part.*,
        mix.prompt_share_mid AS prompt_part,
        CASE WHEN part.cache_read_price IS NULL THEN 0 ELSE mix.cached_share_mid END AS cached_part,
        model.cache_write_multiplier,
        coalesce(accepted.k, 1) AS calibration,
        midpoint.write_share,
        midpoint.discount
    FROM core.price_part AS part
    INNER JOIN core.model ON part.model_permaslug = model.model_permaslug
    INNER JOIN core.model_mix AS mix
        ON
            part.week = mix.week
            AND model.base_permaslug = mix.base_permaslug
    INNER JOIN core.model_week
        ON
            part.week = model_week.week
            AND part.model_permaslug = model_week.model_permaslug
    LEFT JOIN reference.calibration AS accepted ON model_week.vendor = accepted.vendor
    CROSS JOIN midpoint
),

rated AS (
    SELECT
        *,
        calibration * (1 - discount) * (
            prompt_part * (
                (1 - cached_part) * prompt_price * (1 + write_share * (cache_write_multiplier - 1))
                + cached_part * coalesce(cache_read_price, 0)
            )
            + (1 - prompt_part) * completion_price
        ) AS usd_per_million
    FROM mixed
),

earned AS (
    SELECT
        *,
        cast(tokens / 1000000 * usd_per_million AS DECIMAL(28, 12)) AS usd
    FROM rated
),

-- A change is seen in one catalogue: all tokens before it at one price, or all at the other.
period AS (
    SELECT
        week,
        model_permaslug,
        sum(usd) FILTER (WHERE side <> 'after') AS usd_before,
        sum(usd) FILTER (WHERE side <> 'before') AS usd_after
    FROM earned
    GROUP BY week, model_permaslug, change_seen_at
),

bounded AS (
    SELECT
        week,
        model_permaslug,
        cast(sum(least(usd_before, usd_after)) AS DOUBLE) AS revenue_usd_min,
        cast(sum(greatest(usd_before, usd_after)) AS DOUBLE) AS revenue_usd_max
    FROM period
    GROUP BY week, model_permaslug
),

averaged AS (
    SELECT
        week,
        model_permaslug,
        min(prompt_price) AS prompt_price,
        max(prompt_price) AS highest_prompt_price,
        min(completion_price) AS completion_price,
        max(completion_price) AS highest_completion_price,
        min(cache_read_price) AS cache_read_price,
        max(cache_read_price) AS highest_cache_read_price,
        max(calibration) AS calibration,
        cast(sum(cast(mid_tokens AS DECIMAL(28, 6))) AS DOUBLE) AS tokens,
        cast(sum(cast(mid_tokens * prompt_price AS DECIMAL(28, 6))) AS DOUBLE) AS prompt_usd,
        cast(sum(cast(mid_tokens * completion_price AS DECIMAL(28, 6))) AS DOUBLE) AS completion_usd,
        count(cache_read_price) AS cache_read_parts,
        count(*) AS parts,
        cast(sum(cast(
            mid_tokens
            * coalesce(cache_read_price, prompt_price * (1 + write_share * (cache_write_multiplier - 1)))
            AS DECIMAL(28, 6)
        )) AS DOUBLE) AS cache_read_usd,
        cast(sum(cast(mid_tokens * (1 - prompt_part * cached_part) AS DECIMAL(28, 6))) AS DOUBLE)
            AS fresh_tokens,
        cast(sum(cast(mid_tokens / 1000000 * usd_per_million AS DECIMAL(28, 12))) AS DOUBLE)
            AS revenue_usd_mid,
        cast(sum(cast(
            mid_tokens / 1000000 * (0.5 * prompt_price + 0.5 * completion_price) AS DECIMAL(28, 12)
        )) AS DOUBLE) AS naive_half_usd,
        cast(sum(cast(
            mid_tokens / 1000000 * (0.75 * prompt_price + 0.25 * completion_price) AS DECIMAL(28, 12)
        )) AS DOUBLE) AS naive_three_to_one_usd
    FROM rated
    GROUP BY week, model_permaslug
),

counted AS (
    SELECT
        week,
        model_permaslug,
        count(*) AS prices
    FROM core.price_step
    GROUP BY week, model_permaslug
),

-- Which prompts were so long that another price applied is not known: all are at the list price.
listed AS (
    SELECT
        week_catalogue.week,
        price.model_permaslug,
        bool_or(price.has_conditional_price) AS has_conditional_price
    FROM core.week_catalogue
    INNER JOIN staging.price_vintage AS price ON week_catalogue.fetched_at = price.fetched_at
    GROUP BY week_catalogue.week, price.model_permaslug
),

-- Catalogues before July 2026 print no such prices for any model: that is no proof that there were none.
printed AS (
    SELECT
        week,
        bool_or(has_conditional_price) AS is_printed
    FROM listed
    GROUP BY week
),

conditional AS (
    SELECT
        listed.week,
        listed.model_permaslug,
        CASE WHEN printed.is_printed THEN listed.has_conditional_price END AS has_conditional_price
    FROM listed
    INNER JOIN printed ON listed.week = printed.week
),

-- One price is itself, not a mean of itself.
final AS (
    SELECT
        averaged.week,
        averaged.model_permaslug,
        CASE
            WHEN averaged.prompt_price = averaged.highest_prompt_price THEN averaged.prompt_price
            ELSE averaged.prompt_usd / nullif(averaged.tokens, 0)
        END AS prompt_price,
        CASE
            WHEN averaged.completion_price = averaged.highest_completion_price THEN averaged.completion_price
            ELSE averaged.completion_usd / nullif(averaged.tokens, 0)
        END AS completion_price,
        CASE
            WHEN averaged.cache_read_parts = 0 THEN NULL
            WHEN
                averaged.cache_read_price = averaged.highest_cache_read_price
                AND averaged.cache_read_parts = averaged.parts
                THEN averaged.cache_read_price
            ELSE averaged.cache_read_usd / nullif(averaged.tokens, 0)
        END AS cache_read_price,
        counted.prices,
        conditional.has_conditional_price,
        averaged.calibration,
        averaged.fresh_tokens,
        averaged.revenue_usd_mid,
        bounded.revenue_usd_min,
        bounded.revenue_usd_max,
        averaged.naive_half_usd,
        averaged.naive_three_to_one_usd
    FROM averaged
    INNER JOIN bounded
        ON
            averaged.week = bounded.week
            AND averaged.model_permaslug = bounded.model_permaslug
    INNER JOIN counted
        ON
            averaged.week = counted.week
            AND averaged.model_permaslug = counted.model_permaslug
    INNER JOIN conditional
        ON
            averaged.week = conditional.week
            AND averaged.model_permaslug = conditional.model_permaslug
)

SELECT * FROM final
