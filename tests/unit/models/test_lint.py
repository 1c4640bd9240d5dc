from pathlib import Path

import pytest

from pipelines.models import consumers, definition, lint
from tests.unit.models.test_definition import FRONT


@pytest.mark.accept
@pytest.mark.parametrize("model", definition.load(), ids=lambda model: model.name)
def test_every_model_keeps_the_house_rules_and_translates_to_spark(model: definition.Model) -> None:
    assert list(lint.violations(model)) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT a.n FROM lake.a JOIN lake.b USING (n)", "USING"),
        ("SELECT n FROM lake.a QUALIFY row_number() OVER () = 1", "QUALIFY"),
        ("SELECT list(n ORDER BY n) AS n FROM lake.a", "list"),
        ("SELECT quantile_cont(n, 0.5) AS n FROM lake.a", "quantile_cont"),
        ("SELECT datediff('month', d, e) AS n FROM lake.a", "datediff"),
        ("SELECT regexp_replace(s, 'a', 'b') AS n FROM lake.a", "regexp_replace"),
        ("SELECT n FROM lake.a UNION BY NAME SELECT n FROM lake.b", "BY NAME"),
        ("SELECT n / m AS n FROM lake.a", "nullif"),
        ("SELECT d::DATE - e::DATE AS n FROM lake.a", "date - date"),
        ("SELECT dayofweek(d) AS n FROM lake.a", "weekday"),
        ("SELECT n FROM lake.a ASOF JOIN lake.b ON a.n >= b.n", "ASOF"),
        ("PIVOT lake.a ON n USING sum(m)", "PIVOT"),
    ],
)
def test_a_forbidden_idiom_is_found(tmp_path: Path, statement: str, said: str) -> None:
    path = tmp_path / "core" / "x.sql"
    path.parent.mkdir()
    path.write_text(FRONT + statement)
    assert any(said in advice for advice in lint.violations(definition.read(path)))


@pytest.mark.parametrize("padding", ["-- a line\n" * lint.LINES, f"-- {'a' * lint.BYTES}\n"])
def test_a_model_too_long_to_be_linted_is_found(tmp_path: Path, padding: str) -> None:
    path = tmp_path / "core" / "x.sql"
    path.parent.mkdir()
    path.write_text(f"{FRONT}{padding}SELECT n FROM lake.a")
    assert any("split it" in advice for advice in lint.violations(definition.read(path)))


def test_a_column_described_twice_is_found(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    paths = [tmp_path / "core" / name for name in ("one.sql", "two.sql")]
    for path in paths:
        path.write_text(f"{FRONT}SELECT 1 AS number")
    (found,) = lint.repeated_columns(map(definition.read, paths))
    assert "add number" in found

    week = definition.shared_columns()["week"]
    line = f"  week: DATE NOT NULL | {week.unit} | {week.description}\n"
    paths[1].write_text(FRONT.replace("columns:\n", f"columns:\n{line}") + "SELECT 1 AS number")
    (found,) = lint.repeated_columns([definition.read(paths[1])])
    assert "two.sql: column week" in found


def test_a_consumer_that_reads_an_internal_table_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "pipelines" / "queries"
    folder.mkdir(parents=True)
    (folder / "x.py").write_text(
        '"""As `core.week` says."""\nA = "FROM marts.weekly_total"\nB = "FROM core.week"\n'
    )
    (found,) = consumers.violations(tmp_path)
    assert found.startswith("pipelines/queries/x.py, line 3: reads core.week")


def test_consumers_read_marts_only() -> None:
    assert list(consumers.violations()) == []
