"""The tools, asked by a real client: in this process, and over each transport."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from mcp import Client, StdioServerParameters

from pipelines.agents import server, tools
from pipelines.errors import RefusalError
from pipelines.settings import settings
from tests.support.ports import free_port

Call = Callable[..., tuple[bool, Any]]

CALLS = 500
"""What they would leave behind shows in the memory and the open files."""

SELECTED = {"statement": "FROM marts.weekly_total LIMIT 1"}

COMMAND = ["-c", "from pipelines.cli import main; main()", "mcp"]


@pytest.fixture
def call(published: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Return a function that calls a tool; it returns whether it was refused, and the answer."""
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{published}")
    settings.cache_clear()

    def called(tool: str, /, **arguments: object) -> tuple[bool, Any]:
        async def ask() -> tuple[bool, str]:
            async with Client(server.server()) as client:
                answer: Any = await client.call_tool(tool, arguments)
                return answer.is_error, answer.content[0].text

        refused, text = asyncio.run(ask())
        return refused, text if refused else json.loads(text)

    yield called
    tools.DATABASE.close()
    settings.cache_clear()


def test_the_list_of_tools_is_short_and_says_what_each_is_for() -> None:
    async def ask() -> Any:
        async with Client(server.server()) as client:
            return (await client.list_tools()).tools

    listed = asyncio.run(ask())
    assert [one.name for one in listed] == [tool.__name__ for tool in tools.TOOLS]
    assert all(len(one.description) > 30 for one in listed)
    text = json.dumps(
        [one.model_dump(mode="json", exclude_none=True, by_alias=True) for one in listed]
    )
    assert len(text) < 4000


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("tables", {}),
        ("tables", {"table": "weekly_model"}),
        ("top_models", {"week": "2026-07-06", "count": 3}),
        ("model", {"name": "mimo-v2.5"}),
        ("routes", {}),
        ("explain_route", {"workload": "batch_refactor"}),
        ("explain_route", {"workload": "batch_refactor", "model": "deepseek/deepseek-v4-flash"}),
        ("price_changes", {"since": "2026-07-01"}),
        ("forecast", {"workload": "batch_refactor"}),
        ("sql", {"statement": "FROM marts.weekly_total ORDER BY week LIMIT 3;"}),
    ],
)
def test_every_answer_has_rows_an_as_of_and_a_citation(
    call: Call, name: str, arguments: dict[str, Any]
) -> None:
    refused, answer = call(name, **arguments)
    assert not refused, answer
    assert answer["rows"]
    assert answer["citation"].startswith("Source: OpenRouter (openrouter.ai/rankings), as of 2026-")
    assert answer["as_of"].endswith("Z")
    assert not answer["is_cut"]


def test_the_rows_are_those_of_the_database(call: Call) -> None:
    _, top = call("top_models", week="2026-07-13", count=2)
    statement = (
        "SELECT rank, model_permaslug, tokens FROM marts.weekly_model "
        "WHERE week = '2026-07-13' AND rank <= 2 ORDER BY rank"
    )
    _, rows = call("sql", statement=statement)
    assert [{key: row[key] for key in rows["rows"][0]} for row in top["rows"]] == rows["rows"]
    _, many = call("sql", statement="FROM marts.weekly_model")
    assert (len(many["rows"]), many["is_cut"]) == (tools.MOST_ROWS, True)


def test_a_printed_claim_is_judged(call: Call) -> None:
    head = "claim_id,section,metric,subject,week,operator,value,unit,rank,printed_as"
    rows = ("a,1,weekly_tokens,all,2026-05-18,eq,28.9,T,,28.9T", "b,1,nonsense,all,,eq,1,T,,")
    refused, answer = call("audit_claims", claims_csv="\n".join([head, *rows]))
    assert not refused, answer
    assert [row["verdict"] for row in answer["rows"]] == ["CONFIRMED", "REFUSED"]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        (
            "sql",
            {"statement": "SELECT * FROM read_csv('/etc/passwd')"},
            "disabled by configuration",
        ),
        ("sql", {"statement": "CREATE TABLE x AS SELECT 1"}, "syntax error"),
        ("sql", {"statement": "SET memory_limit = '1TB'"}, "syntax error"),
        ("sql", {"statement": "INSTALL httpfs"}, "does not exist"),
        ("sql", {"statement": "SELECT 1) TO '/tmp/x'; SELECT (1"}, "syntax error"),
        ("sql", {"statement": "ATTACH '/tmp/x.db'"}, "syntax error"),
        ("sql", {"statement": "FROM marts.nothing"}, "does not exist"),
        ("tables", {"table": "nothing"}, "call tables without a name"),
        ("top_models", {"week": "2026-07-14"}, "Monday"),
        ("top_models", {"week": "2020-01-06"}, "2020-01-06"),
        ("model", {"name": "nothing at all"}, "did you mean"),
        ("explain_route", {"workload": "nothing"}, "workloads.yaml has"),
        ("price_changes", {"since": "July"}, "is not a day"),
        ("audit_claims", {"claims_csv": "nonsense"}, "unknown column"),
    ],
)
def test_what_is_refused_is_said_to_the_agent(
    call: Call, name: str, arguments: dict[str, Any], said: str
) -> None:
    refused, answer = call(name, **arguments)
    assert refused
    assert said in answer
    assert "Traceback" not in answer


def test_a_query_that_runs_for_ever_is_stopped(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "SECONDS", 0.2)
    endless = "SELECT levenshtein(repeat('x', 300000), repeat('y', 300000)) AS one"
    refused, answer = call("sql", statement=endless)
    assert refused
    assert "stopped after 0.2 seconds" in answer
    monkeypatch.setattr(tools, "SECONDS", 10)
    assert call("sql", statement="SELECT 1 AS one")[1]["rows"] == [{"one": 1}]
    assert call("tables")[1]["rows"]


@pytest.mark.usefixtures("call")
def test_what_is_published_anew_is_what_the_next_call_answers(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "warehouse.duckdb"
    shutil.copy(published / "warehouse.duckdb", home)
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{tmp_path}")
    settings.cache_clear()
    statement = "SELECT run_id FROM meta.build"
    (before,) = tools.sql(statement)["rows"]
    assert tools.top_models(count=1)["rows"]
    with duckdb.connect(shutil.copy(home, tmp_path / "aside")) as later:
        later.sql("UPDATE meta.build SET run_id = 'later'; DELETE FROM marts.weekly_total")
    (tmp_path / "aside").replace(home)
    with pytest.raises(RefusalError, match="week None is not in the database"):
        tools.top_models(count=1)
    shutil.copy(published / "warehouse.duckdb", tmp_path / "aside")
    with duckdb.connect(tmp_path / "aside") as latest:
        latest.sql("UPDATE meta.build SET run_id = 'latest'")
    (tmp_path / "aside").replace(home)
    assert tools.sql(statement)["rows"] == [{"run_id": "latest"}] != [before]
    assert tools.top_models(count=1)["rows"]


async def _asked(target: Any, server: int | None = None) -> tuple[Any, Any, list[int]]:
    """Ask a server for a model and the digest, and often more; return what it holds each time.

    The last are its memory in bytes and its open files, before and after CALLS, of a process known
    by id; of another nothing shows, and a tenth is enough.
    """
    held = list[int]()
    async with Client(target) as client:
        answer: Any = await client.call_tool("top_models", {"count": 1})
        digest: Any = await client.read_resource("tokenhouse://digest")
        for number in range(CALLS if server else CALLS // 10):
            if server and number in (CALLS // 5, CALLS - 1):
                held += [resident(server), len(list(Path(f"/proc/{server}/fd").iterdir()))]
            tool, arguments = ("top_models", {"count": 1}) if number % 2 else ("sql", SELECTED)
            again: Any = await client.call_tool(tool, arguments)
            assert not again.is_error
        return json.loads(answer.content[0].text), digest.contents[0].text, held


@pytest.mark.accept
def test_over_stdio(published: Path) -> None:
    environment = {**os.environ, "TOKENHOUSE_HOME": f"{published}"}
    server = StdioServerParameters(command=sys.executable, args=COMMAND, env=environment)
    answer, digest, _ = asyncio.run(_asked(server))
    assert answer["rows"][0]["rank"] == 1
    assert digest == (published / "exports" / "digest.md").read_text()


@pytest.mark.accept
def test_over_http_on_this_machine(published: Path) -> None:
    port = free_port()
    environment = {**os.environ, "TOKENHOUSE_HOME": f"{published}"}
    with subprocess.Popen([sys.executable, *COMMAND, "--port", f"{port}"], env=environment) as own:
        try:
            for _ in range(200):
                with socket.socket() as tried:
                    if not tried.connect_ex(("127.0.0.1", port)):
                        break
                time.sleep(0.1)
            answer, digest, held = asyncio.run(_asked(f"http://127.0.0.1:{port}/mcp", own.pid))
        finally:
            own.terminate()
    assert answer["rows"][0]["rank"] == 1
    assert digest.startswith("# What changed")
    memory, files, memory_after, files_after = held
    assert memory_after - memory < 20 * 2**20
    assert files_after <= files + 2


@pytest.mark.accept
def test_calls_sent_all_at_once_are_answered_and_leave_nothing_open(
    ingested: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{ingested}")
    settings.cache_clear()

    async def ask(count: int) -> tuple[int, int, int]:
        async with Client(server.server()) as client:
            await client.call_tool("sql", {"statement": "SELECT 0"})
            before = resident()
            tables = [client.call_tool("tables", {"table": "weekly_total"}) for _ in range(count)]
            queries = [client.call_tool("sql", {"statement": f"SELECT {n}"}) for n in range(count)]
            answers: list[Any] = await asyncio.gather(*tables, *queries)
            found = [json.loads(one.content[0].text)["rows"] for one in answers]
            assert all(row["name"] for rows in found[:count] for row in rows)
            assert found[count:] == [[{f"{n}": n}] for n in range(count)]
            return before, resident(), len(list(Path("/proc/self/fd").iterdir()))

    before, after, opened = asyncio.run(ask(CALLS // 2))
    tools.DATABASE.close()
    settings.cache_clear()
    assert after - before < 50 * 2**20
    assert opened < 100


def resident(process: int | str = "self") -> int:
    """Return the memory of a process in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
