/*
---
description: >-
  What requests are about, by the source's own classes: the share of each macro category in a
  snapshot of classified, sampled traffic. The source gives its classes no version, so a new version
  begins when the set of classes changes. Changes are computed within a version only.
empty: Empty until a run with a key has fetched the classes of tasks.
grain: as_of × window_days × category
unique: [as_of, window_days, category]
columns:
  as_of: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | The day of the snapshot
  week:
  window_days: BIGINT NOT NULL | days | Length of the source's window, which ends that day
  taxonomy_version: DATE NOT NULL | UTC day | First snapshot of the unbroken run with this set of categories
  category:
  label:
  method: VARCHAR NOT NULL | - | sampled, an estimate of the source
  usage_share:
  token_share: DOUBLE NOT NULL | fraction of classified tokens | As the source reports it
  previous_as_of: TIMESTAMP WITH TIME ZONE | UTC | The snapshot before, of the same window and version
  token_share_change: DOUBLE | fraction of classified tokens | token_share less that of the snapshot before
accepted:
  method: [sampled]
checks:
  shares are fractions: usage_share BETWEEN 0 AND 1 AND token_share BETWEEN 0 AND 1
---
*/
WITH snapshot AS (
    SELECT
        as_of,
        window_days,
        count(*) AS categories,
        lag(as_of) OVER (PARTITION BY window_days ORDER BY as_of) AS previous_as_of,
        lag(count(*)) OVER (PARTITION BY window_days ORDER BY as_of) AS previous_categories
    FROM staging.task_category
    GROUP BY as_of, window_days
),

-- Two sets are the same if they are as large as what they share.
compared AS (
    SELECT
        snapshot.as_of,
        snapshot.window_days,
        snapshot.previous_as_of,
        snapshot.categories = count(before.category)
        AND snapshot.previous_categories = count(before.category) AS is_same_set
    FROM snapshot
    INNER JOIN staging.task_category AS now
        ON
            snapshot.as_of = now.as_of
            AND snapshot.window_days = now.window_days
    LEFT JOIN staging.task_category AS before
        ON
            snapshot.previous_as_of = before.as_of
            AND snapshot.window_days = before.window_days
            AND now.category = before.category
    GROUP BY
        snapshot.as_of,
        snapshot.window_days,
        snapshot.previous_as_of,
        snapshot.categories,
        snapshot.previous_categories
),

versioned AS (
    SELECT
        as_of,
        window_days,
        CASE WHEN is_same_set THEN previous_as_of END AS previous_as_of,
        max(CASE WHEN is_same_set THEN NULL ELSE as_of END) OVER (
            PARTITION BY window_days ORDER BY as_of ROWS UNBOUNDED PRECEDING
        ) AS version_began
    FROM compared
),

final AS (
    SELECT
        now.as_of,
        cast(date_trunc('week', cast(now.as_of AS DATE)) AS DATE) AS week,
        now.window_days,
        cast(versioned.version_began AS DATE) AS taxonomy_version,
        now.category,
        now.label,
        'sampled' AS method,
        now.usage_share,
        now.token_share,
        versioned.previous_as_of,
        now.token_share - before.token_share AS token_share_change
    FROM staging.task_category AS now
    INNER JOIN versioned
        ON
            now.as_of = versioned.as_of
            AND now.window_days = versioned.window_days
    LEFT JOIN staging.task_category AS before
        ON
            versioned.previous_as_of = before.as_of
            AND now.window_days = before.window_days
            AND now.category = before.category
)

SELECT * FROM final
