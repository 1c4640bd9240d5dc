/*
---
description: >-
  The tokens of every operand in the periods that its claims need, at every scope, with bounds. The
  scope all is for all tokens together, and for the bloc UNATTRIBUTED, to which the row other belongs.
  An operand with an unknown part has no row.
grain: operand × week × period_id × scope
unique: [operand, week, period_id, scope]
columns:
  operand:
  week: DATE NOT NULL | Monday | The week as of which the operand is resolved
  period_id:
  scope:
  width:
  models: BIGINT NOT NULL | models | Its listed models within the scope; 0 at the scope all
  tokens: BIGINT | tokens | Tokens that surely are its own; NULL where days or rules of a series are missing
  tokens_low: BIGINT NOT NULL | tokens | Lower bound
  tokens_high: BIGINT NOT NULL | tokens | Upper bound
  scope_tokens: BIGINT NOT NULL | tokens | Tokens of the whole scope
  total_tokens: BIGINT NOT NULL | tokens | All tokens of the period, the lower bound at least
  hidden_tokens: BIGINT NOT NULL | tokens | Further tokens that may be its own, not attributed or not listed
  is_market: BOOLEAN NOT NULL | - | Whether the operand is all tokens
  is_division: BOOLEAN NOT NULL | - | Whether a part is a bloc, or a kind of weights or prices
  cn_us_tokens: BIGINT NOT NULL | tokens | Tokens of CN and US within the scope
accepted:
  scope: [all, named, top20, top10, top9]
checks:
  the tokens are within their bounds: tokens_low <= coalesce(tokens, tokens_low) AND tokens_low <= tokens_high
---
*/
-- What is measured: the claims' own periods, those they compare with, and for streaks every week.
WITH claimed AS (
    SELECT
        operand.operand,
        claim.*
    FROM core.claim_operand AS operand
    INNER JOIN staging.claim ON operand.file = claim.file AND operand.claim_id = claim.claim_id
),

needed AS (
    SELECT
        operand,
        week,
        first_day,
        last_day
    FROM claimed
    UNION
    SELECT
        operand,
        week,
        base_first_day AS first_day,
        base_last_day AS last_day
    FROM claimed
    WHERE base_first_day IS NOT NULL
    UNION
    SELECT
        claimed.operand,
        claimed.week,
        past.week AS first_day,
        cast(past.week + INTERVAL 6 DAY AS DATE) AS last_day
    FROM claimed
    INNER JOIN core.week AS past ON past.week <= claimed.week
    WHERE claimed.condition IS NOT NULL
),

-- What may be hidden of an operand depends on the kinds of groups it is made of.
resolved AS (
    SELECT
        operand,
        week,
        bool_or(grain IN ('bloc', 'vendor', 'series') AND key <> 'UNATTRIBUTED') AS may_be_unattributed,
        bool_or(grain IN ('weights', 'price')) AS may_be_other,
        bool_or(grain = 'market') AS is_market,
        bool_or(grain = 'bloc' AND key = 'UNATTRIBUTED') AS has_other,
        bool_or(grain IN ('bloc', 'weights', 'price')) AS is_division
    FROM core.claim_subject
    GROUP BY operand, week
    HAVING bool_and(key IS NOT NULL)
),

measured AS (
    SELECT
        resolved.*,
        period.period_id,
        row_number() OVER (ORDER BY resolved.operand, resolved.week, period.period_id) AS measure
    FROM needed
    INNER JOIN resolved
        ON
            needed.week = resolved.week
            AND (needed.operand = resolved.operand OR needed.operand || '+free' = resolved.operand)
    INNER JOIN core.claim_period AS period
        ON needed.first_day = period.first_day AND needed.last_day = period.last_day
),

part AS (
    SELECT
        measured.measure,
        measured.period_id,
        subject.grain,
        subject.key
    FROM measured
    INNER JOIN core.claim_subject AS subject
        ON measured.operand = subject.operand AND measured.week = subject.week
),

-- A model that belongs to several parts counts once.
member AS (
    SELECT
        part.measure,
        model.model_permaslug,
        model.week,
        model.rank,
        model.tokens,
        model.is_attributed,
        bool_or(member.is_sure) AS is_sure,
        bool_or(member.is_sure OR part.grain <> 'series') AS is_decided
    FROM part
    INNER JOIN core.claim_model AS model ON part.period_id = model.period_id
    INNER JOIN core.claim_member AS member
        ON
            model.week = member.week
            AND model.model_permaslug = member.model_permaslug
            AND part.grain = member.grain
            AND part.key = member.key
    GROUP BY
        part.measure, model.model_permaslug, model.week, model.rank, model.tokens, model.is_attributed
),

summed AS (
    SELECT
        member.measure,
        scopes.scope,
        count(DISTINCT member.model_permaslug) AS models,
        coalesce(sum(member.tokens) FILTER (WHERE member.is_sure), 0) AS sure_tokens,
        coalesce(sum(member.tokens) FILTER (WHERE NOT member.is_sure), 0) AS possible_tokens,
        bool_and(member.is_decided) AS is_decided
    FROM member
    INNER JOIN core.scope AS scopes
        ON scopes.lowest_rank IS NULL OR member.rank <= scopes.lowest_rank
    GROUP BY member.measure, scopes.scope
),

-- Tokens of the operand that count as unattributed themselves are no further tokens of it.
own_unattributed AS (
    SELECT
        measure,
        sum(tokens) AS tokens
    FROM member
    WHERE NOT is_attributed
    GROUP BY measure
),

-- A model named as such may have had tokens on the days on which it was not listed.
model_bound AS (
    SELECT DISTINCT
        period_id,
        model_permaslug,
        period_high - period_tokens AS unlisted_tokens
    FROM core.claim_model
),

unlisted AS (
    SELECT
        part.measure,
        sum(coalesce(model_bound.unlisted_tokens, period.cutoff_tokens)) AS tokens
    FROM part
    INNER JOIN core.claim_period AS period ON part.period_id = period.period_id
    LEFT JOIN model_bound
        ON part.period_id = model_bound.period_id AND part.key = model_bound.model_permaslug
    WHERE part.grain = 'model'
    GROUP BY part.measure
),

scope_total AS (
    SELECT
        model.period_id,
        scopes.scope,
        sum(model.tokens) AS tokens,
        coalesce(sum(model.tokens) FILTER (WHERE model.is_attributed), 0) AS attributed_tokens,
        coalesce(sum(model.tokens) FILTER (WHERE model.bloc IN ('CN', 'US')), 0) AS cn_us_tokens
    FROM core.claim_model AS model
    INNER JOIN core.scope AS scopes
        ON scopes.lowest_rank IS NULL OR model.rank <= scopes.lowest_rank
    GROUP BY model.period_id, scopes.scope
),

listed AS (
    SELECT
        measured.operand,
        measured.week,
        measured.period_id,
        scopes.scope,
        CASE
            WHEN scopes.scope = 'named' AND NOT measured.is_market AND NOT measured.has_other THEN 1
            ELSE scopes.width
        END AS width,
        coalesce(summed.models, 0) AS models,
        coalesce(summed.sure_tokens, 0) AS tokens_low,
        coalesce(summed.possible_tokens, 0) AS possible_tokens,
        coalesce(summed.sure_tokens, 0) + coalesce(summed.possible_tokens, 0)
        + CASE
            WHEN scopes.scope = 'named' OR summed.models > 0 THEN coalesce(unlisted.tokens, 0) ELSE 0
        END AS tokens_high,
        coalesce(summed.is_decided, TRUE) AND coalesce(unlisted.tokens, 0) = 0 AS is_exact,
        scope_total.tokens AS scope_tokens,
        period.total_low AS total_tokens,
        CASE
            WHEN measured.may_be_unattributed
                THEN
                    period.total_low - named.attributed_tokens - coalesce(own_unattributed.tokens, 0)
                    - CASE WHEN measured.has_other THEN period.other_tokens ELSE 0 END
            WHEN measured.may_be_other THEN period.other_tokens
            ELSE 0
        END AS hidden_tokens,
        measured.is_market,
        measured.is_division,
        measured.has_other,
        period.other_tokens,
        scope_total.cn_us_tokens
    FROM measured
    INNER JOIN core.claim_period AS period
        ON measured.period_id = period.period_id AND period.is_listed
    CROSS JOIN core.scope AS scopes
    INNER JOIN scope_total
        ON measured.period_id = scope_total.period_id AND scopes.scope = scope_total.scope
    INNER JOIN scope_total AS named
        ON measured.period_id = named.period_id AND named.scope = 'named'
    LEFT JOIN summed ON measured.measure = summed.measure AND scopes.scope = summed.scope
    LEFT JOIN unlisted ON measured.measure = unlisted.measure
    LEFT JOIN own_unattributed ON measured.measure = own_unattributed.measure
),

final AS (
    SELECT
        operand,
        week,
        period_id,
        scope,
        cast(width AS BIGINT) AS width,
        models,
        cast(CASE WHEN is_exact OR tokens_low = tokens_high THEN tokens_low END AS BIGINT) AS tokens,
        cast(tokens_low AS BIGINT) AS tokens_low,
        cast(tokens_high AS BIGINT) AS tokens_high,
        cast(scope_tokens AS BIGINT) AS scope_tokens,
        total_tokens,
        cast(hidden_tokens AS BIGINT) AS hidden_tokens,
        is_market,
        is_division,
        cast(cn_us_tokens AS BIGINT) AS cn_us_tokens
    FROM listed
    UNION ALL
    SELECT
        measured.operand,
        measured.week,
        measured.period_id,
        'all' AS scope,
        1 AS width,
        0 AS models,
        CASE WHEN period.total_low = period.total_high THEN period.total_low END AS tokens,
        period.total_low AS tokens_low,
        period.total_high AS tokens_high,
        period.total_low AS scope_tokens,
        period.total_low AS total_tokens,
        0 AS hidden_tokens,
        measured.is_market,
        measured.is_division,
        0 AS cn_us_tokens
    FROM measured
    INNER JOIN core.claim_period AS period ON measured.period_id = period.period_id
    WHERE measured.is_market AND period.is_known
    UNION ALL
    -- Days on which a model is not listed are in the row other already.
    SELECT
        operand,
        week,
        period_id,
        'all' AS scope,
        1 AS width,
        models,
        cast(
            CASE WHEN is_exact OR possible_tokens = 0 THEN tokens_low + other_tokens END AS BIGINT
        ) AS tokens,
        cast(tokens_low + other_tokens AS BIGINT) AS tokens_low,
        cast(tokens_low + possible_tokens + other_tokens AS BIGINT) AS tokens_high,
        total_tokens AS scope_tokens,
        total_tokens,
        cast(hidden_tokens AS BIGINT) AS hidden_tokens,
        is_market,
        is_division,
        0 AS cn_us_tokens
    FROM listed
    WHERE has_other AND scope = 'named'
)

SELECT * FROM final
