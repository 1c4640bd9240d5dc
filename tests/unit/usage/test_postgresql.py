"""LiteLLM's table in a real PostgreSQL gives the totals that PostgreSQL itself computes.

The table is the one of LiteLLM's own schema, as its wheel has it, its rows are those of LiteLLM's
own payload builder, and they are exported by the command that `tokenhouse usage add` prints.
"""

import importlib.util
import json
import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from pipelines.usage.readers.litellm import COPY
from tests.conftest import tokenhouse
from tests.support.postgres import postgresql
from tests.support.usage import FILES
from tests.unit.usage.test_importing import add, bytes_of, ledger_of

pytestmark = pytest.mark.accept

TYPES = {
    "String": "TEXT",
    "Float": "DOUBLE PRECISION",
    "Int": "INTEGER",
    "DateTime": "TIMESTAMP(3)",
    "Json": "JSONB",
}
"""What Prisma makes of the types of a schema in PostgreSQL."""

JSON_ROWS = 'SELECT json_agg(one) FROM "LiteLLM_SpendLogs" AS one'
"""The form of the proxy's /spend/logs."""

TOTALS = """
SELECT
    count(*), sum(prompt_tokens), sum(completion_tokens), sum(spend::NUMERIC),
    sum((metadata #>> '{usage_object,prompt_tokens_details,cached_tokens}')::INT),
    count(*) FILTER (WHERE metadata #>> '{error_information,error_code}' = '429')
FROM "LiteLLM_SpendLogs"
"""


def columns() -> dict[str, str]:
    """Return the type of each column of the table, as LiteLLM's own schema says."""
    found = importlib.util.find_spec("litellm")
    assert found is not None
    assert found.origin is not None
    schema = Path(found.origin).parent.joinpath("proxy", "schema.prisma").read_text()
    of_table = re.findall(r"^model LiteLLM_SpendLogs {(.*?)^}", schema, re.DOTALL | re.MULTILINE)
    fields = re.findall(r"^  (\w+) +(\w+)", of_table[0], re.MULTILINE)
    return {name: TYPES[kind] for name, kind in fields}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a database with the table and its rows."""
    with postgresql() as address:
        types = columns()
        definitions = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        with psycopg2.connect(address) as database, database.cursor() as cursor:
            cursor.execute(f'CREATE TABLE "LiteLLM_SpendLogs" ({definitions})')
            for name in ("spend_logs_rows", "spend_logs_openrouter"):
                for row in json.loads((FILES / "litellm" / f"{name}.json").read_text()):
                    insert(cursor, {key: row[key] for key in types if key in row})
        yield address


def insert(cursor: Any, row: dict[str, Any]) -> None:
    row["spend"] = row["spend"] or 0  # as the schema says where there is none
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join("%s" for _ in row)
    cursor.execute(f'INSERT INTO "LiteLLM_SpendLogs" ({names}) VALUES ({places})', [*row.values()])


def test_the_printed_command_exports_what_the_reader_reads(url: str, tmp_path: Path) -> None:
    printed = tokenhouse(tmp_path / "home", "usage", "add").stdout
    assert COPY in printed
    psql(url, tmp_path, COPY)
    assert "CANARY" not in (tmp_path / "spend.csv").read_text()
    add(tmp_path / "home", tmp_path / "spend.csv")
    found = ledger_of(tmp_path / "home")
    ours = (
        len(found),
        *(sum(row[name] for row in found) for name in ("prompt_tokens", "completion_tokens")),
        sum(row["cost_usd"] or Decimal(0) for row in found),
        sum(row["cache_read_tokens"] or 0 for row in found),
        sum(row["status"] == "rate_limited" for row in found),
    )
    with psycopg2.connect(url) as database, database.cursor() as cursor:
        cursor.execute(TOTALS)
        assert cursor.fetchone() == ours
    assert ours[:3] == (8, 3742, 210)
    through_openrouter = [row for row in found if row["provider_raw"] == "openrouter"]
    assert {row["model_raw"].partition("/")[0] for row in through_openrouter} == {"openrouter"}


def test_a_whole_export_and_the_proxys_json_are_the_same_ledger(url: str, tmp_path: Path) -> None:
    psql(url, tmp_path, COPY)
    psql(url, tmp_path, r"""\copy "LiteLLM_SpendLogs" TO 'whole.csv' WITH (FORMAT csv, HEADER)""")
    with psycopg2.connect(url) as database, database.cursor() as cursor:
        cursor.execute(JSON_ROWS)
        ((rows,),) = cursor.fetchall()
    tmp_path.joinpath("rows.json").write_text(json.dumps(rows))
    for name in ("spend.csv", "whole.csv", "rows.json"):
        add(tmp_path / name.partition(".")[0], tmp_path / name)
    whole = bytes_of(tmp_path / "whole")
    assert bytes_of(tmp_path / "spend") == whole
    assert bytes_of(tmp_path / "rows") == whole


def psql(url: str, folder: Path, command: str) -> None:
    subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", url, "--command", command], cwd=folder, check=True
    )
