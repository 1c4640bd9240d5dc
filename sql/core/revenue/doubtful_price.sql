/*
---
description: >-
  Prices of a week that cannot be relied on: three or more in one day, or responses of one instant that
  disagree.
grain: week × kind × subject
unique: [week, kind, subject]
columns:
  week:
  kind: VARCHAR NOT NULL | - | What is doubtful
  subject: VARCHAR NOT NULL | - | Model as the rankings name it; of a dispute, the identifier in the catalogue
  rows: BIGINT NOT NULL | rows | Most prices in a day, or catalogues about which responses disagree
accepted:
  kind: [unsettled_price, disputed_price]
---
*/
WITH settling AS (
    SELECT
        week,
        model_permaslug,
        cast(seen_at AS DATE) AS day,
        count(*) AS prices
    FROM core.price_step
    GROUP BY week, model_permaslug, cast(seen_at AS DATE)
),

final AS (
    SELECT
        week,
        'unsettled_price' AS kind,
        model_permaslug AS subject,
        max(prices) AS rows
    FROM settling
    WHERE prices >= 3
    GROUP BY week, model_permaslug
    UNION ALL
    SELECT
        fetch_week.week,
        'disputed_price' AS kind,
        price.model_id AS subject,
        count(*) AS rows
    FROM staging.price_vintage AS price
    INNER JOIN staging.fetch_week ON price.fetched_at = fetch_week.fetched_at
    WHERE price.is_disputed
    GROUP BY fetch_week.week, price.model_id
)

SELECT * FROM final
