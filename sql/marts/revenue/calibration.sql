/*
---
description: >-
  Billed dollars against the estimate for the same tokens, by vendor, by class and for all, before any
  accepted factor. One model-week with a bill is one observation. Own usage is estimated from its own prompt,
  cache and completion tokens at the list prices of their week, so it has no band and no class.
empty: >-
  Empty until a bill is known: in reference/billed.csv of the home, from `/activity`, or in own usage.
grain: source × subject_kind × subject
unique: [source, subject_kind, subject]
private: source <> 'billed_csv'
columns:
  source: VARCHAR NOT NULL | - | billed_csv, activity or own_usage
  subject_kind: VARCHAR NOT NULL | - | vendor, class or all
  subject: VARCHAR NOT NULL | - | The vendor, the class, observed_mix without one, or all
  model_weeks: BIGINT NOT NULL | model-weeks | Bills that can be compared, n
  unmatched: BIGINT NOT NULL | model-weeks | Bills for a model without an estimate that week; counted for all
  billed_usd: DOUBLE NOT NULL | USD | What was paid
  estimated_usd: DOUBLE NOT NULL | USD | The estimate for these tokens, every input at its middle
  bias: DOUBLE | fraction | estimated_usd over billed_usd, less one
  in_band: BIGINT NOT NULL | model-weeks | Bills from P10 to P90
  coverage: DOUBLE | fraction of model-weeks | in_band over model_weeks; NULL for own usage
  k: DOUBLE | × | Billed over estimated, shrunk to one as (n k + 4) / (n + 4)
  accepted_k: DOUBLE | × | Factor that the build uses for the vendor; NULL is none
accepted:
  source: [billed_csv, activity, own_usage]
  subject_kind: [vendor, class, all]
---
*/
WITH own AS (
    SELECT
        week,
        model,
        min(vendor) AS vendor,
        cast(sum(cost_usd) AS DOUBLE) AS billed_usd
    FROM core.usage_counted
    WHERE cost_kind = 'billed' AND tokens > 0
    GROUP BY week, model
),

own_estimate AS (
    SELECT
        week,
        model_permaslug,
        cast(sum(cost_usd) AS DOUBLE) AS billed_usd,
        cast(sum(cast(list_usd AS DECIMAL(28, 12))) AS DOUBLE) AS estimated_usd
    FROM core.usage_priced
    WHERE week = price_week AND cost_kind = 'billed' AND list_usd > 0
    GROUP BY week, model_permaslug
),

matched AS (
    SELECT
        bill.source,
        value.week IS NOT NULL AS is_matched,
        value.vendor,
        coalesce(value.workload_class, value.revenue_method) AS workload_class,
        bill.billed_usd,
        bill.tokens * value.revenue_usd_mid / nullif(value.calibration * value.tokens, 0) AS estimated_usd,
        bill.tokens * band.revenue_usd_p10 / nullif(value.calibration * value.tokens, 0) AS low_usd,
        bill.tokens * band.revenue_usd_p90 / nullif(value.calibration * value.tokens, 0) AS high_usd
    FROM core.bill
    LEFT JOIN core.model_value AS value
        ON
            bill.week = value.week
            AND bill.model_permaslug = value.model_permaslug
            AND value.unpriced_because IS NULL
    LEFT JOIN core.revenue_band AS band
        ON
            value.week = band.week
            AND band.grain = 'model'
            AND value.model_permaslug = band.key
    UNION ALL
    SELECT
        'own_usage' AS source,
        estimate.week IS NOT NULL AS is_matched,
        own.vendor,
        cast(NULL AS VARCHAR) AS workload_class,
        coalesce(estimate.billed_usd, own.billed_usd) AS billed_usd,
        estimate.estimated_usd,
        cast(NULL AS DOUBLE) AS low_usd,
        cast(NULL AS DOUBLE) AS high_usd
    FROM own
    LEFT JOIN own_estimate AS estimate
        ON own.week = estimate.week AND own.model = estimate.model_permaslug
),

subject AS (
    SELECT
        source,
        'all' AS subject_kind,
        'all' AS subject,
        is_matched,
        billed_usd,
        estimated_usd,
        low_usd,
        high_usd
    FROM matched
    UNION ALL
    SELECT
        source,
        'vendor' AS subject_kind,
        vendor AS subject,
        is_matched,
        billed_usd,
        estimated_usd,
        low_usd,
        high_usd
    FROM matched
    WHERE is_matched
    UNION ALL
    SELECT
        source,
        'class' AS subject_kind,
        workload_class AS subject,
        is_matched,
        billed_usd,
        estimated_usd,
        low_usd,
        high_usd
    FROM matched
    WHERE is_matched AND workload_class IS NOT NULL
),

counted AS (
    SELECT
        source,
        subject_kind,
        subject,
        count(*) FILTER (WHERE is_matched) AS model_weeks,
        count(*) FILTER (WHERE NOT is_matched) AS unmatched,
        cast(
            coalesce(sum(cast(billed_usd AS DECIMAL(28, 12))) FILTER (WHERE is_matched), 0) AS DOUBLE
        ) AS billed_usd,
        cast(coalesce(sum(cast(estimated_usd AS DECIMAL(28, 12))), 0) AS DOUBLE) AS estimated_usd,
        count(*) FILTER (WHERE billed_usd >= low_usd AND billed_usd <= high_usd) AS in_band
    FROM subject
    GROUP BY source, subject_kind, subject
),

final AS (
    SELECT
        counted.source,
        counted.subject_kind,
        counted.subject,
        counted.model_weeks,
        counted.unmatched,
        counted.billed_usd,
        counted.estimated_usd,
        counted.estimated_usd / nullif(counted.billed_usd, 0) - 1 AS bias,
        counted.in_band,
        CASE
            WHEN counted.source <> 'own_usage'
                THEN cast(counted.in_band AS DOUBLE) / nullif(counted.model_weeks, 0)
        END AS coverage,
        (counted.model_weeks * counted.billed_usd / nullif(counted.estimated_usd, 0) + 4)
        / (counted.model_weeks + 4) AS k,
        accepted.k AS accepted_k
    FROM counted
    LEFT JOIN reference.calibration AS accepted
        ON
            counted.subject_kind = 'vendor'
            AND counted.subject = accepted.vendor
)

SELECT * FROM final
