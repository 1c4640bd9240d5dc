"""The drill: what the real LiteLLM Router does with our configuration when models fail."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.drill import card, losses, openclaw, router, upstream
from pipelines.drill.card import Card
from pipelines.drill.faults import FAULTS, HANG
from pipelines.drill.router import Outcome
from pipelines.exports import routing_reader
from pipelines.exports.openrouter_contracts import ProviderPreferences
from pipelines.exports.routing_document import LocalHop, Route, RoutingDocument
from pipelines.report import drill_section
from pipelines.words import drill as words
from pipelines.words.language import english, languages
from tests.conftest import tokenhouse

TIMEOUT = 0.5
"""Seconds instead of the exported 8, for which a test would have to wait."""

CALLERS = {"cut_stream", "filtered"}


@pytest.fixture(scope="module")
def route(signed: RoutingDocument) -> Route:
    return next(one for one in signed.open_routes if one.workload == "batch_refactor")


@pytest.fixture(scope="module")
def outcomes(signed: RoutingDocument, route: Route) -> dict[str, Outcome]:
    return {one["fault"]: one for one in router.run(signed, [route], TIMEOUT)}


@pytest.mark.accept
def test_every_failure_that_a_gateway_can_notice_is_answered_by_the_first_fallback(
    outcomes: dict[str, Outcome], route: Route
) -> None:
    assert [*outcomes] == [*FAULTS]
    for fault in outcomes.keys() - CALLERS:
        assert outcomes[fault]["answered_by"] == route.chain[1], fault
        assert outcomes[fault]["verdict"] in ("pass", "slow"), fault
    assert outcomes["hang"]["seconds"] >= TIMEOUT


@pytest.mark.accept
def test_what_no_gateway_can_notice_is_the_callers(outcomes: dict[str, Outcome]) -> None:
    assert {fault for fault, one in outcomes.items() if one["verdict"] == "your caller"} == CALLERS


@pytest.mark.accept
def test_a_chain_of_one_model_fails(signed: RoutingDocument, route: Route) -> None:
    alone = route.model_copy(update={"hops": route.hops[:1]})
    document = signed.model_copy(update={"routes": (alone,)})
    found = {one["fault"]: one["verdict"] for one in router.run(document, [alone], TIMEOUT)}
    assert {found[fault] for fault in found.keys() - CALLERS} == {"fail"}


@pytest.mark.accept
def test_a_router_that_never_leaves_a_silent_model_fails_and_ends(
    signed: RoutingDocument, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "LONGEST_HANG_SECONDS", TIMEOUT)
    monkeypatch.setattr(router, "FAULTS", (HANG,))
    (found,) = router.run(signed, [route], timeout=60 * TIMEOUT)
    assert found["verdict"] == "fail"
    assert TIMEOUT <= found["seconds"] < 60 * TIMEOUT


@pytest.mark.accept
def test_six_workloads_are_drilled_within_half_a_minute(signed: RoutingDocument) -> None:
    """With the exported timeouts; importing LiteLLM is counted apart."""
    assert len(signed.open_routes) == 6
    router.run(signed, signed.open_routes[:0])
    began = time.monotonic()
    found = router.run(signed, signed.open_routes)
    assert time.monotonic() - began < 30
    assert len(found) == 6 * len(FAULTS)
    assert {one["fault"] for one in found if one["verdict"] == "your caller"} == CALLERS
    assert not [one for one in found if one["verdict"] == "fail"]


def test_what_a_chain_loses(route: Route) -> None:
    found = losses.of(route)
    assert found["survives_vendor"]
    assert found["holds_longest_prompt"]
    assert found["survives_provider"] is None
    primary, fallback = route.hops[:2]
    assert found["cost_ratio"] == pytest.approx(
        fallback.cost_per_task_usd / primary.cost_per_task_usd
    )
    short = fallback.model_copy(update={"served_context_length": 5, "vendor": primary.vendor})
    weak = route.model_copy(
        update={
            "hops": (primary, short.model_copy(update={"bloc": primary.bloc})),
            "provider": ProviderPreferences(only=("azure",)),
        }
    )
    assert losses.of(weak) == {
        "workload": route.workload,
        "survives_vendor": False,
        "survives_bloc": False,
        "survives_provider": False,
        "holds_longest_prompt": False,
        "cost_ratio": found["cost_ratio"],
    }
    stealth = fallback.model_copy(update={"bloc": "STEALTH"})
    unknown = losses.of(route.model_copy(update={"hops": (primary, stealth)}))
    assert unknown["survives_bloc"] is None, "it may be from where the primary is from"
    local = LocalHop(
        provider="ollama",
        model="a",
        url="http://127.0.0.1:1",
        context_tokens=1,
        supports_tools=True,
        accepts_image=False,
        data_class="public",
        licence="MIT",
    )
    kept = losses.of(weak.model_copy(update={"local": local}))
    assert (kept["survives_vendor"], kept["survives_bloc"], kept["survives_provider"]) == (
        True,
    ) * 3
    alone = losses.of(route.model_copy(update={"hops": route.hops[:1]}))
    assert (alone["holds_longest_prompt"], alone["cost_ratio"]) == (None, None)


def faked(verdict: Any) -> Callable[[RoutingDocument, list[Route]], list[Outcome]]:
    """Return a drill in which each workload has one failure with this verdict."""

    def run(_: RoutingDocument, routes: list[Route]) -> list[Outcome]:
        return [
            {
                "workload": one.workload,
                "fault": "429",
                "verdict": verdict,
                "seconds": 0.1,
                "answered_by": None,
            }
            for one in routes
        ]

    return run


@pytest.fixture(scope="module")
def home(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home of our own."""
    return Path(shutil.copytree(published, tmp_path_factory.mktemp("drill") / "home"))


@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("your caller", 0), ("fail", 1)])
def test_the_command_exits_with_1_if_a_workload_got_no_answer(
    published: Path, monkeypatch: pytest.MonkeyPatch, verdict: Any, code: int
) -> None:
    monkeypatch.setattr(router, "run", faked(verdict))
    done = tokenhouse(published, "drill", "inline_completion")
    assert done.returncode == code, done.stderr
    assert english().name("fault", "429") in done.stdout
    assert verdict in done.stdout
    answer = json.loads(tokenhouse(published, "drill", "inline_completion", "--json").stdout)
    assert answer["outcomes"][0]["verdict"] == verdict
    assert answer["losses"][0]["workload"] == "inline_completion"
    assert {one["fault"] for one in answer["openclaw"]} == {*FAULTS}
    assert not (published / "drills").exists(), "a part of a drill is no card"


def test_a_card_passes_only_if_every_exported_route_is_known_to_have_passed(
    signed: RoutingDocument, tmp_path: Path
) -> None:
    def stored(verdict: str, routes: list[Route]) -> Card | None:
        made: Any = {
            "run_id": signed.run_id,
            "drilled_at": "2026-11-28T12:00:00Z",
            "outcomes": faked(verdict)(signed, routes),
            "losses": [],
            "openclaw": [],
        }
        card.store(tmp_path, made)
        return card.read(tmp_path, signed.run_id)

    def said(made: Card | None) -> str:
        why = card.objections(made, signed)
        return words.verdict(english(), signed.run_id, made, why)

    routes = [*signed.open_routes]
    passed = english().say("drill.passed", run_id=signed.run_id)
    assert said(stored("pass", routes)) == passed
    for made in (stored("pass", []), stored("pass", routes[1:]), stored("unknown", routes)):
        assert made
        assert card.objections(made, signed)
        assert said(made) != passed
    assert "not known who answered" in said(stored("unknown", routes))
    (path,) = (tmp_path / "drills").iterdir()
    whole = json.loads(path.read_bytes())
    damages: list[Any] = ["x", None, [None], [{}], [{**whole["outcomes"][0], "verdict": []}]]
    for damaged in damages:
        path.write_text(json.dumps(whole | {"outcomes": damaged}))
        assert card.read(tmp_path, signed.run_id) is None
    path.write_text(json.dumps(whole | {"drilled_at": 7}))
    assert card.read(tmp_path, signed.run_id) is None


@pytest.mark.accept
def test_an_export_that_requires_a_drill_needs_a_passing_card_of_its_own_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    required = {"TOKENHOUSE_EXPORT_REQUIRES": "drill"}

    run_id = json.loads((home / "exports/manifest.json").read_bytes())["run_id"]

    def status() -> str:
        return tokenhouse(home, "status").stdout

    def said() -> str:
        made = card.read(home, run_id)
        document = routing_reader.read(home / "warehouse.duckdb")
        why = card.objections(made, document) if made else []
        return words.verdict(english(), run_id, made, why)

    def refused() -> str:
        done = tokenhouse(home, "export", **required)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        return line

    assert "has no drill: run `tokenhouse drill`; nothing was exported" in refused()
    monkeypatch.setattr(router, "run", faked("fail"))
    assert tokenhouse(home, "drill").returncode == 1
    assert "nobody answered inline_completion (429)" in refused()
    assert said() in status()
    monkeypatch.setattr(router, "run", faked("pass"))
    assert tokenhouse(home, "drill").returncode == 0
    assert tokenhouse(home, "export", **required).returncode == 0
    assert said() in status()
    assert english().say("drill.passed", run_id=run_id) in status()
    (path,) = (home / "drills").iterdir()
    made = path.read_bytes()
    made_short = json.loads(made)
    made_short["outcomes"] = made_short["outcomes"][1:]
    path.write_text(json.dumps(made_short))
    assert "has no drill of agent_tool_loop" in refused()
    for damaged in (b"", b"[]", b"{}", made.replace(b'"run_id"', b'"other"')):
        path.write_bytes(damaged)
        assert "has no drill" in refused()
    path.write_bytes(made)
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("UPDATE meta.build SET run_id = 'another'")
    assert "run another has no drill" in refused()


def test_a_setting_that_requires_something_unknown_is_one_line(published: Path) -> None:
    done = tokenhouse(published, "export", TOKENHOUSE_EXPORT_REQUIRES="dril")
    assert done.returncode == 1
    assert "setting TOKENHOUSE_EXPORT_REQUIRES: 'dril' is none of" in done.stderr


def test_the_report_has_the_card_in_every_language(route: Route) -> None:
    made = Card(
        run_id="1",
        drilled_at="2026-11-28T12:00:00Z",
        outcomes=faked("pass")(None, [route]),  # type: ignore[arg-type]
        losses=[losses.of(route)],
        openclaw=openclaw.of(route),
    )
    for language in languages():
        section = drill_section.of(language, made)
        (row,) = section["table"].rows
        assert [column.cell(row) for column in section["table"].columns][:6] == [
            "batch refactor",
            "1",
            "0",
            "0",
            "0",
            "2",
        ]
        assert drill_section.of(language, None)["table"] is None
        (line,) = words.summary(language, made)
        assert line.startswith(f"batch_refactor: {language.say('drill.within_a_second')} 1")


def test_openclaw_fails_over_in_the_request_only_where_a_chain_travels_in_it(route: Route) -> None:
    chained = {one["fault"]: one for one in openclaw.of(route)}
    assert (chained["429"]["verdict"], chained["429"]["by"]) == ("pass", "openrouter")
    assert (chained["503"]["by"], chained["404"]["by"]) == ("openrouter", "openclaw")
    assert {fault for fault, one in chained.items() if one["verdict"] == "unknown"} == {
        "402",
        "refused",
        "cut_body",
        "cut_stream",
    }
    alone = openclaw.of(route.model_copy(update={"hops": route.hops[:1]}))
    assert {one["verdict"] for one in alone} == {"your caller"}


def test_a_workload_that_is_not_exported_is_one_line(published: Path) -> None:
    done = tokenhouse(published, "drill", "none")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "none is not exported; exported: " in line


def test_every_fault_has_words() -> None:
    for language in languages():
        assert set(language.words["fault"]) == set(FAULTS)
