/*
---
description: >-
  The macro categories of each snapshot of the task classifications: shares of the classified,
  sampled requests of the snapshot's own window. Two answers of one day are one snapshot.
grain: as_of × window_days × category
unique: [as_of, window_days, category]
columns:
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | The day of the snapshot
  window_days: BIGINT NOT NULL | days | Length of its window
  category: VARCHAR NOT NULL | - | The source's key of the macro category
  label: VARCHAR | - | Its name in words
  usage_share: DOUBLE NOT NULL | fraction of classified requests | As the source tells it
  token_share: DOUBLE NOT NULL | fraction of classified tokens | As the source tells it
---
*/
SELECT
    as_of,
    window_days,
    macro_category AS category,
    max(label) AS label,
    max(usage_share) AS usage_share,
    max(token_share) AS token_share
FROM lake.task_classifications
WHERE tag IS NULL
GROUP BY as_of, window_days, macro_category
