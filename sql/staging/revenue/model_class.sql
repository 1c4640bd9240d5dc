/*
---
description: The kind of work a model is mostly used for, with the usual token mix of that kind. A judgement.
grain: base_permaslug
unique: [base_permaslug]
columns:
  base_permaslug: VARCHAR NOT NULL | - | The slug without its variant; * stands for every model not listed
  workload_class: VARCHAR NOT NULL | - | Class of the estimator
  prompt_share_low:
  prompt_share_mid:
  prompt_share_high:
  cached_share_low:
  cached_share_mid:
  cached_share_high:
  source:
  recorded_on:
checks:
  prompt shares are in order: prompt_share_low <= prompt_share_mid AND prompt_share_mid <= prompt_share_high
  cached shares are in order: cached_share_low <= cached_share_mid AND cached_share_mid <= cached_share_high
---
*/
WITH listed AS (
    SELECT
        base_permaslug,
        workload_class,
        source,
        recorded_on
    FROM reference.model_class
    UNION ALL
    SELECT
        '*' AS base_permaslug,
        workload_class,
        source,
        recorded_on
    FROM reference.class_prior
    WHERE workload_class = 'general_chat'
),

final AS (
    SELECT
        listed.base_permaslug,
        listed.workload_class,
        prior.prompt_share_low,
        prior.prompt_share_mid,
        prior.prompt_share_high,
        prior.cached_share_low,
        prior.cached_share_mid,
        prior.cached_share_high,
        listed.source,
        listed.recorded_on
    FROM listed
    INNER JOIN reference.class_prior AS prior ON listed.workload_class = prior.workload_class
)

SELECT * FROM final
