/*
---
description: >-
  The macro categories of each snapshot of the task classifications: shares of the classified,
  sampled requests of the snapshot's own window. Two responses of one day are one snapshot.
grain: as_of × window_days × category
unique: [as_of, window_days, category]
columns:
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | The day of the snapshot
  window_days:
  category:
  label:
  usage_share:
  token_share: DOUBLE NOT NULL | fraction of classified tokens | As the source reports it
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
