/*
---
description: >-
  The places of models, vendors and blocs in the periods of claims, and of models counted together
  with their free variants. A model not listed on some days may have a better place than its listed
  tokens give it, and others a worse one. Vendors are ranked by their listed tokens, and a bloc may
  have all that is unattributed. The rows unlisted are for any model, vendor or bloc that was never listed.
grain: period_id × grain × key
unique: [period_id, grain, key]
columns:
  period_id:
  grain: VARCHAR NOT NULL | - | model, vendor, bloc, with_free for a model and its free variant, or unlisted
  key: VARCHAR NOT NULL | - | Name of the group; of the rows unlisted the grain that they are for
  tokens_low: BIGINT NOT NULL | tokens | Listed tokens
  tokens_high: BIGINT NOT NULL | tokens | Upper bound
  rank_low: BIGINT NOT NULL
  rank_high:
accepted:
  grain: [model, with_free, vendor, bloc, unlisted]
checks:
  the places are in order: coalesce(rank_low <= rank_high, TRUE)
---
*/
WITH model AS (
    SELECT DISTINCT
        claim_model.period_id,
        claim_model.model_permaslug,
        CASE
            WHEN model.variant = 'free' THEN model.base_permaslug ELSE claim_model.model_permaslug
        END AS with_free,
        claim_model.period_tokens AS tokens_low,
        claim_model.period_high AS tokens_high
    FROM core.claim_model
    INNER JOIN core.model ON claim_model.model_permaslug = model.model_permaslug
),

-- Tokens that no country is known for may belong to any bloc.
unattributed AS (
    SELECT
        model.period_id,
        period.total_low - coalesce(sum(model.tokens) FILTER (WHERE model.is_attributed), 0) AS tokens
    FROM core.claim_model AS model
    INNER JOIN core.claim_period AS period ON model.period_id = period.period_id
    GROUP BY model.period_id, period.total_low
),

grouped AS (
    SELECT
        period_id,
        'model' AS grain,
        model_permaslug AS key,
        tokens_low,
        tokens_high
    FROM model
    UNION ALL
    SELECT
        period_id,
        'with_free' AS grain,
        with_free AS key,
        cast(sum(tokens_low) AS BIGINT) AS tokens_low,
        cast(sum(tokens_high) AS BIGINT) AS tokens_high
    FROM model
    GROUP BY period_id, with_free
    UNION ALL
    SELECT
        claim_model.period_id,
        member.grain,
        member.key,
        cast(sum(claim_model.tokens) AS BIGINT) AS tokens_low,
        cast(
            sum(claim_model.tokens)
            + CASE member.grain WHEN 'bloc' THEN unattributed.tokens ELSE 0 END AS BIGINT
        ) AS tokens_high
    FROM core.claim_model
    INNER JOIN core.claim_member AS member
        ON
            claim_model.week = member.week
            AND claim_model.model_permaslug = member.model_permaslug
    INNER JOIN unattributed ON claim_model.period_id = unattributed.period_id
    WHERE member.grain = 'vendor' OR (member.grain = 'bloc' AND claim_model.is_attributed)
    GROUP BY claim_model.period_id, member.grain, member.key, unattributed.tokens
),

unlisted AS (
    SELECT
        grouped.period_id,
        'unlisted' AS grain,
        grouped.grain AS key,
        0 AS tokens_low,
        CASE grouped.grain
            WHEN 'model' THEN period.cutoff_tokens
            WHEN 'bloc' THEN unattributed.tokens
            ELSE 0
        END AS tokens_high,
        1 + count(*) FILTER (
            WHERE
            grouped.tokens_low > CASE grouped.grain
                WHEN 'model' THEN period.cutoff_tokens
                WHEN 'bloc' THEN unattributed.tokens
                ELSE 0
            END
        ) AS rank_low,
        NULL AS rank_high
    FROM grouped
    INNER JOIN core.claim_period AS period ON grouped.period_id = period.period_id
    INNER JOIN unattributed ON grouped.period_id = unattributed.period_id
    WHERE grouped.grain <> 'with_free'
    GROUP BY grouped.period_id, grouped.grain, period.cutoff_tokens, unattributed.tokens
),

compared AS (
    SELECT
        own.period_id,
        own.grain,
        own.key,
        own.tokens_low,
        own.tokens_high,
        1 + count(*) FILTER (WHERE other.tokens_low > own.tokens_high) AS rank_low,
        1 + count(other.key) AS rank_high
    FROM grouped AS own
    LEFT JOIN grouped AS other
        ON
            own.period_id = other.period_id
            AND own.grain = other.grain
            AND own.tokens_low < other.tokens_high
            AND own.key <> other.key
    GROUP BY own.period_id, own.grain, own.key, own.tokens_low, own.tokens_high
),

final AS (
    SELECT
        compared.period_id,
        compared.grain,
        compared.key,
        compared.tokens_low,
        compared.tokens_high,
        compared.rank_low,
        CASE
            WHEN
                compared.grain IN ('vendor', 'bloc') OR compared.tokens_low >= period.cutoff_tokens
                THEN compared.rank_high
        END AS rank_high
    FROM compared
    INNER JOIN core.claim_period AS period ON compared.period_id = period.period_id
    UNION ALL
    SELECT
        period_id,
        grain,
        key,
        cast(tokens_low AS BIGINT) AS tokens_low,
        cast(tokens_high AS BIGINT) AS tokens_high,
        rank_low,
        rank_high
    FROM unlisted
)

SELECT * FROM final
