"""Bills against estimates: real weeks, invented bills whose distance from the estimate is known."""

import json
import shutil
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.lake.vintages import write_vintage
from pipelines.models import build, publish
from pipelines.reference.loader import load_all
from pipelines.sources.datasets import DATASETS
from pipelines.sources.response import Request, Response
from tests.conftest import tokenhouse
from tests.home.sql.conftest import Select
from tests.support import wire
from tests.support.building import models_of

WEEKS = (date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 15))
OPUS, GLM = "anthropic/claude-4.7-opus-20260416", "z-ai/glm-5.1-20260406"
QUESTION = "FROM marts.calibration, marts.dual_metric, marts.weekly_revenue, marts.weekly_total"


def bill(home: Path, *rows: tuple[date, str, int, float]) -> None:
    lines = ["week,model_permaslug,tokens,billed_usd,source,recorded_on"]
    lines += [
        f"{week},{slug},{tokens},{usd!r},invoice,2026-09-01" for week, slug, tokens, usd in rows
    ]
    (home / "reference").mkdir(exist_ok=True)
    (home / "reference" / "billed.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def home(home: Path, database: Path) -> Path:
    """A fresh home with the sample, and what was drawn of its weeks before."""
    shutil.copytree(paths.draws(database.parent), paths.draws(home))
    return home


def published(home: Path) -> Path:
    """Build what calibration needs, and publish it."""
    built, results = build.build(home, models_of(QUESTION))
    assert [f"{result}" for result in results if result.failures] == []
    publish.publish(built, home / "warehouse.duckdb")
    return home / "warehouse.duckdb"


def rows_of(database: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(duckdb.connect(database, read_only=True)) as connection:
        return connection.sql(question).fetchall()


@pytest.mark.accept
def test_a_factor_is_shrunk_shown_accepted_by_name_and_used(home: Path, select: Select) -> None:
    rate = {
        (week, slug): usd / tokens
        for week, slug, usd, tokens in select(
            "SELECT week, model_permaslug, revenue_usd_mid, tokens FROM core.model_value "
            "WHERE revenue_usd_mid > 0"
        )
    }
    opus = [(week, OPUS, 10**9, rate[week, OPUS] * 1e9 * 0.5) for week in WEEKS]
    glm = (WEEKS[0], GLM, 10**8, rate[WEEKS[0], GLM] * 1e8)
    bill(home, *opus, glm, (WEEKS[0], "nobody/nothing", 1, 1.0))
    database = published(home)
    found = {
        (row["subject_kind"], row["subject"]): row
        for row in json.loads(tokenhouse(home, "calibrate", "--json").stdout)["calibration"]
    }
    vendor = found["vendor", "anthropic"]
    assert vendor["k"] == pytest.approx((3 * 0.5 + 4) / (3 + 4))
    assert vendor["bias"] == pytest.approx(1.0)
    assert (vendor["model_weeks"], vendor["in_band"]) == (3, 0)
    assert found["vendor", "z-ai"]["k"] == pytest.approx(1)
    assert found["vendor", "z-ai"]["coverage"] == 1
    assert (found["all", "all"]["model_weeks"], found["all", "all"]["unmatched"]) == (4, 1)
    assert found["class", "observed_mix"]["model_weeks"] == 3
    revenue = "SELECT revenue_usd_mid, revenue_usd_min, revenue_usd_p50 FROM marts.dual_metric "
    of = revenue + "WHERE grain = 'vendor' AND week = '2026-06-08' AND key = '{}'"
    before = {name: rows_of(database, of.format(name)) for name in ("anthropic", "z-ai")}

    assert tokenhouse(home, "calibrate", "--accept", "anthropic").returncode == 2
    nobody = tokenhouse(home, "calibrate", "--accept", "openai", "--why", "no bill")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "no bill gives a factor" in nobody.stderr
    done = tokenhouse(home, "calibrate", "--accept", "anthropic", "--why", "three invoices")
    assert done.returncode == 0, done.stderr
    rows = load_all(home / "reference")["calibration"].to_pylist()
    assert [(row["vendor"], row["k"]) for row in rows] == [("anthropic", pytest.approx(5.5 / 7))]

    published(home)
    after = {name: rows_of(database, of.format(name)) for name in ("anthropic", "z-ai")}
    assert after["z-ai"] == before["z-ai"]
    ratios = [
        now / then for now, then in zip(after["anthropic"][0], before["anthropic"][0], strict=True)
    ]
    assert ratios == pytest.approx([5.5 / 7] * 3, rel=1e-5)
    again = rows_of(
        database, "SELECT k, accepted_k FROM marts.calibration WHERE subject = 'anthropic'"
    )
    assert again[0] == pytest.approx((5.5 / 7, 5.5 / 7), rel=1e-5)


def activity(
    home: Path, slug: str, *days: tuple[date, int, float], byok: float | None = None
) -> None:
    """Put the account's own usage of a model into the lake, as its source would report it."""
    row = wire.SYNTHETIC["activity"]["data"][0]
    body = {
        "data": [
            {
                **row,
                "date": f"{day}",
                "model_permaslug": slug,
                "endpoint_id": f"{number}",
                "prompt_tokens": tokens - 1,
                "completion_tokens": 1,
                "reasoning_tokens": 0,
                "usage": usd,
                "byok_usage_inference": byok,
            }
            for number, (day, tokens, usd) in enumerate(days)
        ]
    }
    at = datetime(2026, 7, 1, tzinfo=UTC)
    answer = Response(Request("activity", "activity"), 200, {}, at, json.dumps(body).encode())
    write_vintage(home / "lake", "activity", DATASETS["activity"].read(answer))


@pytest.mark.accept
def test_dollars_of_an_account_add_up_exactly(home: Path) -> None:
    activity(home, GLM, *((WEEKS[0], 10**6, usd) for usd in (0.1, 0.2, 0.3)), byok=0.01)
    database = published(home)
    rows = rows_of(
        database,
        "SELECT source, model_weeks, billed_usd FROM marts.calibration WHERE subject='all'",
    )
    assert rows == [("activity", 1, 0.63)]


@pytest.mark.accept
def test_of_two_sources_one_is_named_and_its_factor_is_used_until_its_row_is_removed(
    home: Path, select: Select
) -> None:
    (rate,) = (
        usd
        for (usd,) in select(
            "SELECT revenue_usd_mid / tokens FROM core.model_value "
            f"WHERE week = '{WEEKS[0]}' AND model_permaslug = '{GLM}'"
        )
    )
    bill(home, (WEEKS[0], GLM, 10**9, rate * 1e9 * 2))
    activity(home, GLM, (WEEKS[0], 10**9, rate * 1e9 * 3))
    database = published(home)
    rows = "FROM marts.dual_metric ORDER BY ALL"
    method = (
        "SELECT grain, calibration, revenue_method FROM marts.dual_metric "
        f"WHERE week = '{WEEKS[1]}' AND key IN ('{GLM}', 'z-ai', 'CN', 'deepseek') ORDER BY ALL"
    )
    coverage = f"SELECT calibrated_coverage FROM marts.weekly_revenue WHERE week = '{WEEKS[1]}'"
    plain = rows_of(database, rows)
    assert {factor for _, factor, _ in rows_of(database, method)} == {1}
    assert rows_of(database, coverage) == [(0,)]

    both = tokenhouse(home, "calibrate", "--accept", "z-ai", "--why", "test")
    assert (both.returncode, both.stdout) == (1, "")
    assert "several sources have a factor" in both.stderr
    accept = ("calibrate", "--accept", "z-ai", "--source", "activity", "--why", "own account")
    done = json.loads(tokenhouse(home, *accept, "--json").stdout)
    assert float(done["accepted"]["k"]) == pytest.approx((3 + 4) / 5)
    assert rows_of(published(home), method) == [
        ("bloc", None, "mixed"),
        ("model", pytest.approx(1.4), "class_prior"),
        ("vendor", 1.0, "mixed"),
        ("vendor", pytest.approx(1.4), "class_prior"),
    ]
    ((share,),) = rows_of(database, coverage)
    ((expected,),) = select(
        "SELECT sum(tokens) FILTER (WHERE vendor = 'z-ai' AND unpriced_because IS NULL) "
        f"/ sum(tokens) FROM core.model_value WHERE week = '{WEEKS[1]}'"
    )
    assert share == pytest.approx(expected)

    own = home / "reference" / "calibration.csv"
    own.write_text(own.read_text().splitlines(keepends=True)[0])
    assert rows_of(published(home), rows) == plain


def test_a_factor_for_a_vendor_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calibration.csv").write_text(
        "vendor,k,source,recorded_on\nanthropics,0.9,typo,2026-09-01\n"
    )
    with pytest.raises(RefusalError, match=r"calibration.csv: vendor 'anthropics' is not in"):
        load_all(tmp_path)


def test_a_bill_for_no_tokens_is_refused_by_line(tmp_path: Path) -> None:
    (tmp_path / "billed.csv").write_text(
        "week,model_permaslug,tokens,billed_usd,source,recorded_on\n"
        "2026-06-01,a/b,0,1,invoice,2026-09-01\n"
    )
    with pytest.raises(RefusalError, match=r"billed.csv, line 2: field tokens"):
        load_all(tmp_path)
