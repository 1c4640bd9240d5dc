/*
---
description: >-
  Every standard model on offer, for every workload and complete week: what a task would cost, and
  the first rule that keeps the model out. The rules stand in one order, so each rejected model has
  one reason.
grain: week × stratum × model_id
unique: [week, stratum, model_id]
columns:
  week: DATE NOT NULL | Monday | The ISO week, UTC
  stratum: VARCHAR NOT NULL | - | Name of the workload
  model_id: VARCHAR NOT NULL | - | Identifier to send to the API
  model_permaslug: VARCHAR NOT NULL | - | The model's name in the rankings
  vendor: VARCHAR NOT NULL | - | Company that develops it; the author slug where that is unknown
  tokens: BIGINT | tokens | Tokens of the week; NULL if not listed
  weeks_adopted: BIGINT NOT NULL | weeks | Weeks of the last four in which it was among the first 50
  weeks_known: BIGINT NOT NULL | weeks | Weeks of the last four that the lake holds complete
  prices_as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant of the catalogue the prices are taken from
  prices_of_week: BOOLEAN NOT NULL | - | Whether that catalogue is of the week; else it is the next after
  context_length: BIGINT | tokens | Longest prompt and completion together
  cost_per_task_usd: DOUBLE | USD | List price of one task, replayed prompt at the cache price if any
  cost_per_million_usd: DOUBLE | USD per million tokens | The same, over all tokens of the task
  rejected_because: VARCHAR | - | First rule that keeps the model out; NULL is a candidate
accepted:
  rejected_because:
    - no longer listed
    - price unknown or zero
    - modality unknown
    - does not return text
    - context unknown
    - context too short
    - price is conditional
    - takes no images
    - tools unknown
    - calls no tools
    - retires within 30 days
    - not adopted
checks:
  a candidate has a cost: rejected_because IS NOT NULL OR cost_per_task_usd > 0
  adoption is counted in known weeks: weeks_adopted <= weeks_known
---
*/
WITH routed_week AS (
    SELECT
        week,
        cast(week + INTERVAL 7 DAY AS DATE) AS next_week,
        cast(week - INTERVAL 21 DAY AS DATE) AS adoption_begins
    FROM core.week
    WHERE is_complete AND source = 'daily_rows'
),

-- A past week that was snapshotted late has no catalogue of its own; the next one after it is
-- what a route can be bought at, and the row says so.
price_week AS (
    SELECT
        routed_week.week,
        min(catalogue.week) AS price_week
    FROM routed_week
    INNER JOIN staging.catalogue ON routed_week.week <= catalogue.week
    GROUP BY routed_week.week
),

known_weeks AS (
    SELECT
        routed_week.week,
        count(*) AS weeks_known
    FROM routed_week
    INNER JOIN routed_week AS past
        ON routed_week.adoption_begins <= past.week AND past.week <= routed_week.week
    GROUP BY routed_week.week
),

adoption AS (
    SELECT
        routed_week.week,
        model_week.model_permaslug,
        count(*) AS weeks_adopted
    FROM routed_week
    INNER JOIN routed_week AS past
        ON routed_week.adoption_begins <= past.week AND past.week <= routed_week.week
    INNER JOIN core.model_week ON past.week = model_week.week
    WHERE model_week.rank <= 50
    GROUP BY routed_week.week, model_week.model_permaslug
),

-- Where two ids share a slug, the usage is counted once, for the shortest of them.
standard AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, canonical_slug
            ORDER BY is_still_listed DESC, length(model_id), model_id
        ) AS slug_rank
    FROM staging.catalogue
    WHERE variant = 'standard'
),

offer AS (
    SELECT
        routed_week.week,
        routed_week.next_week,
        catalogue.model_id,
        catalogue.canonical_slug AS model_permaslug,
        coalesce(vendor.vendor, split_part(catalogue.canonical_slug, '/', 1)) AS vendor,
        model_week.tokens,
        coalesce(adoption.weeks_adopted, 0) AS weeks_adopted,
        known_weeks.weeks_known,
        catalogue.fetched_at AS prices_as_of,
        price_week.price_week = routed_week.week AS prices_of_week,
        catalogue.context_length,
        catalogue.accepts_image,
        catalogue.returns_text,
        catalogue.supports_tools,
        catalogue.override_from_prompt_tokens,
        catalogue.expiration_date,
        catalogue.is_still_listed,
        catalogue.prompt_price,
        catalogue.completion_price,
        catalogue.cache_read_price,
        CASE
            WHEN catalogue.cache_read_price IS NULL THEN catalogue.prompt_price
            ELSE coalesce(catalogue.cache_write_price, catalogue.prompt_price)
        END AS fresh_price
    FROM routed_week
    INNER JOIN price_week ON routed_week.week = price_week.week
    INNER JOIN known_weeks ON routed_week.week = known_weeks.week
    INNER JOIN standard AS catalogue ON price_week.price_week = catalogue.week
    LEFT JOIN core.model_week
        ON
            routed_week.week = model_week.week
            AND catalogue.canonical_slug = model_week.model_permaslug
            AND catalogue.slug_rank = 1
    LEFT JOIN adoption
        ON
            routed_week.week = adoption.week
            AND catalogue.canonical_slug = adoption.model_permaslug
            AND catalogue.slug_rank = 1
    LEFT JOIN staging.vendor
        ON
            split_part(catalogue.canonical_slug, '/', 1) = vendor.author
            AND routed_week.week >= vendor.valid_from
            AND routed_week.week < vendor.valid_before
),

-- Nine tenths of a replayed prompt hit the cache, where the model has a cache price.
split_prompt AS (
    SELECT
        offer.*,
        stratum.*,
        CASE
            WHEN offer.cache_read_price IS NULL THEN 0
            ELSE 0.9 * stratum.replayed_tokens
        END AS cached_tokens
    FROM offer
    CROSS JOIN staging.stratum
),

costed AS (
    SELECT
        *,
        cast(
            (prompt_tokens - cached_tokens)
            * CASE WHEN cached_tokens > 0 THEN fresh_price ELSE prompt_price END
            + cached_tokens * coalesce(cache_read_price, 0)
            + output_tokens * completion_price AS DOUBLE
        ) / 1000000 AS cost_per_task_usd
    FROM split_prompt
),

final AS (
    SELECT
        week,
        stratum,
        model_id,
        model_permaslug,
        vendor,
        tokens,
        weeks_adopted,
        weeks_known,
        prices_as_of,
        prices_of_week,
        context_length,
        cost_per_task_usd,
        cost_per_task_usd * 1000000 / nullif(prompt_tokens + output_tokens, 0) AS cost_per_million_usd,
        CASE
            WHEN NOT is_still_listed THEN 'no longer listed'
            WHEN NOT coalesce(prompt_price > 0 AND completion_price > 0, FALSE) THEN 'price unknown or zero'
            WHEN returns_text IS NULL OR (needs_image AND accepts_image IS NULL) THEN 'modality unknown'
            WHEN NOT returns_text THEN 'does not return text'
            WHEN context_length IS NULL THEN 'context unknown'
            WHEN context_length < 1.25 * context_end_tokens THEN 'context too short'
            WHEN override_from_prompt_tokens <= context_end_tokens THEN 'price is conditional'
            WHEN needs_image AND NOT accepts_image THEN 'takes no images'
            WHEN needs_tools AND supports_tools IS NULL THEN 'tools unknown'
            WHEN needs_tools AND NOT supports_tools THEN 'calls no tools'
            WHEN expiration_date <= cast(next_week + INTERVAL 30 DAY AS DATE) THEN 'retires within 30 days'
            WHEN weeks_adopted < least(weeks_known, 3) THEN 'not adopted'
        END AS rejected_because
    FROM costed
)

SELECT * FROM final
