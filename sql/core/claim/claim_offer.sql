/*
---
description: >-
  What the warehouse computes for claims of what is on offer, what it is used for, and what it may
  earn: list prices, the size of the catalogue, sampled categories, task classes, tool calls, the correlation
  of the capabilities index with use, and the estimate of revenue at list prices, P10 to P90. There is no
  estimate of a series to which further tokens may belong.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file:
  claim_id:
  scope: VARCHAR NOT NULL | - | Which price or count the value is computed from
  width:
  basis:
  value: DOUBLE | USD, multiple, count or fraction | The value at this scope, of an estimate P50
  value_low:
  value_high:
accepted:
  basis: [measured, list_price, estimate]
---
*/
WITH subject AS (
    SELECT
        claim.file,
        claim.claim_id,
        claim.kind,
        claim.week,
        claim.first_day,
        claim.last_day,
        claim.base_first_day,
        claim.base_last_day,
        operand.position,
        part.grain,
        part.key
    FROM staging.claim
    INNER JOIN core.claim_operand AS operand
        ON claim.file = operand.file AND claim.claim_id = operand.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week
    WHERE part.key IS NOT NULL
),

catalogue_week AS (
    SELECT DISTINCT week FROM staging.catalogue
),

counting AS (
    SELECT
        'without_variants' AS scope,
        1 AS width,
        FALSE AS with_variants
    UNION ALL
    SELECT
        'with_variants' AS scope,
        2 AS width,
        TRUE AS with_variants
),

-- A company may publish under several author slugs.
offered AS (
    SELECT
        catalogue.week,
        catalogue.model_id,
        catalogue.variant,
        coalesce(vendor.vendor, split_part(catalogue.canonical_slug, '/', 1)) AS vendor
    FROM staging.catalogue
    LEFT JOIN staging.vendor
        ON
            split_part(catalogue.canonical_slug, '/', 1) = vendor.author
            AND vendor.valid_from <= catalogue.week
            AND catalogue.week < vendor.valid_before
),

open_series AS (
    SELECT DISTINCT
        week,
        'series' AS grain,
        series AS key
    FROM core.series_family
    WHERE membership <> 'sure' AND tokens > 0
),

-- A month is thirty days at the rate of the week.
estimate AS (
    SELECT
        subject.file,
        subject.claim_id,
        subject.kind,
        CASE subject.kind WHEN 'monthly_revenue' THEN cast(30 AS DOUBLE) / 7 ELSE 1 END AS weeks,
        band.*
    FROM subject
    INNER JOIN core.week ON subject.week = week.week AND week.is_complete
    INNER JOIN core.revenue_band AS band
        ON
            subject.week = band.week
            AND subject.grain = band.grain
            AND subject.key = band.key
    LEFT JOIN open_series
        ON
            subject.week = open_series.week
            AND subject.grain = open_series.grain
            AND subject.key = open_series.key
    WHERE
        subject.kind IN ('revenue_share', 'weekly_revenue', 'monthly_revenue')
        AND open_series.key IS NULL
),

valued AS (
    SELECT
        subject.file,
        subject.claim_id,
        price.scope,
        1 AS width,
        'list_price' AS basis,
        price.usd AS value,
        price.usd_low AS value_low,
        price.usd_high AS value_high
    FROM subject
    INNER JOIN core.claim_price AS price
        ON
            subject.first_day = price.first_day
            AND subject.last_day = price.last_day
            AND subject.key = price.model_permaslug
            AND subject.kind = price.scope
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        price.scope,
        price.width,
        'list_price' AS basis,
        price.usd / nullif(base.usd, 0) - 1 AS value,
        price.usd_low / nullif(base.usd_high, 0) - 1 AS value_low,
        price.usd_high / nullif(base.usd_low, 0) - 1 AS value_high
    FROM subject
    INNER JOIN core.claim_price AS price
        ON
            subject.first_day = price.first_day
            AND subject.last_day = price.last_day
            AND subject.key = price.model_permaslug
    INNER JOIN core.claim_price AS base
        ON
            subject.base_first_day = base.first_day
            AND subject.base_last_day = base.last_day
            AND subject.key = base.model_permaslug
            AND price.scope = base.scope
    WHERE subject.kind = 'price_change'
    UNION ALL
    SELECT
        first.file,
        first.claim_id,
        dividend.scope,
        dividend.width,
        'list_price' AS basis,
        dividend.usd / nullif(divisor.usd, 0) AS value,
        dividend.usd_low / nullif(divisor.usd_high, 0) AS value_low,
        dividend.usd_high / nullif(divisor.usd_low, 0) AS value_high
    FROM subject AS first
    INNER JOIN subject AS second
        ON
            first.file = second.file
            AND first.claim_id = second.claim_id
            AND second.position = 2
    INNER JOIN core.claim_price AS dividend
        ON
            first.first_day = dividend.first_day
            AND first.last_day = dividend.last_day
            AND first.key = dividend.model_permaslug
    INNER JOIN core.claim_price AS divisor
        ON
            second.first_day = divisor.first_day
            AND second.last_day = divisor.last_day
            AND second.key = divisor.model_permaslug
            AND dividend.scope = divisor.scope
    WHERE first.kind = 'price_ratio' AND first.position = 1 AND dividend.usd > 0 AND divisor.usd > 0
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        counting.scope,
        counting.width,
        'measured' AS basis,
        count(offered.model_id) AS value,
        count(offered.model_id) AS value_low,
        count(offered.model_id) AS value_high
    FROM subject
    INNER JOIN catalogue_week ON subject.week = catalogue_week.week
    CROSS JOIN counting
    LEFT JOIN offered
        ON
            subject.week = offered.week
            AND (subject.grain = 'market' OR subject.key = offered.vendor)
            AND (counting.with_variants OR offered.variant = 'standard')
    WHERE subject.kind = 'catalogue_models'
    GROUP BY subject.file, subject.claim_id, counting.scope, counting.width
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        used.scope,
        row_number() OVER (PARTITION BY subject.file, subject.claim_id ORDER BY used.scope) AS width,
        'measured' AS basis,
        used.share AS value,
        used.share AS value_low,
        used.share AS value_high
    FROM subject
    INNER JOIN core.claim_use AS used
        ON subject.week = used.week AND subject.kind = used.kind AND subject.key = used.key
    UNION ALL
    SELECT
        subject.file,
        subject.claim_id,
        CASE correlation.scope WHEN 'all' THEN 'scored' ELSE 'scored_mean' END AS scope,
        CASE correlation.scope WHEN 'all' THEN 1 ELSE 2 END AS width,
        'measured' AS basis,
        correlation.rho AS value,
        correlation.rho AS value_low,
        correlation.rho AS value_high
    FROM subject
    INNER JOIN core.rank_correlation AS correlation
        ON
            subject.week = correlation.week
            AND subject.kind = 'index_' || correlation.measure
            AND correlation.scope IN ('all', 'mean')
            AND correlation.controlled_for = 'none'
    UNION ALL
    SELECT
        file,
        claim_id,
        'named' AS scope,
        1 AS width,
        'estimate' AS basis,
        CASE kind WHEN 'revenue_share' THEN revenue_share_p50 ELSE weeks * revenue_usd_p50 END AS value,
        CASE kind WHEN 'revenue_share' THEN revenue_share_p10 ELSE weeks * revenue_usd_p10 END AS value_low,
        CASE kind WHEN 'revenue_share' THEN revenue_share_p90 ELSE weeks * revenue_usd_p90 END AS value_high
    FROM estimate
),

final AS (
    SELECT
        file,
        claim_id,
        scope,
        cast(width AS BIGINT) AS width,
        basis,
        cast(value AS DOUBLE) AS value,
        cast(value_low AS DOUBLE) AS value_low,
        cast(value_high AS DOUBLE) AS value_high
    FROM valued
    WHERE value IS NOT NULL
)

SELECT * FROM final
