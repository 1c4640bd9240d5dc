/*
---
description: >-
  Every standard or free model on offer in the complete weeks of the newest year, as routing needs it
  whatever the workload: the catalogue's word, where it comes from, and how it was used.
grain: week × model_id
unique: [week, model_id]
columns:
  week:
  decided_on:
  price_week:
  model_id:
  model_permaslug:
  author:
  vendor:
  bloc:
  is_stealth:
  rank:
  tokens: BIGINT
  momentum:
  weeks_adopted:
  weeks_known:
  prices_as_of:
  prices_of_week:
  is_still_listed:
  prompt_price:
  completion_price:
  has_cache: BOOLEAN NOT NULL | - | Whether a replayed prompt has a price of its own
  cache_write_multiplier:
  is_promotion:
  is_disputed:
  is_unsettled: BOOLEAN NOT NULL | - | Whether a price changed too often in the day up to the catalogue
  has_other_condition: BOOLEAN NOT NULL | - | Whether a price depends on more than the prompt's length
  context_length:
  accepts_image:
  returns_text:
  supports_tools:
  supports_structured_output:
  created_on:
  expiration_date:
  latency_p99_seconds:
  throughput_p50:
  uptime:
checks:
  adoption is counted in known weeks: weeks_adopted <= weeks_known
---
*/
WITH past AS (
    SELECT
        routed_week.week,
        past.week AS past_week
    FROM core.route_week AS routed_week
    INNER JOIN core.week AS past
        ON
            cast(routed_week.week - INTERVAL 21 DAY AS DATE) <= past.week
            AND past.week <= routed_week.week
            AND past.is_complete
            AND past.source = 'daily_rows'
),

known_weeks AS (
    SELECT
        week,
        count(*) AS weeks_known
    FROM past
    GROUP BY week
),

adoption AS (
    SELECT
        past.week,
        model_week.model_permaslug,
        count(*) AS weeks_adopted
    FROM past
    INNER JOIN core.model_week ON past.past_week = model_week.week
    WHERE model_week.rank <= 50
    GROUP BY past.week, model_week.model_permaslug
),

-- Where two ids share a slug, the usage is counted once, for the shortest of them.
standard AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, model_permaslug
            ORDER BY is_still_listed DESC, length(model_id), model_id
        ) AS slug_rank
    FROM staging.catalogue
    WHERE variant IN ('standard', 'free') AND week IN (SELECT price_week FROM core.route_week)
),

other_condition AS (
    SELECT DISTINCT
        week,
        model_id
    FROM core.price_condition
    WHERE from_tokens IS NULL
),

final AS (
    SELECT
        routed_week.week,
        routed_week.decided_on,
        routed_week.price_week,
        catalogue.model_id,
        catalogue.model_permaslug,
        origin.author,
        origin.vendor,
        origin.bloc,
        origin.bloc = 'STEALTH' AS is_stealth,
        model_week.rank,
        model_week.tokens,
        cast(model_week.tokens AS DOUBLE) / nullif(previous.tokens, 0) - 1 AS momentum,
        coalesce(adoption.weeks_adopted, 0) AS weeks_adopted,
        known_weeks.weeks_known,
        catalogue.fetched_at AS prices_as_of,
        routed_week.price_week = routed_week.week AS prices_of_week,
        catalogue.is_still_listed,
        catalogue.prompt_price,
        catalogue.completion_price,
        catalogue.cache_read_price IS NOT NULL AS has_cache,
        model.cache_write_multiplier,
        price.is_promotion,
        catalogue.is_disputed,
        price.is_unsettled,
        other_condition.model_id IS NOT NULL AS has_other_condition,
        catalogue.context_length,
        catalogue.accepts_image,
        catalogue.returns_text,
        catalogue.supports_tools,
        catalogue.supports_structured_output,
        catalogue.created_on,
        catalogue.expiration_date,
        endpoint.latency_p99_seconds,
        endpoint.throughput_p50,
        endpoint.uptime
    FROM core.route_week AS routed_week
    INNER JOIN known_weeks ON routed_week.week = known_weeks.week
    INNER JOIN standard AS catalogue ON routed_week.price_week = catalogue.week
    INNER JOIN core.model_origin AS origin
        ON
            routed_week.week = origin.week
            AND catalogue.model_permaslug = origin.model_permaslug
    INNER JOIN core.model ON catalogue.model_permaslug = model.model_permaslug
    INNER JOIN core.route_promotion AS price
        ON catalogue.week = price.week AND catalogue.model_id = price.model_id
    LEFT JOIN other_condition
        ON
            catalogue.week = other_condition.week
            AND catalogue.model_id = other_condition.model_id
    LEFT JOIN core.model_week
        ON
            routed_week.week = model_week.week
            AND catalogue.model_permaslug = model_week.model_permaslug
            AND catalogue.slug_rank = 1
    LEFT JOIN core.model_week AS previous
        ON
            routed_week.previous_week = previous.week
            AND model_week.model_permaslug = previous.model_permaslug
    LEFT JOIN adoption
        ON
            routed_week.week = adoption.week
            AND catalogue.model_permaslug = adoption.model_permaslug
            AND catalogue.slug_rank = 1
    LEFT JOIN staging.endpoint
        ON
            routed_week.week = endpoint.week
            AND catalogue.model_id = endpoint.model_id
)

SELECT * FROM final
