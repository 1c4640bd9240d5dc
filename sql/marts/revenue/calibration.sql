/*
---
description: >-
  Billed dollars against the estimate for the same tokens, by vendor, by class and for all, before any
  accepted factor. One model-week with a bill is one observation.
grain: source × subject_kind × subject
unique: [source, subject_kind, subject]
columns:
  source: VARCHAR NOT NULL | - | billed_csv or activity
  subject_kind: VARCHAR NOT NULL | - | vendor, class or all
  subject: VARCHAR NOT NULL | - | The vendor, the class, observed_mix without one, or all
  model_weeks: BIGINT NOT NULL | model-weeks | Bills that can be compared, n
  unmatched: BIGINT NOT NULL | model-weeks | Bills for a model without an estimate that week; counted for all
  billed_usd: DOUBLE NOT NULL | USD | What was paid
  estimated_usd: DOUBLE NOT NULL | USD | The estimate for these tokens, every input at its middle
  bias: DOUBLE | fraction | estimated_usd over billed_usd, less one
  in_band: BIGINT NOT NULL | model-weeks | Bills from P10 to P90
  coverage: DOUBLE | fraction of model-weeks | in_band over model_weeks
  k: DOUBLE | × | Billed over estimated, shrunk to one as (n k + 4) / (n + 4)
  accepted_k: DOUBLE | × | Factor that the build uses for the vendor; NULL is none
accepted:
  source: [billed_csv, activity]
  subject_kind: [vendor, class, all]
---
*/
WITH matched AS (
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
    WHERE is_matched
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
        cast(counted.in_band AS DOUBLE) / nullif(counted.model_weeks, 0) AS coverage,
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
