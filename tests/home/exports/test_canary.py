"""A canary: what it delivers and holds, and the rule by which it is judged."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.queries import canary_verdict
from pipelines.words import canary as words
from pipelines.words.language import languages
from tests.conftest import tokenhouse
from tests.home.exports.test_rehearsal import (
    NEXT_RUN,
    WORKLOAD,
    days_pass,
    exported,
    primaries,
    usage,
)
from tests.unit.exports.test_delivery import tree

MONDAY, WEDNESDAY, WEEK_BEFORE = date(2026, 7, 13), date(2026, 7, 15), date(2026, 7, 6)


def row(week: date, model: str, **changed: Any) -> dict[str, Any]:
    known = {
        "week": week,
        "scope": "lab",
        "model_permaslug": model,
        "requests": 30,
        "billed_usd": 1.0,
        "billed_tokens": 1_000_000,
        "failed_share": 0.01,
        "p95_ms": 1000,
    }
    return known | changed


OLD = row(WEEK_BEFORE, "old/one")


@pytest.mark.parametrize(
    ("changed", "unmet"),
    [
        ({}, []),
        ({"requests": 29}, ["requests"]),
        ({"failed_share": 0.03}, []),
        ({"failed_share": 0.031}, ["failures"]),
        ({"failed_share": None}, ["failures"]),
        ({"p95_ms": 1500}, []),
        ({"p95_ms": 1501}, ["p95"]),
        ({"p95_ms": None}, ["p95"]),
        ({"billed_usd": 2.5}, []),
        ({"billed_usd": 2.51}, ["cost"]),
        ({"billed_usd": None}, ["cost"]),
        ({"requests": 1, "p95_ms": None}, ["requests", "p95"]),
    ],
)
def test_the_rule_is_met_up_to_its_limits_and_unknown_is_not(
    changed: dict[str, Any], unmet: list[str]
) -> None:
    rows = [OLD, row(MONDAY, "new/one", **changed)]
    found = canary_verdict.judge(rows, WEDNESDAY, ["old/one"], ["new/one"], promised_ratio=2)
    assert found.unmet == unmet
    unknown = sum(value is None for value in changed.values())
    for language in languages():
        results = [cells[-1] for cells in words.rows(language, found)]
        assert results.count(language.say("probe.result.passed")) == 4 - len(unmet)
        assert results.count(language.say("probe.result.unknown")) == unknown


def test_only_the_models_of_the_chain_in_their_weeks_and_scope_count() -> None:
    rows = [
        OLD,
        row(MONDAY, "new/one", requests=20),
        row(MONDAY, "new/two", requests=20, p95_ms=1200),
        row(MONDAY, "other/one", p95_ms=9000),
        row(WEEK_BEFORE, "new/one", p95_ms=9000),
        row(MONDAY, "new/one", scope="other", p95_ms=9000),
    ]
    found = canary_verdict.judge(rows, MONDAY, ["old/one"], ["new/one", "new/two"], 1, "lab")
    assert found.unmet == []
    assert (found.now.requests, found.now.p95_ms) == (40, 1200)


@pytest.mark.parametrize("rows", [[], [OLD], [row(MONDAY, "new/one")]])
def test_without_usage_there_is_no_verdict(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(RefusalError, match="cannot be judged"):
        canary_verdict.judge(rows, WEDNESDAY, ["old/one"], ["new/one"], 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("requests", value) for value in ("nan", "inf", "-5", "2.5")),
        *(("failed_share", value) for value in ("5", "nan", "-0.1")),
        *((name, value) for name in ("billed_usd", "p95_ms") for value in ("inf", "nan", "-1")),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_its_line(
    tmp_path: Path, name: str, value: str
) -> None:
    written = tmp_path / "usage.csv"
    rows = (OLD, OLD | {name: value})
    lines = [",".join(OLD), *(",".join(map(str, one.values())) for one in rows)]
    written.write_text("\n".join(lines[:2]))
    with duckdb.connect() as connection:
        assert len(canary_verdict.rows(connection, written)) == 1
        written.write_text("\n".join(lines))
        with pytest.raises(RefusalError, match=f"line 3: {name} cannot be {value}"):
            canary_verdict.rows(connection, written)


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    """A home whose next run has new routes for two workloads."""
    copy = Path(shutil.copytree(published, tmp_path / "home"))
    with duckdb.connect(copy / "warehouse.duckdb") as connection:
        connection.execute(NEXT_RUN)
    return copy


@pytest.mark.accept
def test_a_canary_that_passes_lets_all_routes_out(home: Path, tmp_path: Path) -> None:
    before = exported(home)
    model = next(one for one in before.open_routes if one.workload == WORKLOAD).hops[0]

    def refused(*arguments: str) -> str:
        done = tokenhouse(home, "canary", *arguments)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        return line

    edited = home / "exports" / "litellm" / "config.yaml"
    written = edited.read_bytes()
    edited.write_bytes(b"mine")
    assert "config.yaml was edited: a rollback could not restore it" in refused(WORKLOAD)
    edited.write_bytes(written)
    assert "nosuch is no open route" in refused("nosuch")
    assert "would not change" in refused("multimodal_documents")
    assert tokenhouse(home, "canary", WORKLOAD, "--days", "1").returncode == 0
    assert primaries(exported(home)) == primaries(before) | {WORKLOAD: "made/up"}
    assert "judge that canary first" in refused("inline_completion")
    days_pass(home, 3)
    kept = tree(home / "exports")
    assert "there is no own usage of its models since then" in refused(WORKLOAD)
    bad = tmp_path / "bad.csv"
    bad.write_text("week\n")
    assert "has no column scope" in refused(WORKLOAD, "--usage", f"{bad}")
    bad.write_text(usage(bad, "a", "b", 0).read_text().replace("900", "many"))
    assert "line 2: has a value that is no number" in refused(WORKLOAD, "--usage", f"{bad}")
    assert tree(home / "exports") == kept
    rows = usage(tmp_path / "usage.csv", model.model_permaslug, "made/up-1", failures=0.01)
    done = tokenhouse(home, "canary", WORKLOAD, "--usage", f"{rows}", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert (answer["run_id"], answer["verdict"]["unmet"]) == ("another", [])
    assert primaries(exported(home))["inline_completion"] == "made/up"
    assert tokenhouse(home, "export", "--check").returncode == 0
