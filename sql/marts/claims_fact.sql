/*
---
description: >-
  What the warehouse computes for a claim, at every scope that fits, in the warehouse's own units.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file: VARCHAR NOT NULL | - | File of the claim
  claim_id: VARCHAR NOT NULL | - | Name of the claim within the file
  scope: VARCHAR NOT NULL | - | Which rows, or which price, the value is computed from
  width: BIGINT NOT NULL | place | 1 is the scope by which a claim is confirmed, higher ones are narrower
  basis: VARCHAR NOT NULL | - | measured, estimate, or list_price
  value: DOUBLE | tokens, USD, fraction or count | NULL where only bounds are known
  value_low: DOUBLE | as value | Lower bound or P10; NULL is unbounded
  value_high: DOUBLE | as value | Upper bound or P90; NULL is unbounded
  rank: BIGINT | place | The rank at this scope, for claims of a rank
accepted:
  basis: [measured, estimate, list_price]
---
*/
WITH subject AS (
    SELECT
        claim.file,
        claim.claim_id,
        claim.metric,
        claim.week,
        claim.printed_as,
        part.position,
        part.grain,
        part.key,
        part.top_n,
        part.first_rank,
        part.last_rank
    FROM staging.claim
    INNER JOIN core.claim_subject AS part
        ON
            claim.file = part.file
            AND claim.claim_id = part.claim_id
    WHERE part.key IS NOT NULL
),

neighbours AS (
    SELECT
        week,
        week AS past_week
    FROM core.week
    WHERE is_complete
    UNION ALL
    SELECT
        week.week,
        past.week AS past_week
    FROM core.week
    INNER JOIN core.week AS past
        ON
            cast(week.week - INTERVAL 21 DAY AS DATE) <= past.week
            AND past.week < week.week
    WHERE week.is_complete AND past.is_complete
),

-- A month is the thirty days that four weeks tell of; one week alone is only a rate.
monthly AS (
    SELECT
        measured.file,
        measured.claim_id,
        measured.scope,
        measured.width,
        cast(sum(coalesce(lens.tokens, total.total_tokens)) AS DOUBLE) * 30 / 28 AS month_tokens
    FROM marts.claims_measure AS measured
    INNER JOIN neighbours ON measured.week = neighbours.week
    LEFT JOIN marts.scope_lens AS lens
        ON
            neighbours.past_week = lens.week
            AND measured.scope = lens.scope
            AND measured.grain = lens.grain
            AND measured.key = lens.key
    LEFT JOIN marts.weekly_total AS total
        ON
            neighbours.past_week = total.week
            AND measured.scope = 'all'
    WHERE measured.metric = 'monthly_tokens'
    GROUP BY measured.file, measured.claim_id, measured.scope, measured.width
    HAVING count(coalesce(lens.tokens, total.total_tokens)) = 4
),

range_text AS (
    SELECT
        file,
        claim_id,
        week,
        metric,
        max(first_rank) AS first_rank,
        max(last_rank) AS last_rank,
        max(regexp_extract(printed_as, 'ranks? ([0-9]+)[-–]([0-9]+)', 1)) AS first_text,
        max(regexp_extract(printed_as, 'ranks? ([0-9]+)[-–]([0-9]+)', 2)) AS last_text,
        count(*) FILTER (WHERE grain = 'model') AS members
    FROM subject
    WHERE metric IN ('rank_range_low', 'rank_range_high', 'members')
    GROUP BY file, claim_id, week, metric
),

rank_range AS (
    SELECT
        file,
        claim_id,
        week,
        metric,
        coalesce(first_rank, cast(nullif(first_text, '') AS BIGINT), 1) AS first_rank,
        coalesce(last_rank, cast(nullif(last_text, '') AS BIGINT), members) AS last_rank
    FROM range_text
),

unresolved AS (
    SELECT
        file,
        claim_id,
        count(*) AS parts
    FROM core.claim_subject
    WHERE key IS NULL
    GROUP BY file, claim_id
),

price AS (
    SELECT
        subject.file,
        subject.claim_id,
        subject.position,
        'blend of three parts prompt and one part completion' AS scope,
        1 AS width,
        0.75 * catalogue.prompt_price + 0.25 * catalogue.completion_price AS usd
    FROM subject
    INNER JOIN staging.catalogue
        ON
            subject.week = catalogue.week
            AND subject.key = catalogue.canonical_slug
            || CASE WHEN catalogue.variant = 'standard' THEN '' ELSE ':' || catalogue.variant END
    WHERE subject.metric = 'price_ratio'
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        subject.position,
        'prompt price' AS scope,
        2 AS width,
        catalogue.prompt_price AS usd
    FROM subject
    INNER JOIN staging.catalogue
        ON
            subject.week = catalogue.week
            AND subject.key = catalogue.canonical_slug
            || CASE WHEN catalogue.variant = 'standard' THEN '' ELSE ':' || catalogue.variant END
    WHERE subject.metric = 'price_ratio'
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        subject.position,
        'completion price' AS scope,
        3 AS width,
        catalogue.completion_price AS usd
    FROM subject
    INNER JOIN staging.catalogue
        ON
            subject.week = catalogue.week
            AND subject.key = catalogue.canonical_slug
            || CASE WHEN catalogue.variant = 'standard' THEN '' ELSE ':' || catalogue.variant END
    WHERE subject.metric = 'price_ratio'
),

exact AS (
    SELECT
        file,
        claim_id,
        scope,
        greatest(width, 2) AS width,
        'measured' AS basis,
        cast(share AS DOUBLE) AS value,
        cast(NULL AS BIGINT) AS rank
    FROM marts.claims_measure
    WHERE metric = 'token_share' AND scope <> 'all' AND share IS NOT NULL
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'CN and US' AS scope,
        6 AS width,
        'measured' AS basis,
        origin.share_of_cn_us AS value,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN marts.weekly_origin AS origin
        ON
            subject.week = origin.week
            AND origin.scope = 'named'
            AND subject.key = origin.bloc
    INNER JOIN core.week ON subject.week = week.week
    WHERE
        subject.metric = 'token_share' AND subject.grain = 'bloc'
        AND origin.share_of_cn_us IS NOT NULL AND week.is_complete
    UNION ALL
    SELECT
        file,
        claim_id,
        scope || ', thirty days from four weeks' AS scope,
        width,
        'measured' AS basis,
        month_tokens AS value,
        cast(NULL AS BIGINT) AS rank
    FROM monthly
    UNION ALL
    SELECT
        measured.file,
        measured.claim_id,
        measured.scope,
        min(measured.width) AS width,
        'measured' AS basis,
        min(CASE WHEN measured.wow > 0 THEN 1.0 ELSE 0.0 END) AS value,
        cast(NULL AS BIGINT) AS rank
    FROM marts.claims_measure AS measured
    INNER JOIN staging.claim
        ON
            measured.file = claim.file
            AND measured.claim_id = claim.claim_id
    WHERE measured.metric = 'both_rise' AND measured.wow IS NOT NULL
    GROUP BY measured.file, measured.claim_id, measured.scope, claim.subject
    HAVING count(*) = 1 + length(claim.subject) - length(replace(claim.subject, ';', ''))
    UNION ALL
    SELECT
        rank_range.file,
        rank_range.claim_id,
        'named' AS scope,
        1 AS width,
        'measured' AS basis,
        cast(
            CASE rank_range.metric
                WHEN 'rank_range_low' THEN min(model_week.tokens)
                ELSE max(model_week.tokens)
            END AS DOUBLE
        ) AS value,
        cast(NULL AS BIGINT) AS rank
    FROM rank_range
    INNER JOIN core.week ON rank_range.week = week.week
    INNER JOIN core.model_week
        ON
            rank_range.week = model_week.week
            AND model_week.rank BETWEEN rank_range.first_rank AND rank_range.last_rank
    WHERE rank_range.metric <> 'members' AND week.is_complete
    GROUP BY rank_range.file, rank_range.claim_id, rank_range.metric
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'top' || cast(max(subject.top_n) AS VARCHAR) AS scope,
        1 AS width,
        'measured' AS basis,
        cast(count(model_week.rank) AS DOUBLE) AS value,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN core.week ON subject.week = week.week
    LEFT JOIN core.model_group AS member
        ON
            subject.week = member.week
            AND subject.grain = member.grain
            AND subject.key = member.key
    LEFT JOIN core.model_week
        ON
            member.week = model_week.week
            AND member.model_permaslug = model_week.model_permaslug
            AND model_week.rank <= subject.top_n
    WHERE subject.metric = 'skus_in_top' AND week.is_complete AND week.source = 'daily_rows'
    GROUP BY subject.file, subject.claim_id
    UNION ALL
    SELECT
        dividend.file,
        dividend.claim_id,
        dividend.scope,
        dividend.width,
        'list_price' AS basis,
        dividend.usd / nullif(divisor.usd, 0) AS value,
        cast(NULL AS BIGINT) AS rank
    FROM price AS dividend
    INNER JOIN price AS divisor
        ON
            dividend.file = divisor.file
            AND dividend.claim_id = divisor.claim_id
            AND dividend.scope = divisor.scope
    WHERE dividend.position = 1 AND divisor.position = 2 AND divisor.usd > 0 AND dividend.usd > 0
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'catalogue without variants' AS scope,
        1 AS width,
        'measured' AS basis,
        cast(count(*) FILTER (WHERE catalogue.variant = 'standard') AS DOUBLE) AS value,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN staging.catalogue ON subject.week = catalogue.week
    WHERE
        subject.metric = 'catalogue_models'
        AND (subject.grain = 'market' OR catalogue.canonical_slug LIKE subject.key || '/%')
    GROUP BY subject.file, subject.claim_id
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'catalogue with variants' AS scope,
        2 AS width,
        'measured' AS basis,
        cast(count(*) AS DOUBLE) AS value,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN staging.catalogue ON subject.week = catalogue.week
    WHERE
        subject.metric = 'catalogue_models'
        AND (subject.grain = 'market' OR catalogue.canonical_slug LIKE subject.key || '/%')
    GROUP BY subject.file, subject.claim_id
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'sampled categories' AS scope,
        1 AS width,
        'measured' AS basis,
        workload.share_of_dimension AS value,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN marts.workload
        ON
            subject.week = workload.week
            AND workload.dimension = 'category'
            AND subject.key = workload.value
    WHERE subject.metric = 'task_share'
),

bounded AS (
    SELECT
        file,
        claim_id,
        'all' AS scope,
        1 AS width,
        'measured' AS basis,
        cast(tokens AS DOUBLE) / nullif(total_tokens, 0) AS value,
        cast(tokens_low AS DOUBLE) / nullif(total_tokens, 0) AS value_low,
        cast(tokens_high AS DOUBLE) / nullif(total_tokens, 0) AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM marts.claims_measure
    WHERE metric = 'token_share' AND width = 1
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        width,
        'measured' AS basis,
        cast(tokens AS DOUBLE) AS value,
        cast(tokens_low AS DOUBLE) AS value_low,
        cast(tokens_high AS DOUBLE) AS value_high,
        rank
    FROM marts.claims_measure
    WHERE metric IN ('weekly_tokens', 'vendor_tokens') OR (metric = 'rank_tokens' AND width = 1)
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        width,
        'measured' AS basis,
        wow AS value,
        wow_low AS value_low,
        wow_high AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM marts.claims_measure
    WHERE metric IN ('wow', 'vendor_wow') AND (wow IS NOT NULL OR wow_low IS NOT NULL)
    UNION ALL
    SELECT
        file,
        claim_id,
        scope || ', thirty days at the rate of the week' AS scope,
        width + 5 AS width,
        'measured' AS basis,
        cast(tokens AS DOUBLE) * 30 / 7 AS value,
        cast(tokens_low AS DOUBLE) * 30 / 7 AS value_low,
        cast(tokens_high AS DOUBLE) * 30 / 7 AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM marts.claims_measure
    WHERE metric = 'monthly_tokens'
    UNION ALL
    SELECT
        measured.file,
        measured.claim_id,
        measured.scope,
        measured.width,
        'measured' AS basis,
        cast(measured.tokens AS DOUBLE) / nullif(coalesce(lens.tokens, total.total_tokens), 0) AS value,
        cast(measured.tokens_low AS DOUBLE) / nullif(coalesce(lens.tokens, total.total_tokens), 0)
            AS value_low,
        cast(measured.tokens_high AS DOUBLE) / nullif(coalesce(lens.tokens, total.total_tokens), 0)
            AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM marts.claims_measure AS measured
    INNER JOIN core.week AS past
        ON
            cast(measured.week - INTERVAL 364 DAY AS DATE) = past.week
            AND past.is_complete
    LEFT JOIN marts.scope_lens AS lens
        ON
            past.week = lens.week
            AND measured.scope = lens.scope
            AND measured.grain = lens.grain
            AND measured.key = lens.key
    LEFT JOIN marts.weekly_total AS total
        ON
            past.week = total.week
            AND measured.scope = 'all'
    WHERE measured.metric = 'multiple' AND coalesce(lens.tokens, total.total_tokens) > 0
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'all' AS scope,
        1 AS width,
        'measured' AS basis,
        CASE WHEN total.streak_is_lower_bound THEN NULL ELSE cast(total.rising_streak AS DOUBLE) END
            AS value,
        cast(total.rising_streak AS DOUBLE) AS value_low,
        CASE WHEN total.streak_is_lower_bound THEN NULL ELSE cast(total.rising_streak AS DOUBLE) END
            AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN marts.weekly_total AS total ON subject.week = total.week
    WHERE
        subject.metric = 'rising_streak' AND subject.grain = 'market'
        AND total.rising_streak IS NOT NULL
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        origin.scope,
        CASE WHEN origin.scope = 'named' THEN 1 ELSE wide.width END AS width,
        'measured' AS basis,
        CASE WHEN origin.lead_streak_is_lower_bound THEN NULL ELSE cast(origin.lead_streak AS DOUBLE) END
            AS value,
        cast(origin.lead_streak AS DOUBLE) AS value_low,
        CASE WHEN origin.lead_streak_is_lower_bound THEN NULL ELSE cast(origin.lead_streak AS DOUBLE) END
            AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN marts.weekly_origin AS origin
        ON
            subject.week = origin.week
            AND subject.key = origin.bloc
    INNER JOIN core.scope AS wide ON origin.scope = wide.scope
    WHERE subject.metric = 'lead_streak' AND origin.lead_streak IS NOT NULL
    UNION ALL
    SELECT
        rank_range.file,
        rank_range.claim_id,
        'named' AS scope,
        1 AS width,
        'measured' AS basis,
        CASE WHEN max(unresolved.parts) IS NULL THEN cast(count(model_week.rank) AS DOUBLE) END AS value,
        cast(count(model_week.rank) AS DOUBLE) AS value_low,
        cast(count(model_week.rank) + coalesce(max(unresolved.parts), 0) AS DOUBLE) AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM rank_range
    INNER JOIN core.week ON rank_range.week = week.week
    INNER JOIN subject
        ON
            rank_range.file = subject.file
            AND rank_range.claim_id = subject.claim_id
            AND subject.grain = 'model'
    LEFT JOIN core.model_week
        ON
            rank_range.week = model_week.week
            AND subject.key = model_week.model_permaslug
            AND model_week.rank BETWEEN rank_range.first_rank AND rank_range.last_rank
    LEFT JOIN unresolved
        ON
            rank_range.file = unresolved.file
            AND rank_range.claim_id = unresolved.claim_id
    WHERE rank_range.metric = 'members' AND week.is_complete AND week.source = 'daily_rows'
    GROUP BY rank_range.file, rank_range.claim_id
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'top' || cast(subject.top_n AS VARCHAR) AS scope,
        1 AS width,
        'measured' AS basis,
        CASE
            WHEN
                coalesce(now.rank <= subject.top_n, FALSE) = (subject.metric = 'entered_top')
                AND coalesce(previous.rank <= subject.top_n, FALSE) = (subject.metric = 'left_top')
                THEN 1.0
            ELSE 0.0
        END AS value,
        0.0 AS value_low,
        0.0 AS value_high,
        now.rank
    FROM subject
    INNER JOIN core.week ON subject.week = week.week
    INNER JOIN core.week AS previous_week
        ON
            week.previous_week = previous_week.week
            AND previous_week.source = 'daily_rows'
            AND previous_week.is_complete
    LEFT JOIN core.model_week AS now
        ON
            subject.week = now.week
            AND subject.key = now.model_permaslug
    LEFT JOIN core.model_week AS previous
        ON
            previous_week.week = previous.week
            AND subject.key = previous.model_permaslug
    WHERE
        subject.metric IN ('left_top', 'entered_top')
        AND week.is_complete AND week.source = 'daily_rows'
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        'named' AS scope,
        1 AS width,
        'estimate' AS basis,
        CASE subject.metric
            WHEN 'revenue_share' THEN band.revenue_share_p50
            WHEN 'weekly_revenue' THEN band.revenue_usd_p50
            ELSE band.revenue_usd_p50 * 30 / 7
        END AS value,
        CASE subject.metric
            WHEN 'revenue_share' THEN band.revenue_share_p10
            WHEN 'weekly_revenue' THEN band.revenue_usd_p10
            ELSE band.revenue_usd_p10 * 30 / 7
        END AS value_low,
        CASE subject.metric
            WHEN 'revenue_share' THEN band.revenue_share_p90
            WHEN 'weekly_revenue' THEN band.revenue_usd_p90
            ELSE band.revenue_usd_p90 * 30 / 7
        END AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM subject
    INNER JOIN core.week ON subject.week = week.week
    INNER JOIN core.revenue_band AS band
        ON
            subject.week = band.week
            AND subject.grain = band.grain
            AND subject.key = band.key
    WHERE subject.metric IN ('revenue_share', 'weekly_revenue', 'monthly_revenue') AND week.is_complete
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        basis,
        cast(value AS DOUBLE) AS value,
        cast(value AS DOUBLE) AS value_low,
        cast(value AS DOUBLE) AS value_high,
        rank
    FROM exact
    UNION ALL
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        basis,
        value,
        value_low,
        value_high,
        rank
    FROM bounded
)

SELECT * FROM final
