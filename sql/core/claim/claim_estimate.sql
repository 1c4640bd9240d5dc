/*
---
description: >-
  What the warehouse estimates for claims of revenue, P10 to P90 at list prices. A month is thirty
  days at the rate of the week. There is no estimate of a series to which further tokens may belong.
grain: file × claim_id
unique: [file, claim_id]
columns:
  file:
  claim_id:
  value: DOUBLE | USD or fraction | P50
  value_low: DOUBLE | USD or fraction | P10
  value_high: DOUBLE | USD or fraction | P90
---
*/
WITH open_series AS (
    SELECT
        week,
        series
    FROM core.series_family
    WHERE membership <> 'sure' AND tokens > 0
    GROUP BY week, series
),

estimate AS (
    SELECT
        claim.file,
        claim.claim_id,
        claim.kind,
        CASE claim.kind WHEN 'monthly_revenue' THEN cast(30 AS DOUBLE) / 7 ELSE 1 END AS weeks,
        band.*
    FROM staging.claim
    INNER JOIN core.claim_operand AS operand
        ON claim.file = operand.file AND claim.claim_id = operand.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week
    INNER JOIN core.week ON claim.week = week.week AND week.is_complete
    INNER JOIN core.revenue_band AS band
        ON
            claim.week = band.week
            AND part.grain = band.grain
            AND part.key = band.key
    LEFT JOIN open_series
        ON part.grain = 'series' AND part.key = open_series.series AND part.week = open_series.week
    WHERE
        claim.kind IN ('revenue_share', 'weekly_revenue', 'monthly_revenue')
        AND open_series.series IS NULL
),

final AS (
    SELECT
        file,
        claim_id,
        CASE kind WHEN 'revenue_share' THEN revenue_share_p50 ELSE weeks * revenue_usd_p50 END AS value,
        CASE kind WHEN 'revenue_share' THEN revenue_share_p10 ELSE weeks * revenue_usd_p10 END AS value_low,
        CASE kind WHEN 'revenue_share' THEN revenue_share_p90 ELSE weeks * revenue_usd_p90 END AS value_high
    FROM estimate
)

SELECT * FROM final
