"""One model under each of its names, and the changes of prices."""

import json
from pathlib import Path

import pytest

from pipelines.home.database import connect
from tests.conftest import tokenhouse


@pytest.mark.parametrize(
    "name",
    ["xiaomi/mimo-v2.5", "mimo-v2.5", "xiaomi/mimo-v2.5-20260422", "Mimo V2.5", "mimo-v2.5-2026"],
)
def test_a_model_is_found_by_each_of_its_names(published: Path, name: str) -> None:
    answer = json.loads(tokenhouse(published, "model", name, "--json", "-n", "3").stdout)
    assert answer["names"] == [
        {"model_id": "xiaomi/mimo-v2.5", "model_permaslug": "xiaomi/mimo-v2.5-20260422"}
    ]
    assert [row["rank"] for row in answer["weeks"]] == [2, 2, 2]
    assert answer["weeks"][0]["tokens"] == 9_319_513_129_034
    (price,) = answer["prices"]
    assert (price["prompt_price"], price["completion_price"]) == (0.14, 0.28)
    assert {row["workload"] for row in answer["candidates"]} >= {"batch_refactor"}


def test_weeks_that_are_not_shown_are_counted(published: Path) -> None:
    name = "mimo-v2.5-2026"
    known = json.loads(tokenhouse(published, "model", name, "--json").stdout)["weeks_known"]
    assert known > 8
    for length in (3, known):
        said = " ".join(tokenhouse(published, "model", name, "-n", f"{length}").stdout.split())
        assert (f"3 of {known} rows shown, -n {known} shows all" in said) == (length == 3)


def test_a_free_variant_belongs_to_a_name_without_author(published: Path) -> None:
    answer = json.loads(tokenhouse(published, "model", "hy3", "--json").stdout)
    assert [row["model_id"] for row in answer["names"]] == ["tencent/hy3", "tencent/hy3:free"]
    exact = json.loads(tokenhouse(published, "model", "tencent/hy3", "--json").stdout)
    assert [row["model_id"] for row in exact["names"]] == ["tencent/hy3"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("claude-opus", "fits several models: anthropic/claude-opus-4, "),
        ("claude-sonet-5", "did you mean anthropic/claude-sonnet-5"),
    ],
)
def test_a_name_that_fits_several_or_none_is_one_line(
    published: Path, name: str, said: str
) -> None:
    done = tokenhouse(published, "model", name)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_routes_of_a_model_and_its_weeks_in_the_terminal(published: Path) -> None:
    with connect(published / "warehouse.duckdb") as connection:
        ((model,),) = connection.sql(
            "SELECT model_id FROM marts.routing_table WHERE week = '2026-07-13' "
            "AND workload = 'batch_refactor' AND role = 'primary'"
        ).fetchall()
    shown = tokenhouse(published, "model", model).stdout
    (line,) = [line for line in shown.splitlines() if "batch_refactor" in line]
    assert "primary" in line
    assert "Source: OpenRouter" in shown


def test_price_changes_since_a_day(published: Path) -> None:
    every = json.loads(tokenhouse(published, "prices", "--since", "2025-01-01", "--json").stdout)
    late = json.loads(tokenhouse(published, "prices", "--since", "2026-07-10", "--json").stdout)
    rows = every["price_changes"]
    assert late["price_changes"] == [row for row in rows if row["seen_at"] >= "2026-07-10"]
    with connect(published / "warehouse.duckdb") as connection:
        counted = connection.sql("SELECT count(*) FROM marts.dated_price_changes").fetchall()
    assert counted == [(len(rows),)]
    assert [row["seen_at"] for row in rows] == sorted((r["seen_at"] for r in rows), reverse=True)
    wrong = tokenhouse(published, "prices", "--since", "July")
    assert (wrong.returncode, "is not a day" in wrong.stderr) == (2, True)
    none = tokenhouse(published, "prices", "--since", "2099-01-01").stdout
    assert "no list price changed between two catalogues since 2099-01-01" in none
