/*
---
description: The token mix of a model's traffic where it is publicly known, from the newest observation.
grain: base_permaslug
unique: [base_permaslug]
columns:
  base_permaslug:
  prompt_share: DOUBLE NOT NULL | fraction of tokens | Prompt tokens over all tokens
  cached_share: DOUBLE NOT NULL | fraction of the prompt | Part of the prompt read from a cache
  week_end: DATE NOT NULL | UTC day | Last day of the week observed
  source:
  recorded_on:
checks:
  shares are between zero and one: prompt_share BETWEEN 0 AND 1 AND cached_share BETWEEN 0 AND 1
---
*/
WITH newest_first AS (
    SELECT
        *,
        split_part(model_permaslug, ':', 1) AS base_permaslug,
        row_number() OVER (
            PARTITION BY split_part(model_permaslug, ':', 1) ORDER BY week_end DESC, model_permaslug
        ) AS age_rank
    FROM reference.observed_mix
),

final AS (
    SELECT
        base_permaslug,
        prompt_share,
        cached_share,
        week_end,
        source,
        recorded_on
    FROM newest_first
    WHERE age_rank = 1
)

SELECT * FROM final
