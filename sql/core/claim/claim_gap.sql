/*
---
description: >-
  What of the data a claim lacks: a known subject, days, models, a catalogue, a rule of a series, or the
  weeks before. Where nothing can be computed, marts.claims_audit gives these as the reason.
grain: file × claim_id
unique: [file, claim_id]
columns:
  file:
  claim_id:
  unknown_grain:
  unknown_name:
  open_family:
  is_bloc: BOOLEAN NOT NULL | - | Whether a subject is a bloc
  is_unlisted: BOOLEAN NOT NULL | - | Whether a subject has no tokens in the period
  was_unlisted: BOOLEAN NOT NULL | - | Whether a subject has none in the period compared with
  days_known: BIGINT NOT NULL | days | Days of the period with rows, or of a week whose total is known
  is_known: BOOLEAN NOT NULL | - | Whether all days of the period are known
  is_listed: BOOLEAN NOT NULL | - | Whether all days of the period have rows of models
  listed_models:
  is_beyond_list: BOOLEAN NOT NULL | - | Whether a place of the subject is beyond the listed models
  lacks_base: BOOLEAN NOT NULL | - | Whether days of the period compared with are unknown
  lacks_base_list: BOOLEAN NOT NULL | - | Whether days of the period compared with have no rows of models
  weeks_from:
  is_first_week: BOOLEAN NOT NULL | - | Whether it is about the weeks before and of the first week with data
  is_not_over: BOOLEAN NOT NULL | - | Whether the period ends after the newest week
  has_catalogue: BOOLEAN NOT NULL | - | Whether there is a catalogue of the week in which the period ends
  has_base_catalogue: BOOLEAN NOT NULL | - | Whether there are prices of the period compared with, if one is
---
*/
WITH named_subject AS (
    SELECT
        operand.file,
        operand.claim_id,
        min_by(part.grain, part.name || ' ' || part.grain) FILTER (WHERE part.key IS NULL) AS unknown_grain,
        min(part.name) FILTER (WHERE part.key IS NULL) AS unknown_name,
        bool_or(part.grain = 'bloc') AS is_bloc
    FROM core.claim_operand AS operand
    INNER JOIN staging.claim ON operand.file = claim.file AND operand.claim_id = claim.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week
    GROUP BY operand.file, operand.claim_id
),

-- Whether a subject had no tokens in the period, and whether one had none in the one compared with.
unlisted_subject AS (
    SELECT
        operand.file,
        operand.claim_id,
        bool_or(period.first_day = claim.first_day AND period.last_day = claim.last_day) AS is_unlisted,
        bool_or(
            period.first_day = claim.base_first_day AND period.last_day = claim.base_last_day
        ) AS was_unlisted
    FROM core.claim_operand AS operand
    INNER JOIN staging.claim ON operand.file = claim.file AND operand.claim_id = claim.claim_id
    INNER JOIN core.claim_tokens AS tokens
        ON operand.operand = tokens.operand AND claim.week = tokens.week AND tokens.scope = 'named'
    INNER JOIN core.claim_period AS period ON tokens.period_id = period.period_id
    WHERE tokens.tokens_high = 0
    GROUP BY operand.file, operand.claim_id
),

list_length AS (
    SELECT
        period_id,
        count(*) AS listed_models
    FROM core.claim_rank
    WHERE grain = 'model'
    GROUP BY period_id
),

-- Of the weeks of the claim, or of all weeks up to its own where it is about weeks in a row.
open_series AS (
    SELECT
        operand.file,
        operand.claim_id,
        min(family.family) AS family
    FROM core.claim_operand AS operand
    INNER JOIN staging.claim ON operand.file = claim.file AND operand.claim_id = claim.claim_id
    INNER JOIN core.claim_subject AS part
        ON operand.operand = part.operand AND claim.week = part.week AND part.grain = 'series'
    INNER JOIN core.series_family AS family
        ON
            part.key = family.series
            AND family.membership <> 'sure'
            AND family.tokens > 0
            AND family.week <= claim.last_day
            AND (
                claim.condition IS NOT NULL
                OR family.week + INTERVAL 6 DAY >= coalesce(claim.base_first_day, claim.first_day)
            )
    GROUP BY operand.file, operand.claim_id
),

catalogue_week AS (
    SELECT DISTINCT week FROM staging.catalogue
),

priced_period AS (
    SELECT DISTINCT
        first_day,
        last_day
    FROM core.claim_price
),

data AS (
    SELECT
        min(week) AS first_week,
        cast(max(week) + INTERVAL 6 DAY AS DATE) AS last_day
    FROM core.week
),

final AS (
    SELECT
        claim.file,
        claim.claim_id,
        named_subject.unknown_grain,
        named_subject.unknown_name,
        open_series.family AS open_family,
        coalesce(named_subject.is_bloc, FALSE) AS is_bloc,
        coalesce(unlisted_subject.is_unlisted, FALSE) AS is_unlisted,
        coalesce(unlisted_subject.was_unlisted, FALSE) AS was_unlisted,
        period.days_known,
        period.is_known,
        period.is_listed,
        list_length.listed_models,
        coalesce(coalesce(claim.top_n, claim.last_rank) > list_length.listed_models, FALSE) AS is_beyond_list,
        coalesce(NOT base.is_known, FALSE) AS lacks_base,
        coalesce(NOT base.is_listed, FALSE) AS lacks_base_list,
        CASE WHEN claim.condition IS NOT NULL THEN data.first_week END AS weeks_from,
        claim.condition IS NOT NULL AND claim.week = data.first_week AS is_first_week,
        data.last_day < claim.last_day AS is_not_over,
        catalogue_week.week IS NOT NULL AS has_catalogue,
        claim.base_first_day IS NULL OR priced_base.first_day IS NOT NULL AS has_base_catalogue
    FROM staging.claim
    CROSS JOIN data
    LEFT JOIN named_subject
        ON claim.file = named_subject.file AND claim.claim_id = named_subject.claim_id
    LEFT JOIN unlisted_subject
        ON claim.file = unlisted_subject.file AND claim.claim_id = unlisted_subject.claim_id
    LEFT JOIN open_series ON claim.file = open_series.file AND claim.claim_id = open_series.claim_id
    INNER JOIN core.claim_period AS period
        ON claim.first_day = period.first_day AND claim.last_day = period.last_day
    LEFT JOIN list_length ON period.period_id = list_length.period_id
    LEFT JOIN core.claim_period AS base
        ON claim.base_first_day = base.first_day AND claim.base_last_day = base.last_day
    LEFT JOIN catalogue_week ON claim.week = catalogue_week.week
    LEFT JOIN priced_period AS priced_base
        ON claim.base_first_day = priced_base.first_day AND claim.base_last_day = priced_base.last_day
)

SELECT * FROM final
