"""The queries behind a week's report, each run once for all the weeks asked for.

A query is of one week, `asked.week`, and of those shown with it, from `asked.first_week` on. Next
to it is the order of its rows.
"""

QUERIES = {
    "total": ("FROM marts.weekly_total WHERE week = asked.week", "week"),
    "origin": (
        "FROM marts.weekly_origin WHERE week = asked.week",
        "marts.scope_order(scope), bloc",
    ),
    "lens": (
        """
            SELECT ratio.*, china.share AS china_share, america.share AS america_share,
                china.tokens AS china_tokens, america.tokens AS america_tokens
            FROM marts.origin_ratio AS ratio
            LEFT JOIN marts.weekly_origin AS china
                ON ratio.week = china.week AND ratio.scope = china.scope AND china.bloc = 'CN'
            LEFT JOIN marts.weekly_origin AS america
                ON ratio.week = america.week AND ratio.scope = america.scope AND america.bloc = 'US'
            WHERE ratio.week = asked.week
        """,
        "marts.scope_order(scope)",
    ),
    "top": (
        """
            SELECT model.*, profile.prompt_price, profile.completion_price, profile.context_length
            FROM marts.weekly_model AS model
            LEFT JOIN (
                SELECT week, model_permaslug, min_by(prompt_price, model_id) AS prompt_price,
                    min_by(completion_price, model_id) AS completion_price,
                    min_by(context_length, model_id) AS context_length
                FROM marts.catalogue() WHERE week IN (SELECT week FROM asked)
                GROUP BY week, model_permaslug
            ) AS profile
                ON model.week = profile.week AND model.model_permaslug = profile.model_permaslug
            WHERE model.week = asked.week AND model.rank <= 10
        """,
        "rank",
    ),
    "before": ("FROM marts.weekly_total WHERE week = asked.week - INTERVAL 7 DAY", "week"),
    "contributors": ("FROM marts.growth_contributors WHERE week = asked.week", "rank"),
    "leader": (
        """
            SELECT model_permaslug, share, rank, previous_rank FROM marts.weekly_model
            WHERE week = asked.week AND (rank = 1 OR previous_rank = 1)
        """,
        "rank",
    ),
    "china": (
        """
            SELECT week, share_of_total AS share FROM marts.weekly_origin
            WHERE scope = 'named' AND bloc = 'CN'
                AND week IN (asked.week, asked.week - INTERVAL 7 DAY)
                AND EXISTS (
                    FROM marts.growth_contributors AS compared WHERE compared.week = asked.week
                )
        """,
        "week",
    ),
    "repriced": (
        """
            SELECT changed_week, model_permaslug, min(model_id) AS model_id,
                min_by(prompt_change, model_id) AS prompt_change,
                min_by(completion_change, model_id) AS completion_change,
                max(share) FILTER (
                    WHERE week = changed_week - INTERVAL 7 DAY
                ) AS share_before,
                max(share) FILTER (WHERE week = asked.week - INTERVAL 7 DAY) AS share_last,
                max(share) FILTER (WHERE week = asked.week) AS share,
                (
                    SELECT count(DISTINCT model_id) FROM marts.price_changes
                    WHERE week = asked.week AND price IN ('prompt', 'completion')
                ) AS models_repriced
            FROM marts.share_after_price
            WHERE week <= asked.week
                AND changed_week BETWEEN asked.week - INTERVAL 84 DAY AND asked.week
                AND greatest(abs(prompt_change), abs(completion_change)) >= 0.2
            GROUP BY changed_week, model_permaslug HAVING share IS NOT NULL
        """,
        "changed_week DESC, share DESC, model_permaslug",
    ),
    "moves": (
        """
            SELECT moves.*, (
                SELECT min(past.model_permaslug) FROM marts.weekly_model AS past
                WHERE past.week BETWEEN asked.week - INTERVAL 28 DAY AND asked.week - INTERVAL 7 DAY
                    AND past.rank <= moves.top_n
                    AND past.model_permaslug <> moves.model_permaslug
                    AND split_part(past.model_permaslug, ':', 1)
                        = split_part(moves.model_permaslug, ':', 1)
            ) AS twin
            -- Or the past of every move ever would be looked for.
            FROM (FROM marts.rank_moves WHERE week IN (SELECT week FROM asked)) AS moves
            WHERE week = asked.week
        """,
        "top_n, move = 'left', coalesce(rank, previous_rank), model_permaslug",
    ),
    "mover": (
        """
            FROM marts.weekly_model WHERE week = asked.week AND is_significant
            -- The middle of the interval of logs, on which the test rests.
            ORDER BY abs(ln(nullif(1 + wow_low, 0)) + ln(1 + wow_high)) DESC NULLS FIRST,
                model_permaslug
            LIMIT 1
        """,
        "rank",
    ),
    "tested": (
        "SELECT count(p_value) AS models FROM marts.weekly_model WHERE week = asked.week",
        "models",
    ),
    "priced": (
        """
            SELECT unpriced_because, sum(tokens)::BIGINT AS tokens FROM marts.dual_metric
            WHERE week = asked.week AND grain = 'model' AND key <> 'other' GROUP BY unpriced_because
        """,
        "unpriced_because",
    ),
    "dual": (
        """
            WITH home AS (
                SELECT vendor, max_by(bloc, tokens) AS bloc
                FROM marts.weekly_model WHERE week = asked.week GROUP BY vendor
            )
            SELECT dual.*, if(dual.grain = 'bloc', dual.key, home.bloc) AS bloc
            FROM marts.dual_metric AS dual LEFT JOIN home ON dual.key = home.vendor
            WHERE dual.week = asked.week AND dual.grain IN ('bloc', 'vendor') AND dual.tokens > 0
        """,
        "grain, token_share DESC, key",
    ),
    "correlation": (
        """
            FROM marts.benchmark_against_share
            WHERE week = asked.week AND scope = 'mean' AND controlled_for = 'none'
        """,
        "measure",
    ),
    "capability": (
        "FROM marts.capability_and_price WHERE week = asked.week AND prompt_price > 0",
        "prompt_price, capability DESC, base_permaslug",
    ),
    "picks": (
        """
            SELECT model_id, split_part(any_value(model_permaslug), ':', 1) AS base_permaslug,
                any_value(evidence) AS evidence
            FROM marts.routing_table
            WHERE week = asked.week AND role = 'primary' AND model_id IS NOT NULL
            GROUP BY model_id
        """,
        "model_id",
    ),
    "revenue": ("FROM marts.weekly_revenue WHERE week = asked.week", "week"),
    "estimate": ("FROM marts.estimate_quality WHERE week = asked.week", "revenue_method"),
    "programming": (
        """
            SELECT now.method, now.share_of_dimension AS share, now.as_of,
                now.tokens / nullif(before.tokens, 0) - 1 AS wow,
                now.share_of_dimension - before.share_of_dimension AS share_change
            FROM marts.usage_category AS now
            LEFT JOIN marts.usage_category AS before
                ON before.week = now.week - INTERVAL 7 DAY AND before.dimension = now.dimension
                AND before.value = now.value
            WHERE now.week = asked.week AND now.dimension = 'category' AND now.value = 'programming'
        """,
        "method",
    ),
    "classes": (
        """
            SELECT label, category, token_share, token_share_change, previous_as_of
            FROM marts.task_categories
            WHERE week = asked.week AND token_share_change IS NOT NULL
            ORDER BY as_of DESC, window_days, abs(token_share_change) DESC, category LIMIT 1
        """,
        "category",
    ),
    "tool_calls": (
        """
            SELECT now.model_permaslug, now.tokens, now.share_of_model,
                now.share_of_model - before.share_of_model AS share_change
            FROM marts.model_use AS now
            INNER JOIN marts.model_use AS before
                ON before.week = now.week - INTERVAL 7 DAY AND before.dimension = now.dimension
                AND before.value = now.value AND before.model_permaslug = now.model_permaslug
            WHERE now.week = asked.week
                AND now.dimension = 'modality' AND now.value = 'tool_calling'
                AND now.share_of_model IS NOT NULL AND before.share_of_model IS NOT NULL
            ORDER BY now.tokens DESC, now.model_permaslug LIMIT 3
        """,
        "tokens DESC, model_permaslug",
    ),
    "routes": (
        """
            SELECT workload.workload, workload.description, route.* EXCLUDE (workload),
                history.action, history.cause, history.broken_rule, history.previous_model_id,
                history.saving, history.weeks_beaten,
                certificate.last_rule, certificate.best_achievable
            FROM marts.workloads() AS workload
            LEFT JOIN marts.routing_history AS history
                ON workload.workload = history.workload AND history.week = asked.week
            LEFT JOIN marts.routing_certificate AS certificate
                ON workload.workload = certificate.workload AND certificate.week = asked.week
            LEFT JOIN marts.routing_table AS route
                ON workload.workload = route.workload
                AND route.week BETWEEN asked.week - INTERVAL 7 DAY AND asked.week
        """,
        "workload, week DESC, position",
    ),
    "bill": (
        """
            WITH volume AS (
                SELECT workload, tasks_per_day * 365 / 12 AS tasks
                FROM marts.workloads() WHERE tasks_per_day > 0
            ),
            chosen AS (
                SELECT table_now.workload, 'now' AS way, table_now.route_cost_usd AS usd,
                    certificate.cost_p10, certificate.cost_p90
                FROM marts.routing_table AS table_now
                LEFT JOIN marts.routing_certificate AS certificate
                    ON table_now.week = certificate.week
                    AND table_now.workload = certificate.workload
                WHERE table_now.week = asked.week AND table_now.role = 'primary'
                UNION ALL
                SELECT paid.workload, CASE paid.strategy WHEN 'routing_table' THEN 'before'
                    WHEN 'best_score' THEN 'best' ELSE 'pin' END AS way,
                    paid.cost_per_task_usd AS usd,
                    option.cost_p10, option.cost_p90
                FROM marts.routing_backtest AS paid
                LEFT JOIN marts.routing_option AS option
                    ON paid.paid_week = option.week AND paid.workload = option.workload
                    AND paid.model_id = option.model_id
                    AND paid.escalation_model_id = option.escalation_model_id
                WHERE paid.paid_week = asked.week
                    AND paid.strategy IN ('routing_table', 'best_score', 'static_pin')
            )
            SELECT volume.workload, volume.tasks, chosen.way, volume.tasks * chosen.usd AS usd,
                volume.tasks * chosen.cost_p10 AS usd_p10, volume.tasks * chosen.cost_p90 AS usd_p90
            FROM volume INNER JOIN chosen ON volume.workload = chosen.workload
            WHERE chosen.usd IS NOT NULL
        """,
        "workload, way",
    ),
    "alerts": ("FROM marts.alerts WHERE week = asked.week", "kind, subject"),
    "ours": (
        """
            SELECT own.model, sum(own.tokens)::BIGINT AS tokens,
                sum(own.tokens) / sum(sum(own.tokens)) OVER () AS share,
                any_value(market.tokens) / (
                    SELECT total_tokens FROM marts.weekly_total WHERE week = asked.week
                ) AS market_share,
                sum(own.billed_usd) AS billed_usd, sum(own.billed_tokens)::BIGINT AS billed_tokens,
                1e6 * sum(own.billed_usd) / nullif(sum(own.billed_tokens), 0) AS per_million,
                sum(own.cache_read_tokens)
                    / nullif(sum(own.cache_coverage * own.prompt_tokens), 0) AS cache_hit_share,
                (
                    SELECT min(distance) FROM marts.usage_against_market
                    WHERE week = asked.week AND grain = 'model'
                ) AS distance
            FROM marts.weekly_usage AS own
            LEFT JOIN marts.weekly_model AS market
                ON own.week = market.week AND own.model_permaslug = market.model_permaslug
            WHERE own.week = asked.week GROUP BY own.model HAVING sum(own.tokens) > 0
        """,
        "tokens DESC, model",
    ),
    "own_bill": (
        """
            SELECT month, basis, CASE WHEN basis = 'table' THEN workload ELSE '' END AS workload,
                array_position(['as_billed', 'own_week', 'routed', 'table'], basis) AS place,
                sum(usd) AS usd, sum(usd_high) AS usd_high,
                sum(unpriced_tokens)::BIGINT AS unpriced_tokens
            FROM marts.usage_repriced
            WHERE is_billed AND month = date_trunc('month', asked.week)::DATE
                AND (
                    basis IN ('as_billed', 'own_week')
                    OR price_week = asked.week AND basis <> 'week'
                )
            GROUP BY ALL
            HAVING basis <> 'routed' OR bool_or(usage_repriced.workload IS NOT NULL)
        """,
        "month, basis, workload",
    ),
    "money": (
        """
            WITH paid AS (
                SELECT week,
                    sum(share) FILTER (WHERE kind = 'paid') AS paid,
                    coalesce(sum(share) FILTER (WHERE kind = 'free'), 0) AS free,
                    coalesce(sum(share) FILTER (WHERE kind = 'stealth'), 0) AS stealth,
                    coalesce(sum(share) FILTER (WHERE kind = 'unknown'), 0) AS unknown,
                    sum(share) FILTER (WHERE kind = 'other') AS other
                FROM marts.weekly_split
                WHERE split = 'payment' AND week BETWEEN asked.first_week AND asked.week
                GROUP BY week
            )
            SELECT paid.*, revenue.usd_per_million_p10 AS p10, revenue.usd_per_million_p50 AS p50,
                revenue.usd_per_million_p90 AS p90
            FROM paid LEFT JOIN marts.weekly_revenue AS revenue ON paid.week = revenue.week
        """,
        "week",
    ),
    "split": (
        """
            WITH placed AS (
                SELECT week, bloc, tokens FROM marts.weekly_origin
                WHERE scope = 'named' AND bloc <> 'UNATTRIBUTED'
                    AND week BETWEEN asked.first_week AND asked.week
            )
            SELECT week, bloc, tokens FROM placed
            UNION ALL
            SELECT total.week, 'UNATTRIBUTED', total.total_tokens - sum(placed.tokens)::BIGINT
            FROM placed INNER JOIN marts.weekly_total AS total ON placed.week = total.week
            GROUP BY total.week, total.total_tokens
        """,
        "week, bloc",
    ),
    "ratio": (
        """
            FROM marts.origin_ratio
            WHERE scope IN ('top9', 'named') AND week BETWEEN asked.first_week AND asked.week
        """,
        "week, scope",
    ),
    "trend": (
        """
            SELECT week, model_permaslug, tokens FROM marts.weekly_model
            WHERE week BETWEEN asked.first_week AND asked.week AND model_permaslug IN (
                SELECT model_permaslug FROM marts.weekly_model
                WHERE week = asked.week AND rank <= 10
            )
        """,
        "week, model_permaslug",
    ),
}

HISTORIES = {
    "totals": "SELECT week, total_tokens, wow, is_complete, source FROM marts.weekly_total",
    "names": """
        WITH listed AS (
            SELECT model_id, model_permaslug, max(catalogue.week) - INTERVAL 7 DAY AS week,
                CASE WHEN contains(name, ': ') THEN split_part(name, ': ', 1) END AS vendor,
                regexp_replace(name, '^[^:]+: ', '') AS name
            FROM marts.catalogue() AS catalogue
            -- What is older than all weeks asked for is no more than a row for each name.
            GROUP BY model_id, model_permaslug, catalogue.name,
                greatest(catalogue.week, (SELECT min(week) FROM asked) + INTERVAL 7 DAY)
        ),
        keyed AS (
            SELECT model_permaslug AS key, name, week, model_id FROM listed
            UNION ALL
            SELECT model_id AS key, name, week, model_id FROM listed
            UNION ALL
            SELECT split_part(model_id, '/', 1) AS key, vendor AS name, week, model_id
            FROM listed WHERE vendor IS NOT NULL
        ),
        of_week AS (
            SELECT key, week, max_by(name, model_id) AS name FROM keyed GROUP BY key, week
        )
        SELECT week::DATE AS week, key, name FROM of_week
        QUALIFY name IS DISTINCT FROM lag(name) OVER (PARTITION BY key ORDER BY week)
    """,
}
"""What is read once for all the weeks asked for: each has the rows of no later `week`.

A model is called what the catalogue of the Monday after a week calls it.
"""

ASKED = "WITH asked AS (SELECT unnest($1::DATE[]) AS week, unnest($2::DATE[]) AS first_week)"


def of_weeks(name: str) -> str:
    """Return the statement of a query for the weeks `$1`, with which `$2` are the first shown.

    `asked` is the week whose row it is.
    """
    rows, order = QUERIES[name]
    return f"""
        {ASKED}
        FROM (
            SELECT asked.week AS asked, found.* FROM asked CROSS JOIN LATERAL ({rows}) AS found
        )
        ORDER BY asked, {order}
    """


def up_to_weeks(name: str) -> str:
    """Return the statement of a history for the weeks `$1`, in the order of its weeks."""
    return f"{ASKED} FROM ({HISTORIES[name]}) ORDER BY week"


CLAIMS = """
    FROM marts.claims_audit WHERE coalesce(week <= $1, TRUE) ORDER BY
        array_position(['CONTRADICTED', 'SCOPE_ONLY', 'CONFIRMED', 'NOT_COMPARABLE',
            'UNVERIFIABLE', 'REFUSED'], verdict), file, line
"""
"""All claims about a week and those before it."""

FOR_THE_DIGEST = (
    *("contributors", "leader", "china", "repriced", "money"),
    "total",
    "before",
    "lens",
    "tested",
    "mover",
    "moves",
    "revenue",
    "priced",
    "dual",
    "routes",
    "alerts",
)
"""The names of the queries that a digest needs, next to all histories."""
