"""Everything in the published database is documented."""

from contextlib import closing
from pathlib import Path

from pipelines.home.database import connect
from pipelines.models import definition, dictionary
from pipelines.queries.published import query
from tools import dictionary_page

COUNTED = ("BIGINT", "DOUBLE", "INTEGER", "DATE", "TIMESTAMP WITH TIME ZONE")
NUMBERS_OF_NOTHING = {"app_id", "line", "period_id", "seed"}
"""Made of digits, and counting nothing."""

EVERYTHING = """
SELECT schema_name || '.' || table_name AS name, comment FROM duckdb_tables()
UNION ALL
SELECT schema_name || '.' || table_name || '.' || column_name, comment
FROM duckdb_columns() WHERE NOT internal
UNION ALL
SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal
UNION ALL
SELECT schema_name || '.' || function_name, comment FROM duckdb_functions() WHERE NOT internal
"""


def test_every_table_column_and_macro_has_a_comment(database: Path) -> None:
    with closing(connect(database)) as connection:
        rows = query(connection, EVERYTHING)
    assert len(rows) > 600
    assert [row["name"] for row in rows if not row["comment"]] == []


def test_the_dictionary_lists_exactly_what_there_is(database: Path) -> None:
    with closing(connect(database)) as connection:
        there_is = {row["name"] for row in query(connection, EVERYTHING)}
        rows = query(connection, "FROM meta.data_dictionary")
    listed = [
        ".".join(filter(None, (row["table_name"].partition("(")[0], row["column_name"])))
        for row in rows
    ]
    assert len(listed) == len(set(listed))
    assert set(listed) == there_is


def test_a_mart_without_rows_says_why_and_no_other_is_called_empty(database: Path) -> None:
    with closing(connect(database)) as connection:
        marts = [model.name for model in definition.load() if model.schema == "marts"]
        empty = {name for name in marts if not query(connection, f"FROM {name} LIMIT 1")}
        reasons = {
            row["table_name"]: row["because"] for row in query(connection, "FROM meta.empty_mart")
        }
    assert reasons.keys() == empty
    assert all(reasons.values())
    assert "own usage" in reasons["marts.weekly_usage"]
    assert "key" in reasons["marts.model_use"]


def test_whatever_is_counted_has_a_unit(database: Path) -> None:
    with closing(connect(database)) as connection:
        rows = query(
            connection,
            "SELECT table_name, column_name, unit FROM meta.data_dictionary "
            "WHERE kind = 'column' AND list_contains(?, data_type) AND coalesce(unit, '-') = '-'",
            list(COUNTED),
        )
    assert {row["column_name"] for row in rows} <= NUMBERS_OF_NOTHING


def test_comments_contain_units_and_every_table_says_what_it_is_made_from(
    database: Path,
) -> None:
    with closing(connect(database)) as connection:
        (share,) = query(
            connection,
            "SELECT comment FROM duckdb_columns() "
            "WHERE table_name = 'weekly_model' AND column_name = 'share'",
        )
        unsaid = query(
            connection,
            "SELECT table_name FROM duckdb_tables() WHERE NOT comment LIKE '%Made from:%'",
        )
        (made,) = query(
            connection, "SELECT comment FROM duckdb_tables() WHERE table_name = 'weekly_total'"
        )
    assert share["comment"].endswith("[fraction of all tokens]")
    assert unsaid == []
    _, _, inputs = made["comment"].partition("Made from: ")
    assert inputs == "core.week, core.week_growth, reference.known_holes."


def test_a_column_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "marts" / "order.sql"
    path.parent.mkdir()
    path.write_text(
        "/*\n---\ndescription: It's quoted.\ngrain: group\nunique: [group]\ncolumns:\n"
        "  group: VARCHAR | - | A word that SQL keeps to itself\n---\n*/\nSELECT 'a' AS \"group\""
    )
    with closing(dictionary.blank([*definition.load(), definition.read(path)])) as connection:
        (comment,) = query(
            connection, "SELECT comment FROM duckdb_columns() WHERE column_name = 'group'"
        )
    assert comment["comment"] == "A word that SQL keeps to itself"


def test_the_pages_are_current() -> None:
    for path, page in dictionary_page.pages().items():
        assert path.read_text() == page, "run `make docs`"


def test_each_table_is_on_one_page_and_only_marts_are_on_the_first() -> None:
    first, internal = dictionary_page.pages().values()
    for model in definition.load():
        shown, other = (first, internal) if model.schema == "marts" else (internal, first)
        assert shown.count(f"\n## {model.name}\n") == 1
        assert f"\n## {model.name}\n" not in other


def test_the_pictures_show_every_arrow_of_the_sql() -> None:
    drawn = "\n".join(dictionary_page.pages().values())
    for model in definition.load():
        for source in model.inputs:
            assert f'["{source}"] --> {model.name.replace(".", "_")}["{model.name}"]' in drawn
