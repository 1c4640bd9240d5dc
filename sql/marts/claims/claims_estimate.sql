/*
---
description: >-
  What the warehouse estimates for claims of revenue, P10 to P90 at list prices. A month is thirty
  days at the rate of the week.
grain: file × claim_id × scope
unique: [file, claim_id, scope]
columns:
  file:
  claim_id:
  scope:
  width:
  basis:
  value:
  value_low:
  value_high:
  rank: BIGINT | place | The rank at this scope; NULL where none is meant
accepted:
  basis: [estimate]
---
*/
WITH estimate AS (
    SELECT
        subject.file,
        subject.claim_id,
        subject.metric = 'revenue_share' AS is_share,
        CASE subject.metric WHEN 'monthly_revenue' THEN cast(30 AS DOUBLE) / 7 ELSE 1 END AS weeks,
        band.*
    FROM core.claim_subject AS subject
    INNER JOIN core.week ON subject.week = week.week
    INNER JOIN core.revenue_band AS band
        ON
            subject.week = band.week
            AND subject.grain = band.grain
            AND subject.key = band.key
    WHERE
        subject.metric IN ('revenue_share', 'weekly_revenue', 'monthly_revenue') AND week.is_complete
),

final AS (
    SELECT
        file,
        claim_id,
        'named' AS scope,
        cast(1 AS BIGINT) AS width,
        'estimate' AS basis,
        CASE WHEN is_share THEN revenue_share_p50 ELSE weeks * revenue_usd_p50 END AS value,
        CASE WHEN is_share THEN revenue_share_p10 ELSE weeks * revenue_usd_p10 END AS value_low,
        CASE WHEN is_share THEN revenue_share_p90 ELSE weeks * revenue_usd_p90 END AS value_high,
        cast(NULL AS BIGINT) AS rank
    FROM estimate
)

SELECT * FROM final
