"""The audit of printed claims: the shipped file, and files that it has never seen."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import cycle, islice, product
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from pipelines.models import checks, definition
from pipelines.models.rerun import rerun
from pipelines.queries.audit import audit
from pipelines.reference.loader import read
from pipelines.settings import REFERENCE, ROOT
from pipelines.words import claims
from pipelines.words.language import languages
from tests.conftest import tokenhouse

ARTICLE = REFERENCE / "claims" / "article_2026_05.csv"
HEADER = ARTICLE.read_text().splitlines()[0]

FLASH = "deepseek/deepseek-v4-flash"
INDEX = "rank_correlation_index"

JudgeAll = Callable[[Sequence[tuple[str, ...]]], list[dict[str, Any]]]

VERDICTS = {
    "CONFIRMED": "global_tokens global_wow global_streak global_year_ago global_yoy rank_1 "
    "rank_1_wow rank_2 rank_2_wow rank_5 rank_5_wow deepseek_skus_top9 vendor_series_count "
    "catalogue_size both_blocs_rise sonnet_price_magnitude",
    "SCOPE_ONLY": "cn_tokens cn_wow us_tokens us_wow opus_token_share cn_share_now",
    "CONTRADICTED": "rank_3 rank_4 deepseek_series deepseek_series_wow rank_6_10_low "
    "rank_6_10_high rank_6_10_members kimi_dropped opus_token_share_year_ago cn_share_early_2025 "
    "opus_revenue_share",
    "UNVERIFIABLE": "cn_leads_streak programming_before programming_now",
}


@pytest.fixture
def judge_all(database: Path, tmp_path: Path) -> JudgeAll:
    """Audit claims of the form metric, subject, period, operator, value, unit, since and rank.

    The last two may be left out.
    """

    def judged(claims: Sequence[tuple[str, ...]]) -> list[dict[str, Any]]:
        path = tmp_path / "claims.csv"
        header = "claim_id,metric,subject,period,operator,value,unit,since,rank,printed_as"
        rows = [
            ",".join((f"c{number}", *claim, *[""] * (8 - len(claim)), "said so"))
            for number, claim in enumerate(claims)
        ]
        path.write_text("\n".join([header, *rows]) + "\n")
        return [dict(claim) for claim in audit(database, path, None)["claims"]]

    return judged


@pytest.mark.parametrize(
    ("claim_id", "verdict"),
    [(claim, verdict) for verdict, claims in VERDICTS.items() for claim in claims.split()],
)
def test_the_verdicts_of_the_article(select: Any, claim_id: str, verdict: str) -> None:
    assert select("SELECT verdict FROM marts.claims_audit WHERE claim_id = ?", claim_id) == [
        (verdict,)
    ]


def test_where_the_numbers_of_the_article_come_from(select: Any) -> None:
    rows = select(
        "SELECT claim_id, scope, round(computed, 2) FROM marts.claims_audit "
        "WHERE verdict = 'SCOPE_ONLY' ORDER BY claim_id"
    )
    assert rows == [
        ("cn_share_now", "named", 48.4),
        ("cn_tokens", "top9", 9.21),
        ("cn_wow", "top9", 19.81),
        ("opus_token_share", "top10", 12.15),
        ("us_tokens", "top9", 4.92),
        ("us_wow", "top9", 16.34),
    ]
    (kimi,) = select(
        "SELECT rank_low, rank_high FROM marts.claims_audit WHERE claim_id = 'kimi_dropped'"
    )
    assert kimi == (10, 10)
    (streak,) = select(
        "SELECT explanation FROM marts.claims_audit WHERE claim_id = 'cn_leads_streak'"
    )
    assert "from 0 weeks to 52 weeks" in streak[0]


def test_where_only_bounds_are_known_a_limit_is_compared_with_the_bound_on_its_side(
    judge_all: JudgeAll,
) -> None:
    below, above, open_above = judge_all(
        [
            ("weekly_tokens", "inclusionai/ring-2.6-1t", "2026-05-18", "lt", "1", "T"),
            ("wow", "openai/gpt-5.3-codex", "2026-05-18", "gt", "10", "percent"),
            ("lead_streak", "origin:CN>US", "2026-05-18", "le", "1", "weeks"),
        ]
    )
    assert (below["verdict"], above["verdict"]) == ("CONFIRMED", "CONFIRMED")
    assert ": at most 0.0868T" in below["explanation"]
    assert ": at least 24.3664%" in above["explanation"]
    assert "from 0 weeks to 52 weeks" in open_above["explanation"]


def test_the_file_audited_by_hand_has_the_verdicts_of_the_build(database: Path) -> None:
    by_hand = audit(database, ARTICLE, None)
    built = audit(database, None, None)
    assert by_hand == built
    assert sum(by_hand["counts"].values()) == 38 == len(by_hand["claims"])


FIRST = ("rank_tokens", FLASH, "2026-05-18", "eq")
"""The first of its week, with 3.43T."""

SMALL = ("weekly_tokens", "openai/gpt-oss-20b", "2026-05-18", "eq")
"""Below the cutoff of every day of its week."""

FIRST_THREE = f"{FLASH};tencent/hy3-preview;anthropic/claude-opus-4.7"
THREE = ("2026-05-18", "eq", "3", "models")

SEEN_NOWHERE: list[tuple[tuple[str, ...], str, str | None]] = [
    # Other weeks, from daily rows and from published totals.
    (("weekly_tokens", "all", "2026-07-13", "ge", "30", "T"), "CONFIRMED", "all"),
    (("weekly_tokens", "all", "2026-03-02", "lt", "1", "T"), "CONTRADICTED", "all"),
    (("wow", "all", "2026-06-22", "about", "0.14", "percent"), "CONFIRMED", "all"),
    (("rising_streak", "all", "2025-01-13", "eq", "3", "weeks"), "UNVERIFIABLE", "all"),
    (("rising_streak", "all", "2025-01-13", "ge", "1", "weeks"), "CONFIRMED", "all"),
    (("rising_streak", "deepseek", "2026-05-18", "eq", "3", "weeks"), "UNVERIFIABLE", "named"),
    (("rising_streak", "deepseek", "2026-06-08", "ge", "2", "weeks"), "CONFIRMED", "named"),
    (("lead_streak", "origin:US>CN", "2026-05-18", "eq", "2", "weeks"), "UNVERIFIABLE", None),
    (("lead_streak", "origin:US>CN", "2026-07-13", "ge", "1", "weeks"), "CONTRADICTED", None),
    (("lead_streak", "origin:CN>US", "2026-06-15", "ge", "3", "weeks"), "CONFIRMED", "all"),
    (("lead_streak", "origin:CN>US", "2026-06-15", "ge", "5", "weeks"), "SCOPE_ONLY", "named"),
    (("lead_streak", "origin:CN>US", "2026-05-18", "ge", "1", "weeks"), "SCOPE_ONLY", "named"),
    (("rank", "origin:CN", "2026-05-18", "eq", "1", "rank"), "UNVERIFIABLE", "named"),
    (("rank", "origin:CN", "2026-07-13", "eq", "1", "rank"), "CONFIRMED", "named"),
    (("tokens", "origin:CN", "2026-05-18", "lt", "13", "T"), "SCOPE_ONLY", "named"),
    (("tokens", "origin:CN", "2026-05-18", "lt", "17", "T"), "CONFIRMED", "all"),
    (("ratio", "anthropic;all", "2026-07-13", "eq", "0.12", "x"), "SCOPE_ONLY", "named"),
    (("ratio", "anthropic;all", "2026-07-13", "eq", "0.1141", "x"), "CONFIRMED", "all"),
    (("ratio", "all;origin:CN", "2026-07-13", "gt", "1", "x"), "CONFIRMED", "all"),
    # Every kind of subject.
    (("token_share", "anthropic", "2026-05-18", "eq", "16.1", "percent"), "CONFIRMED", "all"),
    (("token_share", "origin:CN", "2026-05-18", "eq", "50.9", "percent"), "SCOPE_ONLY", None),
    (("vendor_tokens", "series:deepseek-v4", "2026-05-18", "eq", "4.53", "T"), "CONFIRMED", ""),
    (("token_share", "tencent/hy3:free", "2026-07-13", "gt", "18", "percent"), "CONFIRMED", ""),
    (("revenue_share", "anthropic", "2026-05-18", "about", "56", "percent"), "CONFIRMED", ""),
    (("revenue_share", "origin:CN", "2026-05-18", "ge", "45", "percent"), "CONTRADICTED", ""),
    (("weekly_revenue", "all", "2026-05-18", "about", "14", "MUSD"), "CONFIRMED", ""),
    (("weekly_revenue", "all", "2026-05-18", "eq", "83.1", "MUSD"), "CONTRADICTED", ""),
    # A claim of rank and value needs both.
    ((*FIRST, "3.43", "T", "", "1"), "CONFIRMED", None),
    ((*FIRST, "3.43", "T", "", "2"), "CONTRADICTED", None),
    ((*FIRST, "3.53", "T", "", "1"), "CONTRADICTED", None),
    # A model below the cutoff is open within it.
    ((*SMALL, "1", "B"), "UNVERIFIABLE", None),
    ((*SMALL, "1", "T"), "CONTRADICTED", None),
    # Members of a range of ranks.
    (("members", f"{FIRST_THREE};ranks:1-3", *THREE), "CONFIRMED", None),
    (("members", FIRST_THREE, *THREE), "CONFIRMED", None),
    (("members", f"{FIRST_THREE};ranks:2-4", *THREE), "CONTRADICTED", None),
    (("members", f"{FIRST_THREE};x/unknown", *THREE), "UNVERIFIABLE", None),
    # Other lists.
    (("skus_in_top", "anthropic:5", "2026-05-18", "eq", "2", "models"), "CONFIRMED", "top5"),
    (
        ("skus_in_top", "series:claude-opus:20", "2026-05-18", "eq", "2", "models"),
        "CONFIRMED",
        "",
    ),
    (("rank_range_high", "ranks:1-3", "2026-05-18", "eq", "3.43", "T"), "CONFIRMED", "named"),
    (("left_top", "minimax/minimax-m2.7:10", "2026-05-18", "eq", "1", "bool"), "CONFIRMED", ""),
    (("left_top", "moonshotai/kimi-k2.6:9", "2026-05-18", "eq", "1", "bool"), "CONFIRMED", ""),
    (
        ("entered_top", "stepfun/step-3.5-flash:10", "2026-05-18", "eq", "1", "bool"),
        "UNVERIFIABLE",
        "",
    ),
    (
        ("left_top", "inclusionai/ring-2.6-1t:free:20", "2026-05-18", "eq", "1", "bool"),
        "CONFIRMED",
        "top20",
    ),
    # A re-entry is no entry, and one vendor may publish under several authors.
    (
        ("entered_top", "poolside/laguna-m.1:free:20", "2026-06-22", "eq", "1", "bool"),
        "CONTRADICTED",
        "top20",
    ),
    (("catalogue_models", "meta", "2026-07-13", "eq", "10", "models"), "CONFIRMED", ""),
    (("catalogue_models", "bytedance", "2026-07-13", "eq", "5", "models"), "CONFIRMED", ""),
    # A price that changed is open at either end, and a week that is not over has no price.
    (("prompt_price", FLASH, "2026-06-22", "eq", "0.09", "USD_per_M"), "CONFIRMED", ""),
    (("prompt_price", FLASH, "2026-06", "eq", "0.09", "USD_per_M"), "UNVERIFIABLE", ""),
    (("prompt_price", FLASH, "2026-06", "lt", "0.1", "USD_per_M"), "CONFIRMED", ""),
    (("prompt_price", FLASH, "2026-07-13", "eq", "0.077", "USD_per_M"), "UNVERIFIABLE", ""),
    (("prompt_price", FLASH, "2026-07-13", "eq", "0.098", "USD_per_M"), "UNVERIFIABLE", ""),
    (("prompt_price", FLASH, "2026-07-20", "eq", "0.098", "USD_per_M"), "UNVERIFIABLE", None),
    # Nothing is known before the first week.
    (("record", "all", "2025-01-06", "eq", "1", "bool"), "UNVERIFIABLE", "all"),
    (("first_time_above", "all:0.4T", "2025-01-06", "eq", "1", "bool"), "UNVERIFIABLE", "all"),
    (("first_time_lead", "origin:US>CN", "2025-01-06", "eq", "1", "bool"), "UNVERIFIABLE", ""),
    # A week to come is not judged by our clock.
    (("weekly_tokens", "all", "2099-01-05", "eq", "28.9", "T"), "UNVERIFIABLE", None),
    # What is not known is said.
    (("weekly_tokens", "nobody", "2026-05-18", "eq", "1", "T"), "UNVERIFIABLE", None),
    (("weekly_tokens", "nobody/nothing", "2026-05-18", "eq", "1", "T"), "UNVERIFIABLE", None),
    (("weekly_tokens", "deepseek", "2026-03-02", "eq", "1", "T"), "UNVERIFIABLE", None),
    (("weekly_tokens", "all", "2026-08-03", "eq", "1", "T"), "UNVERIFIABLE", None),
    (("wow", "origin:CN", "2026-05-11", "eq", "1", "percent"), "UNVERIFIABLE", None),
    (("revenue_share", "openrouter", "2026-05-18", "gt", "1", "percent"), "CONTRADICTED", ""),
    (("catalogue_models", "all", "2026-03-02", "ge", "300", "models"), "UNVERIFIABLE", None),
    (("task_share", "cooking", "2026-05-18", "gt", "50", "percent"), "NOT_COMPARABLE", None),
    # The index correlates with what models earn, where fifteen of them have a score.
    ((f"{INDEX}_tokens", "all", "2026-07-13", "gt", "0", "rho"), "CONFIRMED", "scored"),
    ((f"{INDEX}_revenue", "all", "2026-07-13", "gt", "0.5", "rho"), "CONFIRMED", "scored"),
    ((f"{INDEX}_revenue", "all", "2026-07-13", "lt", "0", "rho"), "CONTRADICTED", "scored"),
    ((f"{INDEX}_tokens", "all", "2025-01-06", "gt", "0", "rho"), "UNVERIFIABLE", None),
    (
        ("price_ratio", f"openrouter/owl-alpha;{FLASH}", "2026-05-18", "gt", "1", "x"),
        "NOT_COMPARABLE",
        None,
    ),
]


def test_claims_never_seen_before(judge_all: JudgeAll) -> None:
    found = judge_all([claim for claim, _, _ in SEEN_NOWHERE])
    wrong = [
        (claim, one["verdict"], one["scope"], one["explanation"])
        for (claim, verdict, scope), one in zip(SEEN_NOWHERE, found, strict=True)
        if one["verdict"] != verdict or (scope and one["scope"] != scope)
    ]
    assert wrong == []


FLASH_PRICE = ("price_change", FLASH, "2026-07-13", "le", "-20", "percent")
GROWTH = ("growth", "deepseek", "2026-05-18", "gt", "0", "percent")

REASONS = [
    # What the claim compares with is missing, not its subject.
    ((*GROWTH, "2026-05-04"), "UNVERIFIABLE", "base_only_total"),
    (
        ("growth", "deepseek", "2026-05-11", "gt", "0", "percent"),
        "UNVERIFIABLE",
        "base_only_total",
    ),
    (
        ("monthly_tokens", "deepseek", "2026-05-18", "eq", "1", "T"),
        "UNVERIFIABLE",
        "base_only_total",
    ),
    (
        ("growth", "moonshotai", "2026-05-18", "gt", "0", "percent", "2025-01-06"),
        "UNVERIFIABLE",
        "base_not_listed",
    ),
    (
        ("growth", "origin:STEALTH", "2026-05-18", "gt", "0", "percent", "2025-01-06"),
        "UNVERIFIABLE",
        "base_not_listed",
    ),
    (("ratio", "anthropic;inflection", "2026-07-13", "gt", "1", "x"), "UNVERIFIABLE", "not_listed"),
    ((*FLASH_PRICE, "2026-03-02"), "UNVERIFIABLE", "no_base_catalogue"),
    # A rise needs the week before, whole.
    (("rising_streak", "all", "2025-01-06", "ge", "1", "weeks"), "UNVERIFIABLE", "first_week"),
    (
        ("rising_streak", "anthropic", "2025-01-06", "ge", "1", "weeks"),
        "UNVERIFIABLE",
        "first_week",
    ),
    (("rising_streak", "all", "2025-06-16", "ge", "1", "weeks"), "UNVERIFIABLE", "no_base"),
    (
        ("rising_streak", "deepseek", "2026-05-11", "ge", "1", "weeks"),
        "UNVERIFIABLE",
        "base_only_total",
    ),
    (("rising_streak", "all", "2025-01-13", "eq", "3", "weeks"), "UNVERIFIABLE", "open_beginning"),
    # The week of 2025-06-09 is not known: the rises after it may be more.
    (("rising_streak", "all", "2025-06-23", "eq", "1", "weeks"), "UNVERIFIABLE", "open_weeks"),
    (("rising_streak", "all", "2025-06-23", "eq", "4", "weeks"), "CONTRADICTED", "holds_nowhere"),
    (("record", "all", "2025-01-06", "eq", "1", "bool"), "UNVERIFIABLE", "first_week"),
    # A month that is not over.
    (("tokens", "all", "2026-07", "gt", "1", "T"), "UNVERIFIABLE", "not_over"),
    # The list has 58 models.
    (("rank_range_low", "ranks:6-59", "2026-07-13", "lt", "1", "T"), "UNVERIFIABLE", "beyond_list"),
    (("rank_range_low", "ranks:6-58", "2026-07-13", "lt", "1", "T"), "CONFIRMED", "holds"),
    (
        ("models_in_top", "deepseek:59", "2026-07-13", "ge", "1", "models"),
        "UNVERIFIABLE",
        "beyond_list",
    ),
    (("models_in_top", "deepseek:58", "2026-07-13", "eq", "3", "models"), "UNVERIFIABLE", "open"),
    (("models_in_top", "deepseek:40", "2026-07-13", "eq", "3", "models"), "CONFIRMED", "holds"),
    # A rank among attributed tokens only.
    (("rank", "origin:CN", "2026-05-18", "eq", "1", "rank"), "UNVERIFIABLE", "open_bloc_rank"),
    (("rank", "origin:CN", "2026-05-18", "eq", "3", "rank"), "CONTRADICTED", "holds_nowhere"),
    (("rank", "inflection", "2026-07-13", "le", "3", "rank"), "CONTRADICTED", "holds_nowhere"),
    # What is attributed decides a number; between bounds that both match, nothing is attributed.
    (
        ("token_share", "weights:open", "2026-07-13", "eq", "71.3", "percent"),
        "CONFIRMED",
        "holds_as_attributed",
    ),
    (
        ("token_share", "weights:open", "2026-07-13", "about", "71", "percent"),
        "CONFIRMED",
        "holds_as_attributed",
    ),
    (
        ("token_share", "weights:open", "2026-07-13", "eq", "76", "percent"),
        "UNVERIFIABLE",
        "open",
    ),
    (
        ("token_share", "weights:open", "2026-07-13", "eq", "78", "percent"),
        "CONTRADICTED",
        "holds_nowhere",
    ),
    (
        ("token_share", "price:free", "2026-07-13", "eq", "24.9", "percent"),
        "CONFIRMED",
        "holds_as_attributed",
    ),
    (("token_share", "price:free", "2026-07-13", "eq", "29", "percent"), "UNVERIFIABLE", "open"),
    (
        ("token_share", "price:paid", "2026-07-13", "eq", "69.3", "percent"),
        "CONFIRMED",
        "holds_as_attributed",
    ),
    (
        ("token_share", "openai/gpt-oss-20b", "2026-05-18", "eq", "0.15", "percent"),
        "UNVERIFIABLE",
        "open",
    ),
    (("tokens", "openai/gpt-5.3-codex", "2026-05-18", "about", "0.11", "T"), "CONFIRMED", "holds"),
    # What divides all tokens may have those of the row other.
    (("tokens", "weights:open", "2026-07-13", "lt", "46", "T"), "SCOPE_ONLY", "holds_in_scope"),
    (("lead_streak", "all>origin:CN", "2026-07-13", "ge", "3", "weeks"), "CONFIRMED", "holds"),
    (
        ("above_streak", "origin:CN:40T", "2026-07-13", "ge", "1", "weeks"),
        "UNVERIFIABLE",
        "open_weeks",
    ),
    (("token_share", "origin:STEALTH", "2026-07-13", "lt", "6", "percent"), "CONFIRMED", "holds"),
]


def test_the_reason_is_the_true_one(judge_all: JudgeAll) -> None:
    found = judge_all([claim for claim, _, _ in REASONS])
    wrong = [
        (claim, one["verdict"], one["reason"], one["explanation"])
        for (claim, verdict, reason), one in zip(REASONS, found, strict=True)
        if (one["verdict"], one["reason"]) != (verdict, reason)
    ]
    assert wrong == []
    assert [one["explanation"] for one in found if one["reason"] == "beyond_list"] == [
        "The list of that period ends at rank 58."
    ] * 2


def test_the_unknown_subject_that_is_named_has_its_own_kind(judge_all: JudgeAll) -> None:
    subjects = ("aaa+series:zzz", "zzz+series:aaa", "aaa+series:aaa")
    found = judge_all([("tokens", subject, "2026-07-13", "gt", "1", "T") for subject in subjects])
    assert [one["explanation"] for one in found] == [
        "There is no vendor named aaa.",
        "There is no series named aaa.",
        "There is no series named aaa.",
    ]


def of_the_row_other(week: date, tokens: int, total: int) -> list[tuple[str, ...]]:
    """Return claims of a week about its unattributed tokens; only the third is false."""
    share = ("token_share", "origin:UNATTRIBUTED", f"{week}")
    blocs = ("UNATTRIBUTED", "STEALTH", "CN", "US", "OTHER")
    every = "+".join(f"origin:{bloc}" for bloc in blocs)
    return [
        ("tokens", "origin:UNATTRIBUTED", f"{week}", "eq", f"{tokens}", "tokens"),
        (*share, "eq", f"{100 * tokens / total:.2f}", "percent"),
        (*share, "gt", f"{100 * tokens / total + 0.5:.2f}", "percent"),
        ("ratio", "origin:UNATTRIBUTED;all", f"{week}", "eq", f"{tokens / total:.4f}", "x"),
        ("token_share", every, f"{week}", "eq", "100", "percent"),
    ]


def test_the_row_other_is_unattributed(select: Any, judge_all: JudgeAll) -> None:
    weeks = select(
        "SELECT total.week, any_value(total.other_tokens) "
        "+ coalesce(sum(model.tokens) FILTER (WHERE model.bloc = 'UNATTRIBUTED'), 0), "
        "any_value(total.total_tokens) FROM marts.weekly_total AS total "
        "JOIN marts.weekly_model AS model ON total.week = model.week "
        "WHERE total.week IN ('2025-01-13', '2026-05-18') GROUP BY total.week"
    )
    found = judge_all([claim for week in weeks for claim in of_the_row_other(*week)])
    assert [(one["verdict"], one["reason"], one["scope"]) for one in found] == 2 * [
        ("CONFIRMED", "holds", "all"),
        ("CONFIRMED", "holds", "all"),
        ("CONTRADICTED", "holds_nowhere", "all"),
        ("CONFIRMED", "holds", "all"),
        ("CONFIRMED", "holds", "all"),
    ]


def test_a_first_time_says_since_when_weeks_are_held(judge_all: JudgeAll) -> None:
    first_times = [
        ("record", "all", "2026-05-18", "eq", "1", "bool"),
        ("first_time_above", "all:9000T", "2026-07-13", "eq", "0", "bool"),
        ("first_time_top", "tencent/hy3:1", "2026-07-13", "eq", "1", "bool"),
        ("first_time_lead", "origin:CN>US", "2026-07-13", "eq", "1", "bool"),
    ]
    streak = ("rising_streak", "all", "2026-07-13", "ge", "1", "weeks")
    (_, russian) = languages()
    *found, other = judge_all([*first_times, streak])
    for one in found:
        assert "the weeks since 2025-01-06" in one["explanation"], one
        assert "известные с 2025-01-06" in claims.explanation(russian, one)
    assert "held" not in other["explanation"]


def test_the_free_variant_is_named_where_only_its_bounds_are_known(judge_all: JudgeAll) -> None:
    claims = {
        ("tokens", "tencent/hy3", "2026-07-13", "about", "11.6", "T"): "from 11.5165T to 11.6308T",
        ("token_share", "tencent/hy3", "2026-07-13", "gt", "15", "percent"): (
            "from 18.346% to 18.5281%"
        ),
        ("rank", "tencent/hy3", "2026-07-13", "eq", "1", "rank"): "rank 1",
    }
    for words, found in zip(claims.values(), judge_all([*claims]), strict=True):
        assert (found["verdict"], found["free_matters"]) == ("CONTRADICTED", True)
        said = f"With its free variant it would be {words}, and the verdict"
        assert said in found["explanation"]


TOTAL = ("weekly_tokens", "all", "2026-05-18")  # 28.9202T
SERIES = ("vendor_tokens", "deepseek", "2026-05-18")  # 5.5301T

MATCHES: list[tuple[tuple[str, ...], str, str]] = [
    # The last printed digit says how exact a number is.
    ((*TOTAL, "eq", "29", "T"), "CONFIRMED", "half_digit"),
    ((*TOTAL, "eq", "28.9", "T"), "CONFIRMED", "level"),
    ((*TOTAL, "eq", "29.0", "T"), "CONTRADICTED", "level"),
    # About allows a twentieth, unless the number is no round one.
    ((*TOTAL, "about", "30.3", "T"), "CONFIRMED", "about"),
    ((*TOTAL, "about", "30.5", "T"), "CONTRADICTED", "about"),
    ((*SERIES, "about", "5.7", "T"), "CONFIRMED", "about"),
    ((*SERIES, "about", "5.72", "T"), "CONFIRMED", "about_exact"),
    ((*SERIES, "about", "5.74", "T"), "CONTRADICTED", "about_exact"),
]


def test_how_exactly_a_number_must_match(judge_all: JudgeAll) -> None:
    found = judge_all([claim for claim, _, _ in MATCHES])
    matched = [(one["verdict"], one["matched_by"]) for one in found]
    assert matched == [(verdict, matched_by) for _, verdict, matched_by in MATCHES]


def test_a_wrong_row_is_refused_and_the_others_are_judged(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(ARTICLE.read_text().replace("weekly_tokens,all", "week_tokens,all", 1))
    answer = audit(database, path, None)
    assert answer["counts"] == {
        "CONFIRMED": 16,
        "SCOPE_ONLY": 6,
        "CONTRADICTED": 12,
        "UNVERIFIABLE": 3,
        "REFUSED": 1,
    }
    (refused,) = (claim for claim in answer["claims"] if claim["verdict"] == "REFUSED")
    assert (refused["line"], refused["claim_id"]) == (2, "global_tokens")
    assert refused["explanation"].startswith("The row is refused: week_tokens is no metric")
    assert refused["printed_as"] == "28.9T"
    assert refused["evidence"] == []


NAMED_TWICE = f"""{HEADER}
a,,weekly_tokens,all,2026-07-13,eq,62.8,T,,said so
a,,weekly_tokens,all,2026-07-13,eq,62.8,T,,said again
b,,tokenz,all,2026-07-13,eq,62.8,T,,no metric
b,,weekly_tokens,all,2026-07-13,eq,62.8,T,,said so
"""


def test_a_row_with_the_name_of_another_has_none_of_its_numbers(
    database: Path, tmp_path: Path
) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(NAMED_TWICE)
    rows = audit(database, path, None)["claims"]
    assert [row["reason"] for row in rows] == ["holds", "second_claim", "unknown_metric", "holds"]
    for row in rows[1:3]:
        assert (row["computed"], row["scope"], row["basis"], row["evidence"]) == (
            None,
            None,
            None,
            [],
        )
        assert row["days_known"] is None
    assert [len(row["evidence"]) > 0 for row in rows] == [True, False, False, True]


def test_a_build_audits_a_file_with_a_name_twice(database: Path, tmp_path: Path) -> None:
    """With every check of the tables that follow from claims."""
    path = tmp_path / "twice.csv"
    path.write_text(NAMED_TWICE)
    both = {"reference.claims": read("claims", [ARTICLE, path])}
    with rerun(database, both, {"marts.claims_audit"}) as connection:
        results = [
            result
            for model in definition.load()
            if model.name == "marts.claims_audit" or model.path.stem.startswith("claim")
            for result in checks.run(connection, model)
        ]
        verdicts = connection.sql(
            "SELECT verdict FROM marts.claims_audit WHERE file = 'twice.csv' ORDER BY line"
        ).fetchall()
    assert len(results) > 20
    assert [str(result) for result in results if result.failures] == []
    assert [verdict for (verdict,) in verdicts] == ["CONFIRMED", "REFUSED", "REFUSED", "CONFIRMED"]


@pytest.mark.accept
def test_of_5000_claims_40_are_broken_and_the_others_judged_fast(
    database: Path, tmp_path: Path
) -> None:
    """Twelve weeks, every metric of the article, and 40 rows with one cell gone."""
    weeks = [date(2026, 5, 11) + timedelta(days=7 * number) for number in range(12)]
    lines = ARTICLE.read_text().splitlines()[1:]
    made = [
        line.replace(line.split(",")[0], f"c{number}", 1).replace("2026-05-18", f"{week}")
        for number, (week, line) in enumerate(islice(cycle(product(weeks, lines)), 5000))
    ]
    broken = range(3, 5000, 125)
    for place in broken:
        made[place] = made[place].rpartition(",")[0]
    path = tmp_path / "claims.csv"
    path.write_text("\n".join([HEADER, *made]) + "\n")
    start = process_time()
    answer = audit(database, path, None)
    assert process_time() - start < 15
    refused = [claim["line"] for claim in answer["claims"] if claim["verdict"] == "REFUSED"]
    assert refused == [place + 2 for place in broken]
    assert len(answer["claims"]) == 5000
    assert min(answer["counts"].values()) >= 40


def test_the_words_of_the_source_decide_nothing(database: Path, tmp_path: Path) -> None:
    members = ";".join(name for name in (FLASH, "tencent/hy3-preview"))
    rows = [
        f"{number},1,members,{members},2026-05-18,eq,2,models,,{words}"
        for number, words in enumerate(("by name", "ranks 6-10", "rank 3-4"))
    ]
    path = tmp_path / "claims.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    verdicts = [claim["verdict"] for claim in audit(database, path, None)["claims"]]
    assert verdicts == ["CONFIRMED"] * 3


def test_the_head_of_a_file_names_its_source(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    head = "# title: One year: who leads?\n# Publisher: The Paper\n# date: 2026-05-30\n"
    head += "# url: https://example.org/a?b=c#d\n"
    path.write_text(head + ARTICLE.read_text())
    (claim, *_) = audit(database, path, None)["claims"]
    assert (claim["title"], claim["publisher"]) == ("One year: who leads?", "The Paper")
    assert (claim["published_on"], claim["url"]) == (
        date(2026, 5, 30),
        "https://example.org/a?b=c#d",
    )


def test_a_number_is_shown_with_its_operator_and_unit(judge_all: JudgeAll) -> None:
    ratio = ("price_ratio", f"anthropic/claude-sonnet-4.6;{FLASH}")
    claims = {
        (*ratio, "2026-05-18", "ge", "10", "x"): ("≥ 10×", "48×"),
        ("weekly_tokens", "all", "2026-05-18", "about", "29", "T"): ("≈ 29T", "28.9202T"),
        ("wow", "all", "2026-05-18", "lt", "7.5", "percent"): ("< 7.5%", "7.4873%"),
        ("weekly_revenue", "all", "2026-05-18", "gt", "83.1", "MUSD"): ("> $83.1M", ""),
        ("both_rise", "origin:CN;origin:US", "2026-05-18", "eq", "0", "bool"): ("no", "yes"),
        ("skus_in_top", "deepseek:1", "2026-05-18", "eq", "1", "models"): ("1 model", "1 model"),
    }
    for (printed, computed), found in zip(claims.values(), judge_all([*claims]), strict=True):
        assert found["printed_in_words"] == printed
        assert found["printed_as"] == "said so"
        assert computed in found["computed_in_words"]


def test_every_reason_has_words_in_every_language(select: Any) -> None:
    (model,) = (one for one in definition.load() if one.name == "marts.claims_audit")
    decided = model.sql[model.sql.index("reasoned AS") : model.sql.index("END AS reason")]
    coded = re.findall(r"(?:THEN|ELSE) '(\w+)'", decided)
    for name in ("claims", "claim_statement", "claim_periods"):
        coded += re.findall(
            r'Fault\("(\w+)"', (ROOT / f"pipelines/reference/{name}.py").read_text()
        )
    coded += re.findall(
        r'_one_of\(\w+, "(\w+)"', (ROOT / "pipelines/reference/claim_statement.py").read_text()
    )
    scopes = {scope for (scope,) in select("SELECT DISTINCT scope FROM marts.claims_evidence()")}
    for language in languages():
        assert set(language.words["claims"]["reason"]) == set(coded)
        for scope in scopes:
            assert claims.scope(language, scope) not in (scope, "")


def test_the_explanation_of_the_table_is_the_one_function(select: Any, database: Path) -> None:
    (english, russian) = languages()
    for claim in audit(database, None, None)["claims"]:
        assert claim["explanation"] == claims.explanation(english, claim)
        sentence = claims.explanation(russian, claim)
        assert not re.search("[a-z]{2}", sentence.replace(str(claim["unknown_name"]), ""))


class TestTheCommand:
    def test_it_prints_counts_per_verdict_and_says_no(self, published: Path) -> None:
        done = tokenhouse(published, "audit")
        assert done.returncode == 0
        counts = Counter(verdict for verdict in VERDICTS for _ in VERDICTS[verdict].split())
        assert f"{counts['SCOPE_ONLY']} SCOPE_ONLY" in done.stdout
        assert " bool" not in done.stdout
        assert "the top 10 it is no" in done.stdout

    def test_it_says_one_week_as_people_do(self, published: Path, tmp_path: Path) -> None:
        path = tmp_path / "claims.csv"
        row = {
            **dict.fromkeys(HEADER.split(","), ""),
            "claim_id": "one",
            "section": "x",
            "printed_as": "one",
            "metric": "skus_in_top",
            "subject": "deepseek:1",
            "week": "2026-05-18",
            "operator": "eq",
            "value": "1",
            "unit": "models",
        }
        path.write_text(f"{HEADER}\n{','.join(row.values())}\n")
        said = tokenhouse(published, "audit", f"{path}").stdout
        assert said.count("1 model ") == 2
        assert "1 model." in said

    def test_the_table_and_the_sentence_format_a_number_alike(
        self, database: Path, published: Path
    ) -> None:
        said = tokenhouse(published, "audit").stdout
        measured = [
            claim
            for claim in audit(database, None, None)["claims"]
            if claim["computed"] is not None and claim["basis"] != "estimate"
        ]
        assert len(measured) == 33
        for claim in measured:
            printed, computed = claim["printed_in_words"], claim["computed_in_words"]
            assert computed in claim["explanation"]
            assert f" {printed} " in said and f" {computed} " in said

    def test_a_week_of_a_file_as_json(self, published: Path) -> None:
        done = tokenhouse(published, "audit", f"{ARTICLE}", "--week", "2025-05-19", "--json")
        answer = json.loads(done.stdout)
        assert {claim["week"] for claim in answer["claims"]} == {"2025-05-19"}
        assert answer["counts"] == {"CONFIRMED": 1, "CONTRADICTED": 1}
        assert answer["claims"][0]["evidence"][0]["scope"] == "all"

    def test_a_refused_row_makes_it_exit_with_1_after_judging_the_others(
        self, published: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "claims.csv"
        path.write_text(NAMED_TWICE)
        done = tokenhouse(published, "audit", f"{path}", "--json")
        assert done.returncode == 1
        assert json.loads(done.stdout)["counts"] == {"CONFIRMED": 2, "REFUSED": 2}
        assert done.stderr == (
            "tokenhouse: claims.csv line 3, claims.csv line 4 cannot be read: "
            "the table says what is wrong\n"
        )

    def test_refusals_are_one_line(self, published: Path, tmp_path: Path) -> None:
        for arguments in (("nothing.csv",), ("--week", "2026-06-01")):
            done = tokenhouse(published, "audit", *arguments)
            assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert tokenhouse(tmp_path, "audit", f"{ARTICLE}").returncode == 1


def test_dates_stay_dates(database: Path) -> None:
    assert len(audit(database, ARTICLE, date(2025, 1, 6))["claims"]) == 2
