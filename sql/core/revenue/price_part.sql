/*
---
description: >-
  A model's tokens of a week, cut where its price changed or may have changed. A day's tokens are spread
  evenly over the day. The part between the two catalogues of a change is there twice, at the price before
  and at the price after. The instant of the change divides its tokens between the two.
grain: week × model_permaslug × part
unique: [week, model_permaslug, part]
columns:
  week:
  model_permaslug:
  part: BIGINT NOT NULL | place | Number of the part by step, side and day, with gaps
  side: VARCHAR NOT NULL | - | certain, or before or after the change whose instant is unknown
  tokens: DOUBLE NOT NULL | tokens | All tokens of the part, though only some may be at this price
  mid_tokens: DOUBLE NOT NULL | tokens | Those at this price if the change is midway between the catalogues
  part_from: DOUBLE NOT NULL | days | Begin of the part since the week's Monday
  part_to: DOUBLE NOT NULL | days | Its end
  change_seen_at: TIMESTAMP WITH TIME ZONE | UTC | First catalogue after the change; NULL if certain
  changed_after: DOUBLE | days | Last catalogue before the change, since the week's Monday; NULL if certain
  changed_before: DOUBLE | days | First catalogue after the change; NULL if certain
  prompt_price: DOUBLE NOT NULL
  completion_price: DOUBLE NOT NULL
  cache_read_price:
accepted:
  side: [certain, before, after]
checks:
  the parts of a week are its tokens: >-
    SELECT part.week FROM core.price_part AS part
    INNER JOIN core.model_week
        ON part.week = model_week.week AND part.model_permaslug = model_week.model_permaslug
    GROUP BY part.week, part.model_permaslug, model_week.tokens
    HAVING abs(sum(part.mid_tokens) - model_week.tokens) > 1e-6 * model_week.tokens + 1
---
*/
WITH period AS (
    SELECT
        week,
        model_permaslug,
        step,
        'certain' AS side,
        greatest(coalesce(changed_before, 0), 0) AS starts,
        least(coalesce(replaced_after, 7), 7) AS ends,
        cast(NULL AS TIMESTAMPTZ) AS change_seen_at,
        cast(NULL AS DOUBLE) AS changed_after,
        cast(NULL AS DOUBLE) AS changed_before
    FROM core.price_step
    UNION ALL
    SELECT
        week,
        model_permaslug,
        step,
        'after' AS side,
        greatest(changed_after, 0) AS starts,
        least(changed_before, 7) AS ends,
        seen_at AS change_seen_at,
        changed_after,
        changed_before
    FROM core.price_step
    WHERE changed_after IS NOT NULL
    UNION ALL
    SELECT
        week,
        model_permaslug,
        step,
        'before' AS side,
        greatest(replaced_after, 0) AS starts,
        least(replaced_before, 7) AS ends,
        replaced_at AS change_seen_at,
        replaced_after AS changed_after,
        replaced_before AS changed_before
    FROM core.price_step
    WHERE replaced_after IS NOT NULL
),

day AS (
    SELECT
        week,
        model_permaslug,
        cast(epoch(cast(date AS TIMESTAMP)) - epoch(cast(week AS TIMESTAMP)) AS DOUBLE) / 86400 AS begins,
        tokens
    FROM staging.rankings_daily
    WHERE NOT is_other
),

cut AS (
    SELECT
        period.week,
        period.model_permaslug,
        period.step,
        period.side,
        period.change_seen_at,
        period.changed_after,
        period.changed_before,
        greatest(period.starts, day.begins) AS part_from,
        least(period.ends, day.begins + 1) AS part_to,
        day.tokens * (least(period.ends, day.begins + 1) - greatest(period.starts, day.begins)) AS tokens
    FROM period
    INNER JOIN day
        ON
            period.week = day.week
            AND period.model_permaslug = day.model_permaslug
            AND period.starts < day.begins + 1
            AND period.ends > day.begins
            AND period.starts < period.ends
),

-- The same rule as weights() in models/python/revenue_bands.py, at the middle instead of a drawn instant.
divided AS (
    SELECT
        *,
        least(
            greatest(
                ((changed_after + changed_before) / 2 - part_from) / nullif(part_to - part_from, 0), 0
            ), 1
        ) AS share_before
    FROM cut
    WHERE side <> 'certain'
),

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
part AS (
    SELECT
        week,
        model_permaslug,
        step,
        side,
        min(part_from) AS part_from,
        max(part_to) AS part_to,
        cast(sum(cast(tokens AS DECIMAL(28, 6))) AS DOUBLE) AS tokens,
        cast(sum(cast(tokens AS DECIMAL(28, 6))) AS DOUBLE) AS mid_tokens,
        cast(NULL AS TIMESTAMPTZ) AS change_seen_at,
        cast(NULL AS DOUBLE) AS changed_after,
        cast(NULL AS DOUBLE) AS changed_before
    FROM cut
    WHERE side = 'certain'
    GROUP BY week, model_permaslug, step, side
    UNION ALL
    SELECT
        week,
        model_permaslug,
        step,
        side,
        part_from,
        part_to,
        tokens,
        tokens * CASE WHEN side = 'before' THEN share_before ELSE 1 - share_before END AS mid_tokens,
        change_seen_at,
        changed_after,
        changed_before
    FROM divided
),

-- No step has two parts of one side on one day.
final AS (
    SELECT
        part.week,
        part.model_permaslug,
        24 * part.step
        + CASE part.side WHEN 'after' THEN 0 WHEN 'before' THEN 8 ELSE 16 END
        + cast(floor(part.part_from) AS BIGINT) AS part,
        part.side,
        cast(part.tokens AS DOUBLE) AS tokens,
        cast(part.mid_tokens AS DOUBLE) AS mid_tokens,
        cast(part.part_from AS DOUBLE) AS part_from,
        cast(part.part_to AS DOUBLE) AS part_to,
        part.change_seen_at,
        part.changed_after,
        part.changed_before,
        price_step.prompt_price,
        price_step.completion_price,
        price_step.cache_read_price
    FROM part
    INNER JOIN core.price_step
        ON
            part.week = price_step.week
            AND part.model_permaslug = price_step.model_permaslug
            AND part.step = price_step.step
)

SELECT * FROM final
