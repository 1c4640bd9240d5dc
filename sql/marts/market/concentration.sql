/*
---
description: >-
  Share of the week of the largest few. The row other hides models and vendors, so the Herfindahl
  index has bounds: other in infinitely many parts, and other as concentrated as it can be.
grain: week × grain
unique: [week, grain]
columns:
  week:
  grain: VARCHAR NOT NULL | - | model or vendor
  cr3: DOUBLE | fraction of all tokens | The three largest by their listed tokens
  cr5: DOUBLE | fraction of all tokens | The five largest
  cr10: DOUBLE | fraction of all tokens | The ten largest
  hhi_min: DOUBLE | sum of squared shares | Lower bound, other in infinitely many parts
  hhi_max: DOUBLE | sum of squared shares | Upper bound, other at the cut-off, or all the largest vendor's
  largest: VARCHAR NOT NULL | - | Name of the largest
accepted:
  grain: [model, vendor]
checks:
  the ratios rise: cr3 <= cr5 + 1e-9 AND cr5 <= cr10 + 1e-9
  the bounds are in order: hhi_min <= hhi_max
---
*/
WITH sized AS (
    SELECT
        group_week.week,
        group_week.grain,
        group_week.key,
        group_week.tokens,
        cast(group_week.tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS share,
        row_number() OVER (
            PARTITION BY group_week.week, group_week.grain ORDER BY group_week.tokens DESC, group_week.key
        ) AS size_rank
    FROM core.group_week
    INNER JOIN core.week ON group_week.week = week.week
    WHERE group_week.grain IN ('model', 'vendor') AND group_week.key <> 'other'
),

summed AS (
    SELECT
        week,
        grain,
        cast(sum(tokens) FILTER (WHERE size_rank <= 3) AS BIGINT) AS first_three,
        cast(sum(tokens) FILTER (WHERE size_rank <= 5) AS BIGINT) AS first_five,
        cast(sum(tokens) FILTER (WHERE size_rank <= 10) AS BIGINT) AS first_ten,
        cast(sum(cast(share * share AS DECIMAL(28, 18))) AS DOUBLE) AS squares,
        max(share) AS largest_share,
        max(key) FILTER (WHERE size_rank = 1) AS largest
    FROM sized
    GROUP BY week, grain
),

compared AS (
    SELECT
        summed.*,
        cast(week.total_tokens AS DOUBLE) AS total_tokens,
        cast(week.other_tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS other_share,
        cast(week.cutoff_tokens AS DOUBLE) / nullif(week.total_tokens, 0) AS cutoff_share
    FROM summed
    INNER JOIN core.week ON summed.week = week.week
),

final AS (
    SELECT
        week,
        grain,
        first_three / nullif(total_tokens, 0) AS cr3,
        first_five / nullif(total_tokens, 0) AS cr5,
        first_ten / nullif(total_tokens, 0) AS cr10,
        squares AS hhi_min,
        squares + CASE
            WHEN grain = 'model' THEN other_share * cutoff_share
            ELSE other_share * other_share + 2 * largest_share * other_share
        END AS hhi_max,
        largest
    FROM compared
)

SELECT * FROM final
