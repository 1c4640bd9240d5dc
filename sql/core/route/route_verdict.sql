/*
---
description: >-
  Every standard model on offer, for every workload and complete week, and the first rule that keeps
  it out. The rules stand in one order, so each rejected model has one reason.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  model_permaslug:
  author:
  vendor:
  bloc:
  rank:
  tokens: BIGINT
  momentum:
  weeks_adopted:
  weeks_known:
  price_week:
  prices_as_of:
  prices_of_week:
  context_length:
  cache_write_multiplier:
  is_data_allowed:
  latency_p99_seconds:
  throughput_p50:
  evidence:
  success:
  success_low:
  capability:
  capability_low:
  rejected_because:
---
*/
WITH author_policy AS (
    SELECT
        offer.author,
        workload.workload,
        coalesce(own.is_allowed, everybody.is_allowed, FALSE) AS is_allowed
    FROM (SELECT DISTINCT author FROM core.route_offer) AS offer
    CROSS JOIN staging.workload
    LEFT JOIN staging.compliance AS own
        ON own.kind = 'author' AND offer.author = own.name AND workload.data_class = own.data_class
    LEFT JOIN staging.compliance AS everybody
        ON everybody.kind = 'author' AND everybody.name = '*' AND workload.data_class = everybody.data_class
),

-- Where nobody may see the data, the route is shown as it would be, and blocked.
policy AS (
    SELECT
        *,
        bool_or(is_allowed) OVER (PARTITION BY workload) AS is_anybody_allowed
    FROM author_policy
),

admitted_kind AS (
    SELECT
        workload,
        bool_or(kind = 'origin') AS lists_origins,
        bool_or(kind = 'vendor') AS lists_vendors,
        bool_or(kind = 'model') AS lists_models
    FROM staging.deploy_policy
    WHERE NOT is_banned
    GROUP BY workload
),

limits_region AS (
    SELECT DISTINCT workload
    FROM staging.deploy_policy
    WHERE kind = 'region'
),

-- A vendor may publish under several slugs: a rule on any of its names holds for all of them.
vendor_rule AS (
    SELECT
        policy.workload,
        offer.author,
        bool_or(policy.is_banned) AS is_banned
    FROM (
        SELECT DISTINCT
            author,
            vendor
        FROM core.route_offer
    ) AS offer
    INNER JOIN (
        SELECT DISTINCT
            named.workload,
            named.is_banned,
            named.name,
            author.vendor
        FROM staging.deploy_policy AS named
        LEFT JOIN core.route_offer AS author ON named.name = author.author
        WHERE named.kind = 'vendor'
    ) AS policy ON policy.name = offer.author OR policy.name = offer.vendor OR policy.vendor = offer.vendor
    GROUP BY policy.workload, offer.author
),

regional AS (
    SELECT
        week,
        workload,
        model_id,
        bool_or(is_allowed) AS is_region_allowed
    FROM core.route_provider
    GROUP BY week, workload, model_id
),

considered AS (
    SELECT
        offer.*,
        workload.*,
        policy.is_allowed AS is_data_allowed,
        policy.is_allowed OR NOT policy.is_anybody_allowed AS may_see_data,
        coalesce(NOT origin.is_banned, NOT admitted_kind.lists_origins, TRUE) AS is_origin_allowed,
        coalesce(NOT vendor.is_banned, NOT admitted_kind.lists_vendors, TRUE) AS is_vendor_allowed,
        coalesce(NOT model.is_banned, NOT admitted_kind.lists_models, TRUE) AS is_model_allowed,
        limits_region.workload IS NOT NULL AS is_region_limited,
        regional.is_region_allowed,
        quality.evidence,
        quality.success,
        quality.success_low,
        quality.capability,
        quality.capability_low
    FROM core.route_offer AS offer
    CROSS JOIN staging.workload
    INNER JOIN policy ON offer.author = policy.author AND workload.workload = policy.workload
    LEFT JOIN admitted_kind ON workload.workload = admitted_kind.workload
    LEFT JOIN limits_region ON workload.workload = limits_region.workload
    LEFT JOIN regional
        ON
            offer.week = regional.week
            AND workload.workload = regional.workload
            AND offer.model_id = regional.model_id
    LEFT JOIN staging.deploy_policy AS origin
        ON
            workload.workload = origin.workload
            AND origin.kind = 'origin'
            AND offer.bloc = origin.name
    LEFT JOIN vendor_rule AS vendor
        ON workload.workload = vendor.workload AND offer.author = vendor.author
    LEFT JOIN staging.deploy_policy AS model
        ON
            workload.workload = model.workload
            AND model.kind = 'model'
            AND offer.model_id = model.name
    LEFT JOIN core.route_quality AS quality
        ON
            offer.week = quality.week
            AND workload.workload = quality.workload
            AND offer.model_id = quality.model_id
),

final AS (
    SELECT
        considered.week,
        considered.workload,
        considered.model_id,
        considered.model_permaslug,
        considered.author,
        considered.vendor,
        considered.bloc,
        considered.rank,
        considered.tokens,
        considered.momentum,
        considered.weeks_adopted,
        considered.weeks_known,
        considered.price_week,
        considered.prices_as_of,
        considered.prices_of_week,
        considered.context_length,
        considered.cache_write_multiplier,
        considered.is_data_allowed,
        considered.latency_p99_seconds,
        considered.throughput_p50,
        considered.evidence,
        considered.success,
        considered.success_low,
        considered.capability,
        considered.capability_low,
        CASE
            WHEN NOT is_still_listed THEN 'no longer listed'
            WHEN
                NOT coalesce(prompt_price > 0 AND completion_price > 0, FALSE)
                AND NOT (is_sandbox AND prompt_price IS NOT NULL AND completion_price IS NOT NULL)
                THEN 'price unknown or zero'
            WHEN is_stealth AND NOT is_sandbox THEN 'stealth model'
            WHEN is_priced_by_hour THEN 'price is conditional'
            WHEN context_length IS NULL THEN 'context unknown'
            WHEN context_length < 1.25 * context_end_tokens THEN 'context too short'
            WHEN returns_text IS NULL OR (needs_image AND accepts_image IS NULL) THEN 'modality unknown'
            WHEN NOT returns_text THEN 'does not return text'
            WHEN needs_image AND NOT accepts_image THEN 'takes no images'
            WHEN needs_tools AND supports_tools IS NULL THEN 'tools unknown'
            WHEN needs_tools AND NOT supports_tools THEN 'calls no tools'
            WHEN needs_structured_output AND supports_structured_output IS NULL
                THEN 'structured output unknown'
            WHEN needs_structured_output AND NOT supports_structured_output
                THEN 'returns no structured output'
            WHEN NOT may_see_data THEN 'data policy forbids'
            WHEN NOT is_origin_allowed AND NOT (is_sandbox AND is_stealth) THEN 'origin not allowed'
            WHEN NOT is_vendor_allowed THEN 'vendor not allowed'
            WHEN NOT is_model_allowed THEN 'model not allowed'
            WHEN is_region_limited AND is_region_allowed IS NULL THEN 'region unknown'
            WHEN is_region_limited AND NOT is_region_allowed THEN 'region not allowed'
            WHEN created_on IS NULL THEN 'age unknown'
            WHEN
                decided_on
                < cast(created_on + INTERVAL 1 DAY * cast(parameter.youngest_days AS INTEGER) AS DATE)
                THEN 'listed too recently'
            WHEN
                expiration_date
                <= cast(decided_on + INTERVAL 1 DAY * cast(parameter.retirement_days AS INTEGER) AS DATE)
                THEN 'retires too soon'
            WHEN
                NOT is_sandbox
                AND CASE WHEN quality_floor IS NULL THEN capability ELSE success END IS NULL
                THEN 'no quality evidence'
            WHEN latency_p99_seconds > latency_limit_seconds THEN 'too slow'
            WHEN uptime < uptime_floor THEN 'too often down'
            WHEN weeks_adopted < least(weeks_known, 3) THEN 'not adopted'
        END AS rejected_because
    FROM considered
    CROSS JOIN core.parameter AS parameter
)

SELECT * FROM final
