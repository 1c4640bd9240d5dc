"""Answers as CSV, Markdown and JSON: the rows of the database, in every command that has rows."""

import json
from io import StringIO
from pathlib import Path

import polars as pl
import pytest

from pipelines.settings import ROOT
from tests.conftest import tokenhouse
from tests.support import terminals
from tools.cli_page import commands

LITELLM = ROOT / "tests" / "support" / "configurations" / "litellm-whole.yaml"


ROWS: dict[tuple[str, ...], dict[str, type[pl.DataType]]] = {
    ("top",): {"rank": pl.Int64, "tokens": pl.Int64, "share": pl.Float64},
    ("top", "--by", "vendor"): {"name": pl.String, "tokens": pl.Int64},
    ("routes",): {"workload": pl.String, "route_cost_usd": pl.Float64},
    ("model", "mimo-v2.5"): {"week": pl.Date, "tokens": pl.Int64, "rank": pl.Int64},
    ("prices",): {"model_id": pl.String, "current_usd": pl.Float64, "seen_at": pl.Datetime},
    ("query", "FROM marts.weekly_total"): {"total_tokens": pl.Int64, "is_complete": pl.Boolean},
    ("audit",): {"claim_id": pl.String, "period": pl.Date, "printed": pl.Float64},
    ("explain", "batch_refactor"): {"rule": pl.String, "models": pl.Int64},
    ("backtest",): {"strategy": pl.String, "weeks": pl.Int64, "regret": pl.Float64},
    ("forecast", "batch_refactor"): {"tokens_per_week": pl.Int64, "usd_per_week_mid": pl.Float64},
    ("evaluate", "batch_refactor"): {"tasks": pl.Int64, "evaluation_usd": pl.Float64},
    ("status",): {"week": pl.Date, "total_tokens": pl.Int64, "as_of_is_exact": pl.Boolean},
    ("check-reference",): {"author": pl.String, "newest_week": pl.Date},
    ("plan",): {"table": pl.String, "essential": pl.Boolean},
    ("run",): {"rank": pl.Int64, "tokens": pl.Int64, "wow": pl.Float64},
    ("doctor",): {"name": pl.String, "is_fine": pl.Boolean},
    ("runbook",): {"move": pl.String, "rank": pl.Int64},
    ("explain", "batch_refactor", "openai/gpt-5.4"): {"model_id": pl.String, "success": pl.Float64},
    ("lint-config", "LITELLM"): {"code": pl.String, "line": pl.Int64},
}
SLOW = {"forecast", "evaluate"}

ELSEWHERE = {
    *("calibrate", "reprice", "usage"),  # own usage, which the sample has none of
    *("canary", "drill", "probe", "verify"),  # a gateway
    "service status",  # units of this machine
}
"""Commands whose rows need what the sample has not."""

DOING = {
    *("accept", "backfill", "backup", "export", "fetch", "init", "replay", "report", "restore"),
    *("retract", "share", "unaccept", "usage add", "usage focus", "usage forget"),
}
"""Commands that answer with what they did."""


def test_every_command_with_a_format_is_known_here() -> None:
    named = {
        name for name, command in commands() if any("--json" in p.opts for p in command.params)
    }
    assert named == {command[0] for command in ROWS} | ELSEWHERE | DOING


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(one, marks=[pytest.mark.accept] if one[0] in SLOW else [], id=" ".join(one))
        for one in ROWS
    ],
)
def test_csv_opens_with_the_types_of_the_database(
    published: Path, command: tuple[str, ...]
) -> None:
    """Of every command that prints rows of the sample."""
    arguments = [f"{LITELLM}" if one == "LITELLM" else one for one in command]
    here = {"OPENROUTER_BASE_URL": "http://127.0.0.1:9/api/v1"}
    done = tokenhouse(published, *arguments, "--format", "csv", **here)
    assert done.returncode == 0, done.stderr
    frame = pl.read_csv(StringIO(done.stdout), try_parse_dates=True, infer_schema_length=None)
    assert len(frame) > 0
    assert {name: frame.schema[name] for name in ROWS[command]} == ROWS[command]


def test_json_has_a_version_and_markdown_a_line_for_each_row(database: Path) -> None:
    answer = json.loads(tokenhouse(database.parent, "top", "-n", "3", "--format", "json").stdout)
    assert answer["schema_version"] == 1
    assert tokenhouse(database.parent, "top", "-n", "3", "--json").stdout == (
        tokenhouse(database.parent, "top", "-n", "3", "--format", "json").stdout
    )
    lines = tokenhouse(database.parent, "top", "-n", "3", "--format", "md").stdout.splitlines()
    assert len(lines) == 5 and all(line.startswith("| ") for line in lines)
    pipe = tokenhouse(database.parent, "query", "SELECT 'a|b' AS c", "--format", "md").stdout
    assert "| a\\|b |" in pipe


def test_an_unknown_format_is_refused_and_a_table_is_the_default(database: Path) -> None:
    done = tokenhouse(database.parent, "top", "--format", "xml")
    assert done.returncode == 2 and "table, csv, md, json" in done.stderr
    done = tokenhouse(database.parent, "top")
    assert "Top 10 models" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.endswith(" ")]


def test_a_difference_is_in_points_and_unknown_where_a_share_is(database: Path) -> None:
    done = tokenhouse(
        database.parent, "top", "--by", "bloc", "--diff", "2026-05-18", "--format", "csv"
    )
    frame = pl.read_csv(StringIO(done.stdout))
    china = frame.filter(pl.col("name") == "CN").row(0, named=True)
    assert china["share"] - china["share_then"] == pytest.approx(0.197, abs=0.001)
    family = tokenhouse(database.parent, "top", "--by", "family", "--diff", "2026-05-18").stdout
    (line,) = [line for line in family.splitlines() if "tencent/hy3 " in line]
    assert line.split()[-2:] == ["–", "–"], "not listed then"


def test_the_doctor_says_what_to_do_and_refuses_a_home_that_is_none(
    database: Path, tmp_path: Path
) -> None:
    local = {"OPENROUTER_BASE_URL": "http://127.0.0.1:9/api/v1"}
    done = tokenhouse(database.parent, "doctor", "--json", **local)
    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stderr
    assert checks["published"]["found"] == "2026-07-13"
    assert not checks["source"]["is_fine"] and not checks["key"]["is_fine"]
    assert all(bool(one["fix"]) != one["is_fine"] for one in checks.values())
    empty = tokenhouse(tmp_path / "no" / "such" / "home", "doctor", **local)
    assert empty.returncode == 1 and "published" in empty.stderr


@pytest.mark.parametrize(
    "width",
    [
        terminals.WIDTHS[0],
        *(pytest.param(one, marks=pytest.mark.accept) for one in terminals.WIDTHS[1:]),
    ],
)
def test_what_a_run_shows_is_what_the_file_has(published: Path, width: int) -> None:
    """In a terminal of that width, the second time: `python -m tests.support.terminals`."""
    shown = terminals.run_in(published, width)
    assert shown == terminals.run_shown(width).read_text()
    lines = shown.splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line.endswith(" ")]


@pytest.mark.accept
def test_the_first_run_shows_the_same_and_what_is_next(ran: Path) -> None:
    source, _, *again = terminals.run_shown(terminals.WIDTHS[0]).read_text().splitlines()
    *first, following = ran.with_suffix(".txt").read_text().splitlines()
    assert first == [source, *again]
    assert following.startswith("Next: ") and len(following) <= terminals.WIDTHS[0]


@pytest.mark.accept
def test_forecast_names_a_model_as_explain_does(database: Path) -> None:
    wire = "deepseek/deepseek-v4-flash-20260423"
    done = tokenhouse(database.parent, "forecast", "batch_refactor", wire, "--json")
    assert done.returncode == 0, done.stderr
    models = [row["model_id"] for row in json.loads(done.stdout)["forecast"]]
    assert "deepseek/deepseek-v4-flash" in models
    wrong = tokenhouse(database.parent, "forecast", "batch_refactor", "deepseek/deepseek-v4-flas")
    assert "did you mean" in wrong.stderr
