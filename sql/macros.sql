/* Shortcuts for common queries; each is part of the published database. */

CREATE MACRO marts.latest_week() AS (
    SELECT max(week) FROM marts.weekly_total
    WHERE is_complete AND source = 'daily_rows'
);

CREATE MACRO marts.catalogue() AS TABLE ( -- noqa: CP05
    SELECT * FROM staging.catalogue
);

CREATE MACRO marts.revenue_inputs() AS TABLE ( -- noqa: CP05
    SELECT * FROM core.model_value
);

CREATE MACRO marts.top_models(in_week, how_many) AS TABLE ( -- noqa: CP05
    SELECT rank, previous_rank, model_permaslug, author, bloc, tokens, share, wow, wow_low, wow_high
    FROM marts.weekly_model
    WHERE week = in_week AND rank <= how_many
    ORDER BY rank
);

CREATE MACRO marts.origin_split(in_week, of_scope) AS TABLE ( -- noqa: CP05
    SELECT bloc, tokens, share, share_of_total, share_min, share_max, wow, wow_kind, leads, lead_identified
    FROM marts.weekly_origin
    WHERE week = in_week AND scope = of_scope
    ORDER BY tokens DESC, bloc
);

CREATE MACRO marts.scope_order(of_scope) AS ( -- noqa: CP05
    SELECT -width FROM core.scope
    WHERE scope = of_scope
);

CREATE MACRO marts.workloads() AS TABLE ( -- noqa: CP05
    SELECT * FROM staging.workload
);

CREATE MACRO marts.compliance() AS TABLE ( -- noqa: CP05
    SELECT * FROM staging.compliance
);

CREATE MACRO marts.route_verdicts() AS TABLE ( -- noqa: CP05
    SELECT * FROM core.route_verdict
);

CREATE MACRO marts.unused_scores() AS TABLE ( -- noqa: CP05
    SELECT * FROM core.unused_score
);

CREATE MACRO marts.parameters() AS TABLE ( -- noqa: CP05
    SELECT * FROM core.parameter
);

CREATE MACRO marts.own_usage() AS TABLE ( -- noqa: CP05
    SELECT * FROM core.usage_counted
);

CREATE MACRO marts.own_names() AS TABLE ( -- noqa: CP05
    SELECT
        name.source,
        name.model_raw,
        name.model_permaslug,
        name.resolved_by,
        sum(usage_day.prompt_tokens + usage_day.completion_tokens)::BIGINT AS tokens
    FROM core.usage_model AS name
    INNER JOIN usage.usage_day ON name.source = usage_day.source AND name.model_raw = usage_day.model_raw
    GROUP BY ALL
    ORDER BY tokens DESC, name.source, name.model_raw
);

CREATE MACRO marts.own_hours() AS TABLE ( -- noqa: CP05
    SELECT usage_hour.*
    FROM usage.usage_hour
    INNER JOIN core.usage_role AS role
        ON usage_hour.source = role.source AND usage_hour.scope = role.scope AND role.counts
);

CREATE MACRO marts.rankings_known_at(instant) AS TABLE ( -- noqa: CP05
    SELECT vintage.*
    FROM staging.rankings_vintage AS vintage
    INNER JOIN (
        SELECT date, max(as_of) AS as_of
        FROM staging.rankings_vintage
        WHERE as_of <= instant
        GROUP BY date
    ) AS newest ON vintage.date = newest.date AND vintage.as_of = newest.as_of
);

CREATE MACRO marts.claims_evidence() AS TABLE ( -- noqa: CP05
    SELECT
        file,
        claim_id,
        scope,
        basis,
        computed,
        computed_low,
        computed_high,
        rank_low,
        rank_high,
        matches,
        is_possible
    FROM core.claim_evidence
    ORDER BY file, claim_id, width, scope
);

COMMENT ON MACRO marts.latest_week IS 'Newest complete week with daily rows: SELECT marts.latest_week()';
COMMENT ON MACRO TABLE marts.top_models IS
'The first n models of a week: FROM marts.top_models(DATE ''2026-05-18'', 10)';
COMMENT ON MACRO TABLE marts.origin_split IS
'Blocs of a week at a scope: FROM marts.origin_split(DATE ''2026-05-18'', ''named'')';
COMMENT ON MACRO TABLE marts.own_usage IS
'Own usage that counts, by month, week and model: FROM marts.own_usage() WHERE month = ''2026-06-01''';
COMMENT ON MACRO TABLE marts.own_names IS
'What the names of models in own usage mean: FROM marts.own_names() WHERE model_permaslug IS NULL';
COMMENT ON MACRO TABLE marts.own_hours IS
'Own tokens that count, by hour and model: FROM marts.own_hours() WHERE week = ''2026-07-13''';
COMMENT ON MACRO marts.scope_order IS 'Sorts the narrowest scope first: ORDER BY marts.scope_order(scope)';
COMMENT ON MACRO TABLE marts.workloads IS 'The workloads that get a route: FROM marts.workloads()';
COMMENT ON MACRO TABLE marts.compliance IS
'Who may see which class of data; * is everybody without a row: FROM marts.compliance()';
COMMENT ON MACRO TABLE marts.route_verdicts IS
'Models on offer for each workload, and the first rule that keeps each out: FROM marts.route_verdicts()';
COMMENT ON MACRO TABLE marts.unused_scores IS
'Third-party scores and snapshots that were not used: FROM marts.unused_scores() WHERE model_id IS NULL';
COMMENT ON MACRO TABLE marts.parameters IS
'The parameters of all estimates in one row: FROM marts.parameters()';
COMMENT ON MACRO TABLE marts.claims_evidence IS
'Values of a claim at every scope: FROM marts.claims_evidence() WHERE claim_id = ''cn_tokens''';
COMMENT ON MACRO TABLE marts.rankings_known_at IS
'Daily rows as known at an instant: FROM marts.rankings_known_at(TIMESTAMPTZ ''2026-09-01 00:00Z'')';
COMMENT ON MACRO TABLE marts.catalogue IS
'Every model on offer in each week, with its list prices: FROM marts.catalogue()';
COMMENT ON MACRO TABLE marts.revenue_inputs IS
'Prices, mix and method behind the revenue of a model in a week: FROM marts.revenue_inputs()';
