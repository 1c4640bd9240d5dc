/*
---
description: >-
  Prices of a week that cannot be relied on: they changed too often within 24 hours, or responses of one
  instant disagree.
grain: week × kind × subject
unique: [week, kind, subject]
columns:
  week:
  kind: VARCHAR NOT NULL | - | What is doubtful
  subject: VARCHAR NOT NULL | - | The model's identifier in the catalogue
  rows: BIGINT NOT NULL | rows | Most changes in 24 hours, or catalogues about which responses disagree
accepted:
  kind: [unsettled_price, disputed_price]
---
*/
WITH final AS (
    SELECT
        fetch_week.week,
        'unsettled_price' AS kind,
        recent_change.model_id AS subject,
        max(recent_change.changes) AS rows
    FROM core.recent_change
    INNER JOIN staging.fetch_week ON recent_change.fetched_at = fetch_week.fetched_at
    INNER JOIN core.week ON fetch_week.week = week.week AND week.source = 'daily_rows'
    WHERE recent_change.is_unsettled
    GROUP BY fetch_week.week, recent_change.model_id
    UNION ALL
    SELECT
        fetch_week.week,
        'disputed_price' AS kind,
        price.model_id AS subject,
        count(*) AS rows
    FROM staging.price_vintage AS price
    INNER JOIN staging.fetch_week ON price.fetched_at = fetch_week.fetched_at
    INNER JOIN core.week ON fetch_week.week = week.week AND week.source = 'daily_rows'
    WHERE price.is_disputed
    GROUP BY fetch_week.week, price.model_id
)

SELECT * FROM final
