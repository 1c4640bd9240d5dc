/*
---
description: >-
  The share of a model before and after its list price changed, week by week: what happened afterwards,
  not what the price caused. A change is between the catalogues of two weeks; catalogues of other weeks
  than the one before are not compared. A week in which the model is not listed has no share.
empty: Empty until the catalogues of two weeks in a row differ in a price.
grain: changed_week × model_id × week
unique: [changed_week, model_id, week]
columns:
  changed_week: DATE NOT NULL | Monday | The ISO week whose catalogue has the new price
  model_id:
  model_permaslug:
  prompt_change: DOUBLE | fraction | Of the prompt's list price; 0 where it stayed, NULL where it was free
  completion_change: DOUBLE | fraction | Of the completion's list price; 0 where it stayed, NULL where free
  week: DATE NOT NULL | Monday | A complete week, from that before the change to twelve weeks after it
  rank: BIGINT | place | In the week; NULL if not listed
  tokens: BIGINT | tokens | In the week; NULL if not listed
  share: DOUBLE | fraction of all tokens | In the week; NULL if not listed
checks:
  something changed: coalesce(prompt_change, 1) <> 0 OR coalesce(completion_change, 1) <> 0
---
*/
WITH changed AS (
    SELECT
        week AS changed_week,
        model_id,
        model_permaslug,
        count(*) FILTER (WHERE price = 'prompt') AS prompt_moved,
        max(change) FILTER (WHERE price = 'prompt') AS prompt_change,
        count(*) FILTER (WHERE price = 'completion') AS completion_moved,
        max(change) FILTER (WHERE price = 'completion') AS completion_change
    FROM marts.price_changes
    WHERE price IN ('prompt', 'completion') AND previous_week = week - INTERVAL 7 DAY
    GROUP BY week, model_id, model_permaslug
),

final AS (
    SELECT
        changed.changed_week,
        changed.model_id,
        changed.model_permaslug,
        CASE WHEN changed.prompt_moved > 0 THEN changed.prompt_change ELSE 0 END AS prompt_change,
        CASE WHEN changed.completion_moved > 0 THEN changed.completion_change ELSE 0 END AS completion_change,
        week.week,
        model.rank,
        model.tokens,
        model.share
    FROM changed
    INNER JOIN core.week
        ON
            changed.changed_week - INTERVAL 7 DAY <= week.week
            AND week.week <= changed.changed_week + INTERVAL 84 DAY
    LEFT JOIN marts.weekly_model AS model
        ON
            week.week = model.week
            AND changed.model_permaslug = model.model_permaslug
    WHERE week.is_complete AND week.source = 'daily_rows'
)

SELECT * FROM final
