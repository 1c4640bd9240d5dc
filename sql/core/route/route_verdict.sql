/*
---
description: >-
  Every standard model on offer, for every workload and complete week, and the first rule that keeps
  it out. The rules have one order, so each rejected model has one reason.
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
  prompt_price:
  completion_price:
  is_promotion:
  cache_write_multiplier:
  context_length:
  accepts_image:
  supports_tools:
  permission:
  latency_p99_seconds:
  throughput_p50:
  evidence:
  is_inferred:
  success:
  success_low:
  success_sd:
  capability:
  capability_low:
  capability_sd:
  rejected_because:
  lacks_only_evidence:
accepted:
  permission: [allowed, refused, unknown]
---
*/
-- Where nobody may see the data, the route is shown as it would be, and blocked.
WITH permission AS (
    SELECT
        workload.workload,
        author.name AS author,
        author.permission,
        author.permission = 'allowed'
        OR NOT bool_or(author.permission = 'allowed') OVER (PARTITION BY workload.workload) AS may_see_data
    FROM staging.workload
    INNER JOIN core.route_permission AS author
        ON workload.data_class = author.data_class AND author.kind = 'author'
),

ban AS (
    SELECT
        week,
        workload,
        model_id,
        bool_or(kind = 'origin') AS of_origin,
        bool_or(kind = 'vendor') AS of_vendor,
        bool_or(kind = 'model') AS of_model
    FROM core.route_ban
    GROUP BY week, workload, model_id
),

limits_region AS (
    SELECT DISTINCT workload
    FROM staging.deploy_policy
    WHERE kind = 'region'
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
        permission.permission,
        permission.may_see_data,
        coalesce(ban.of_origin, FALSE) AS is_origin_banned,
        coalesce(ban.of_vendor, FALSE) AS is_vendor_banned,
        coalesce(ban.of_model, FALSE) AS is_model_banned,
        limits_region.workload IS NOT NULL AS is_region_limited,
        regional.is_region_allowed,
        quality.evidence,
        quality.is_inferred,
        quality.success,
        quality.success_low,
        quality.success_sd,
        quality.capability,
        quality.capability_low,
        quality.capability_sd
    FROM core.route_offer AS offer
    CROSS JOIN staging.workload
    INNER JOIN permission ON offer.author = permission.author AND workload.workload = permission.workload
    LEFT JOIN limits_region ON workload.workload = limits_region.workload
    LEFT JOIN ban
        ON
            offer.week = ban.week
            AND workload.workload = ban.workload
            AND offer.model_id = ban.model_id
    LEFT JOIN regional
        ON
            offer.week = regional.week
            AND workload.workload = regional.workload
            AND offer.model_id = regional.model_id
    LEFT JOIN core.quality
        ON
            offer.week = quality.week
            AND workload.workload = quality.workload
            AND offer.model_id = quality.model_id
),

late AS (
    SELECT
        *,
        CASE
            WHEN latency_p99_seconds > latency_limit_seconds THEN 'too_slow'
            WHEN uptime < uptime_floor THEN 'too_often_down'
            WHEN weeks_adopted < least(weeks_known, 3) THEN 'not_adopted'
        END AS later_rule
    FROM considered
),

judged AS (
    SELECT
        late.*,
        CASE
            WHEN NOT is_still_listed THEN 'no_longer_listed'
            WHEN is_disputed THEN 'prices_disagree'
            WHEN
                NOT coalesce(prompt_price > 0 AND completion_price > 0, FALSE)
                AND NOT (is_sandbox AND prompt_price IS NOT NULL AND completion_price IS NOT NULL)
                THEN 'price_unknown_or_zero'
            WHEN is_stealth AND NOT is_sandbox THEN 'stealth_model'
            WHEN has_other_condition THEN 'price_is_conditional'
            WHEN is_unsettled THEN 'price_unsettled'
            WHEN context_length IS NULL THEN 'context_unknown'
            WHEN context_length < 1.25 * context_end_tokens THEN 'context_too_short'
            WHEN returns_text IS NULL OR (needs_image AND accepts_image IS NULL) THEN 'modality_unknown'
            WHEN NOT returns_text THEN 'returns_no_text'
            WHEN needs_image AND NOT accepts_image THEN 'takes_no_images'
            WHEN needs_tools AND supports_tools IS NULL THEN 'tools_unknown'
            WHEN needs_tools AND NOT supports_tools THEN 'calls_no_tools'
            WHEN needs_structured_output AND supports_structured_output IS NULL
                THEN 'structured_output_unknown'
            WHEN needs_structured_output AND NOT supports_structured_output
                THEN 'returns_no_structured_output'
            WHEN NOT may_see_data THEN 'data_policy_forbids'
            WHEN is_origin_banned AND NOT (is_sandbox AND is_stealth) THEN 'origin_not_allowed'
            WHEN is_vendor_banned THEN 'vendor_not_allowed'
            WHEN is_model_banned THEN 'model_not_allowed'
            WHEN is_region_limited AND is_region_allowed IS NULL THEN 'region_unknown'
            WHEN is_region_limited AND NOT is_region_allowed THEN 'region_not_allowed'
            WHEN created_on IS NULL THEN 'age_unknown'
            WHEN
                decided_on
                < cast(created_on + INTERVAL 1 DAY * cast(parameter.youngest_days AS INTEGER) AS DATE)
                THEN 'listed_too_recently'
            WHEN
                expiration_date
                <= cast(decided_on + INTERVAL 1 DAY * cast(parameter.retirement_days AS INTEGER) AS DATE)
                THEN 'retires_too_soon'
            WHEN
                NOT is_sandbox AND evidence IS NULL
                THEN 'no_quality_evidence'
            ELSE later_rule
        END AS rejected_because
    FROM late
    CROSS JOIN core.parameter AS parameter
),

final AS (
    SELECT
        week,
        workload,
        model_id,
        model_permaslug,
        author,
        vendor,
        bloc,
        rank,
        tokens,
        momentum,
        weeks_adopted,
        weeks_known,
        price_week,
        prices_as_of,
        prices_of_week,
        prompt_price,
        completion_price,
        is_promotion,
        cache_write_multiplier,
        context_length,
        accepts_image,
        supports_tools,
        permission,
        latency_p99_seconds,
        throughput_p50,
        evidence,
        is_inferred,
        success,
        success_low,
        success_sd,
        capability,
        capability_low,
        capability_sd,
        rejected_because,
        coalesce(rejected_because = 'no_quality_evidence', FALSE) AND later_rule IS NULL
            AS lacks_only_evidence
    FROM judged
)

SELECT * FROM final
