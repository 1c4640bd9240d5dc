"""The ledger: what each reader makes of real records, and that no way of importing changes it."""

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import limits
from pipelines.errors import RefusalError
from pipelines.home.database import rows
from pipelines.lake.vintages import Vintage
from pipelines.usage import importing, ledger
from pipelines.usage.importing import Imported
from tests.conftest import tokenhouse
from tests.support.usage import FILES, activity_csv, claude_line, spend_csv

Row = dict[str, Any]

CANARY = "CANARY"
"""Stands where records have content; it may be nowhere else."""


def add(home: Path, *paths: Path, scope: str = "default", reader: str | None = None) -> Imported:
    home.mkdir(exist_ok=True)
    batches, _ = importing.plan(paths, reader)
    return importing.add(home, batches, scope, lambda _: None)


def ledger_of(home: Path) -> list[Row]:
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        current = ledger.current(home / "lake").values()
        return rows(connection.sql(f"{ledger.scan([*current])} ORDER BY ALL"))


def bytes_of(home: Path) -> dict[str, bytes]:
    return {f"{week}": one.path.read_bytes() for week, one in ledger.current(home / "lake").items()}


def test_claude_codes_logs_have_the_totals_that_ccusage_gives(tmp_path: Path) -> None:
    done = add(tmp_path / "home", FILES / "claude_code")
    assert (done.requests, done.new) == (7, 7)
    found = ledger_of(tmp_path / "home")
    read = sum(row["cache_read_tokens"] for row in found)
    written = sum(row["cache_write_tokens"] for row in found)
    fresh = sum(row["prompt_tokens"] for row in found) - read - written
    assert (fresh, written, read, sum(row["completion_tokens"] for row in found)) == (
        *(542, 100, 3770),
        153,
    )
    assert {row["model_raw"] for row in found} == {"claude-sonnet-4-6"}
    assert {row["cost_kind"] for row in found} == {"none"}


def test_litellms_table_is_read_from_rows_of_its_own_payload_builder(tmp_path: Path) -> None:
    add(tmp_path / "home", FILES / "litellm" / "spend_logs_rows.json")
    first, unpriced, streamed = sorted(
        ledger_of(tmp_path / "home"), key=lambda row: row["started_at"]
    )
    assert (first["cost_usd"], first["cost_kind"]) == (Decimal("0.00033"), "source_estimate")
    assert (unpriced["cost_usd"], unpriced["cost_kind"]) == (None, "none")
    assert (unpriced["prompt_tokens"], unpriced["completion_tokens"]) == (10, 20)
    assert (streamed["cost_usd"], streamed["cost_kind"]) == (Decimal("0.00006"), "billed")
    assert (first["first_token_ms"], streamed["first_token_ms"]) == (None, 958)
    assert (first["latency_ms"], streamed["latency_ms"]) == (17, 1193)
    assert first["cache_read_tokens"] is None
    assert (first["workload"], first["provider_raw"]) == ("fb", "openrouter")


@pytest.mark.parametrize("whole", [False, True])
def test_litellms_exported_table_gives_the_same_rows(tmp_path: Path, whole: bool) -> None:
    recorded = FILES / "litellm" / "spend_logs_rows.json"
    add(tmp_path / "json", recorded)
    add(
        tmp_path / "csv", spend_csv(tmp_path / "spend.csv", json.loads(recorded.read_text()), whole)
    )
    assert bytes_of(tmp_path / "csv") == bytes_of(tmp_path / "json")


def test_a_model_of_openrouter_is_named_so_also_by_newer_versions_of_litellm(
    tmp_path: Path,
) -> None:
    """They log it without its prefix, and no row but this one says who billed it."""
    add(tmp_path / "home", FILES / "litellm" / "spend_logs_openrouter.json")
    names = [row["model_raw"].split("/") for row in ledger_of(tmp_path / "home")]
    assert {(*name[:2],) for name in names} == {
        ("openrouter", "anthropic"),
        ("openrouter", "deepseek"),
        ("openrouter", "x"),
    }


def test_litellms_callback_has_failed_attempts_as_rows_without_tokens(tmp_path: Path) -> None:
    add(tmp_path / "home", FILES / "litellm" / "callback.jsonl")
    found = ledger_of(tmp_path / "home")
    assert sum(row["prompt_tokens"] + row["completion_tokens"] for row in found) == 260
    assert sum(row["cost_usd"] or 0 for row in found) == Decimal("0.000084")
    limited = [row for row in found if row["status"] == "rate_limited"]
    assert [(row["http_status"], row["prompt_tokens"], row["cost_usd"]) for row in limited] == [
        (429, 0, None)
    ]
    assert len(found) == 3


def test_openclaws_totals_of_single_requests_include_the_cache(tmp_path: Path) -> None:
    add(tmp_path / "home", FILES / "openclaw" / "sessions_usage.json")
    found = ledger_of(tmp_path / "home")
    assert {row["model_raw"] for row in found} == {
        "openrouter/anthropic/claude-sonnet-4.6",
        "openrouter/minimax/minimax-m2.7",
    }
    for row in found:
        assert (row["prompt_tokens"], row["cache_read_tokens"]) == (123, 100)
        assert (row["cost_usd"], row["cost_kind"]) == (Decimal("0.000042"), "billed")


def message(number: int, **changed: Any) -> Row:
    """Return an assistant's message as OpenClaw stores it; made by hand from its schema."""
    usage = {"input": 23, "output": 7, "cacheRead": 100, "cacheWrite": 0, "totalTokens": 130}
    return {
        "type": "message",
        "id": f"e{number}",
        "timestamp": "2026-07-14T10:00:00.000Z",
        "message": {
            "role": "assistant",
            "content": [{"type": "text", "text": "CANARY"}],
            "provider": "openrouter",
            "model": "minimax/minimax-m2.7",
            "responseId": f"gen-{number}",
            "usage": {**usage, "cost": {"total": 4.2e-05, "totalOrigin": "provider-billed"}},
            "stopReason": "stop",
            "timestamp": 1784023200000 + number,
            **changed,
        },
    }


FAILED = {"responseId": None, "stopReason": "error", "errorCode": "429"}
SESSION = [
    {"type": "session", "id": "s1", "timestamp": "2026-07-14T10:00:00.000Z"},
    {"type": "message", "id": "u", "message": {"role": "user", "content": "CANARY"}},
    message(1),
    message(2, **FAILED),
]


def openclaw_lines(folder: Path) -> Path:
    path = folder / "agents" / "volume" / "sessions" / "s1.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{json.dumps(one)}\n" for one in SESSION))
    return path


def openclaw_database(folder: Path, compress: Callable[[str], object]) -> Path:
    path = folder / "agents" / "volume" / "agent" / "openclaw-agent.sqlite"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE transcript_events (session_id, seq, event_json, created_at)")
        for seq, event in enumerate(SESSION):
            row = ("s1", seq, compress(json.dumps(event)), 0)
            database.execute("INSERT INTO transcript_events VALUES (?, ?, ?, ?)", row)
        database.commit()
    return path


def zstd(text: str) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(text.encode())
    return bytes(sink.getvalue())


def test_openclaws_database_and_its_older_lines_are_the_same_ledger(tmp_path: Path) -> None:
    add(tmp_path / "lines", openclaw_lines(tmp_path / "a"))
    add(tmp_path / "plain", openclaw_database(tmp_path / "b", str))
    add(tmp_path / "small", openclaw_database(tmp_path / "c", zstd))
    ok, limited = ledger_of(tmp_path / "lines")
    assert (ok["request_id"], ok["prompt_tokens"], ok["cost_kind"]) == ("gen-1", 123, "billed")
    assert (limited["request_id"], limited["status"], limited["prompt_tokens"]) == (
        *("s1/e2", "rate_limited"),
        0,
    )
    assert ok["workload"] == "volume"
    assert (
        bytes_of(tmp_path / "lines") == bytes_of(tmp_path / "plain") == bytes_of(tmp_path / "small")
    )


def test_openrouters_export_is_read_with_its_byok_and_its_cancelled_rows(tmp_path: Path) -> None:
    path = activity_csv(
        tmp_path / "activity.csv",
        {"generation_id": "gen-1", "cost_total": "0.05"},
        {"generation_id": "gen-2", "cost_total": "0.01", "byok_usage_inference": "0.20"},
        {"generation_id": "gen-3", "cost_total": "0", "variant": "free"},
        {"generation_id": "gen-4", "cost_total": "0", "cancelled": "true"},
    )
    add(tmp_path / "home", path)
    found = {row["request_id"]: row for row in ledger_of(tmp_path / "home")}
    assert {name: (row["cost_usd"], row["cost_kind"]) for name, row in found.items()} == {
        "gen-1": (Decimal("0.05"), "billed"),
        "gen-2": (Decimal("0.21"), "byok"),
        "gen-3": (Decimal(0), "billed"),
        "gen-4": (None, "none"),
    }
    assert found["gen-3"]["model_raw"] == "deepseek/deepseek-v4-flash-20260423:free"
    assert found["gen-4"]["status"] == "cancelled"
    assert found["gen-1"]["started_at"] == datetime(2026, 7, 14, 10, 0, 0, 40000, tzinfo=UTC)
    assert (found["gen-1"]["prompt_tokens"], found["gen-1"]["cache_read_tokens"]) == (1000, 400)


def test_a_second_import_adds_what_is_new_and_corrects_what_changed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = activity_csv(tmp_path / "1.csv", {"generation_id": "gen-1"}, {"generation_id": "gen-2"})
    later = activity_csv(
        tmp_path / "2.csv",
        {"generation_id": "gen-2", "cost_total": "0.01"},
        {"generation_id": "gen-3"},
    )
    add(home, first)
    before = bytes_of(home)
    again = add(home, first)
    assert (again.requests, again.new, again.corrected, again.weeks) == (2, 0, 0, [])
    assert bytes_of(home) == before
    done = add(home, later)
    assert (done.requests, done.new, done.corrected) == (2, 1, 1)
    costs = {row["request_id"]: row["cost_usd"] for row in ledger_of(home)}
    assert costs["gen-2"] == Decimal("0.01")
    assert len(costs) == 3
    assert len(ledger.history(home / "lake")) == 2


def test_two_sources_may_not_count_the_same_requests(tmp_path: Path) -> None:
    home = tmp_path / "home"
    logged = json.loads((FILES / "litellm" / "spend_logs_rows.json").read_text())
    shared = {"generation_id": logged[0]["request_id"], "created_at": logged[0]["startTime"][:23]}
    exported = activity_csv(tmp_path / "activity.csv", shared)
    add(home, exported)
    spend = FILES / "litellm" / "spend_logs_rows.json"
    with pytest.raises(RefusalError, match=r"1 requests of litellm .* counted by openrouter"):
        add(home, spend)
    assert len(ledger_of(home)) == 1
    with pytest.raises(RefusalError, match="counted by openrouter in scope default"):
        add(home, exported, scope="other")
    (home / "reference").mkdir()
    (home / "reference" / "usage_scope.csv").write_text(
        "source,scope,role,why,recorded_on\nlitellm,default,witness,in front,2026-11-01\n"
    )
    assert add(home, spend).new == 3


def test_requests_that_would_count_twice_are_counted_once_each(tmp_path: Path) -> None:
    home = tmp_path / "home"
    calls = FILES / "litellm" / "callback.jsonl"
    assert add(home, calls).requests == 3
    with pytest.raises(RefusalError, match=r"^3 requests of litellm_callback in scope other "):
        add(home, calls, scope="other")


BAD_ROWS = {
    "cost_total": ("-0.01", "costs less than nothing"),
    "tokens_cached": ("2000", "more cached tokens than prompt tokens"),
    "tokens_reasoning": ("2000", "more reasoning tokens than completion tokens"),
    "created_at": ("1970-01-01 00:00:00", "before 2020"),
    "tokens_prompt": ("many", "lacks prompt or completion tokens"),
    "model_permaslug": ("a\x1b[31m", "unprintable"),
    "app_name": ("word " * 100, "more than 300"),
}


@pytest.mark.parametrize("column", BAD_ROWS)
def test_a_row_that_breaks_the_contract_is_refused_by_its_id(tmp_path: Path, column: str) -> None:
    value, said = BAD_ROWS[column]
    path = activity_csv(tmp_path / "a.csv", {"generation_id": "gen-1"}, {column: value})
    with pytest.raises(RefusalError, match=said) as refused:
        add(tmp_path / "home", path)
    assert f"{path}: request gen-x" in f"{refused.value}"
    assert value not in f"{refused.value}"
    assert ledger_of(tmp_path / "home") == []


@pytest.mark.parametrize("cost", ["0", "NaN", "1e400", ""])
def test_a_cost_that_is_no_number_or_zero_is_unknown(tmp_path: Path, cost: str) -> None:
    add(tmp_path / "home", activity_csv(tmp_path / "a.csv", {"cost_total": cost}))
    (row,) = ledger_of(tmp_path / "home")
    assert (row["cost_usd"], row["cost_kind"]) == (None, "none")


def test_a_time_in_the_future_or_without_its_zone_is_refused(tmp_path: Path) -> None:
    for stamp in ("2099-01-01T00:00:00Z", "2026-06-01T10:00:00"):
        path = tmp_path / "a.jsonl"
        path.write_text(claude_line("msg_1", timestamp=stamp))
        with pytest.raises(RefusalError, match=r"future|zone"):
            add(tmp_path / "home", path)


def test_an_aggregated_export_is_refused_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    path.write_text("Model,Spend\nx,1\n")
    with pytest.raises(RefusalError, match="no export that is known"):
        add(tmp_path / "home", path)
    with pytest.raises(RefusalError, match="lacks the columns generation_id, created_at"):
        add(tmp_path / "home", path, reader="openrouter_csv")


def test_a_torn_last_line_is_left_out_and_a_broken_one_before_it_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(claude_line("msg_1") + claude_line("msg_2")[:-30])
    done = add(tmp_path / "home", path)
    assert (done.new, done.torn) == (1, [path])
    for end in ("", claude_line("msg_3")[:-30]):
        path.write_text(claude_line("msg_1") + "CANARY{\n" + claude_line("msg_2") + end)
        with pytest.raises(RefusalError, match=r"a.jsonl, line 2: is not JSON") as refused:
            add(tmp_path / "home", path)
        assert "CANARY" not in f"{refused.value}"
    path.write_text('{"sessionId": "a", "type": "assistant", "message": "CANARY"}\n')
    with pytest.raises(RefusalError, match="line 1") as refused:
        add(tmp_path / "home", path)
    assert "CANARY" not in f"{refused.value}"


def test_half_a_surrogate_pair_in_a_text_is_no_broken_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    cut = claude_line("msg_2", content="TEXT").replace("TEXT", r"cut \ud83d")
    path.write_text(claude_line("msg_1") + cut + claude_line("msg_3"))
    whole = tmp_path / "b.jsonl"
    whole.write_text("".join(map(claude_line, ("msg_1", "msg_2", "msg_3"))))
    add(tmp_path / "cut", path)
    add(tmp_path / "whole", whole)
    assert bytes_of(tmp_path / "cut") == bytes_of(tmp_path / "whole")


def test_what_is_no_log_in_a_folder_is_left_out(tmp_path: Path) -> None:
    folder = openclaw_database(tmp_path, str).parents[3]
    for name, content in (("x.jsonl", '{"a": 1}\n'), ("y.csv", "a,b\n1,2\n"), ("z.json", "{}")):
        (folder / name).write_text(content)
    with closing(sqlite3.connect(folder / "other.sqlite")) as other:
        other.execute("CREATE TABLE t (a)")
    batches, unrecognised = importing.plan([folder], None)
    assert [batch.reader for batch in batches] == ["openclaw_sqlite"]
    assert unrecognised == 4


def test_a_csv_row_with_too_few_fields_is_refused_by_line(tmp_path: Path) -> None:
    path = activity_csv(tmp_path / "a.csv", {}, {"generation_id": "gen-2"})
    text = path.read_text().splitlines()
    path.write_text("\n".join([*text[:2], "gen-9,CANARY", text[2]]) + "\n")
    with pytest.raises(RefusalError, match=r"a.csv, line 3") as refused:
        add(tmp_path / "home", path)
    assert "CANARY" not in f"{refused.value}"


def test_a_record_longer_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LONGEST_RECORD", 2000)
    path = tmp_path / "a.jsonl"
    path.write_text(claude_line("msg_1") + claude_line("msg_2", padding="x" * 5000))
    with pytest.raises(RefusalError, match="line 2: is longer than"):
        add(tmp_path / "home", path)
    path.write_text("x" * 5000 + "\n")
    with pytest.raises(RefusalError, match="line 1: is longer than"):
        add(tmp_path / "home", path)
    bomb = openclaw_database(tmp_path, lambda text: zstd(text + " " * 10_000))
    with pytest.raises(RefusalError, match="event 0: is longer than"):
        add(tmp_path / "home", bomb)
    quoted = activity_csv(tmp_path / "a.csv", {}, {"user": "several\nlines\n" * 200})
    with pytest.raises(RefusalError, match="line 3: is longer than"):
        add(tmp_path / "home", quoted)


def write_long(path: Path, start: bytes, end: bytes) -> None:
    """Write a record of 2 GB that takes no space on the disk."""
    with path.open("wb") as file:
        file.write(start)
        file.seek(2 * 2**30, os.SEEK_CUR)
        file.write(end)


@pytest.mark.accept
@pytest.mark.parametrize("kind", ["line", "without_an_end", "field", "zstd"])
def test_two_gigabytes_in_a_record_are_refused_within_little_memory(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / ("a.csv" if kind == "field" else "a.jsonl")
    whole = claude_line("msg_1").encode()
    if kind == "field":
        header = activity_csv(path, {}).read_bytes().partition(b"\n")[0]
        write_long(path, header + b'\n"gen-1', b'"\n')
    elif kind == "zstd":
        path = openclaw_database(tmp_path, lambda text: bomb(2 * 2**30))
        assert path.stat().st_size < 2**20
    else:
        end = b'"}\n' + whole if kind == "line" else b"x"
        write_long(path, whole + b'{"padding":"', end)
    program = "import sys; from pipelines.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", f"import resource; {LIMITED}; {program}", "usage", "add", f"{path}"],
        env={**os.environ, "TOKENHOUSE_HOME": f"{tmp_path / 'home'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "is longer than 64 MB" in done.stderr
    assert ledger_of(tmp_path / "home") == []


LIMITED = "resource.setrlimit(resource.RLIMIT_DATA, (2**31, 2**31))"
"""Two gigabytes of memory, with DuckDB and Python in them: less than one copy of the record."""


def bomb(size: int) -> bytes:
    """Return zstd that becomes so many bytes."""
    compressor = pa.Codec("zstd", compression_level=1)
    return bytes(compressor.compress(pa.py_buffer(bytes(size))))


def test_a_locked_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.usage.readers.openclaw.BUSY_SECONDS", 0)
    path = openclaw_database(tmp_path, str)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RefusalError, match=r"sqlite cannot be read \(database is locked\)"):
            add(tmp_path / "home", path)


def test_openclaws_unfinished_or_summed_totals_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "usage.json"
    answer = json.loads((FILES / "openclaw" / "sessions_usage.json").read_text())
    answer["sessions"][0]["usage"]["modelUsage"][0]["count"] = 2
    path.write_text(json.dumps(answer))
    with pytest.raises(RefusalError, match="sums up 2 requests"):
        add(tmp_path / "home", path)
    answer["cacheStatus"]["status"] = "refreshing"
    path.write_text(json.dumps(answer))
    with pytest.raises(RefusalError, match="not complete yet"):
        add(tmp_path / "home", path)
    with pytest.raises(RefusalError, match="totals by day"):
        add(tmp_path / "home", FILES / "openclaw" / "usage_cost.json")


def records_with_canaries(folder: Path) -> list[Path]:
    """Write a file for each reader, with a canary word in every field that may contain content."""
    of_litellm = ("messages", "response", "proxy_server_request", "user", "end_user", "api_key")
    canaries = dict.fromkeys((*of_litellm, "requester_ip_address", "api_base", "cache_key"), CANARY)
    logged = []
    for name in ("spend_logs_rows", "spend_logs_openrouter"):
        for row in json.loads((FILES / "litellm" / f"{name}.json").read_text()):
            details = {**json.loads(row["metadata"]), "user_api_key_alias": CANARY}
            logged.append({**row, **canaries, "metadata": json.dumps(details)})
    rows = folder / "rows.json"
    rows.write_text(json.dumps(logged))
    callback = folder / "callback.jsonl"
    called = map(json.loads, (FILES / "litellm" / "callback.jsonl").read_text().splitlines())
    callback.write_text("".join(f"{json.dumps({**row, **canaries})}\n" for row in called))
    claude = folder / "claude.jsonl"
    user = {"type": "user", "sessionId": "a", "cwd": CANARY, "message": {"content": CANARY}}
    line = claude_line("msg_1", content=CANARY, toolUseResult=CANARY, cwd=CANARY, gitBranch=CANARY)
    claude.write_text(f"{json.dumps(user)}\n{line}")
    written = [rows, callback, claude, spend_csv(folder / "spend.csv", logged, whole=True)]
    written.append(activity_csv(folder / "a.csv", {"user": CANARY, "api_key_name": CANARY}))
    written += [openclaw_lines(folder / "lines"), openclaw_database(folder / "plain", str)]
    assert all(CANARY.encode() in path.read_bytes() for path in written)
    return [*written, openclaw_database(folder / "small", zstd)]


def test_no_content_reaches_the_home_and_only_its_owner_reads_the_ledger(tmp_path: Path) -> None:
    home = tmp_path / "home"
    rows, callback, claude, _, activity, *_, database = records_with_canaries(tmp_path)
    for path in (rows, callback, claude, activity, database):
        add(home, path)
    assert len(ledger_of(home)) > 12
    files = [path for path in home.rglob("*") if path.is_file()]
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []
    assert CANARY not in f"{ledger_of(home)}"
    stored = list(home.joinpath("lake", "usage_request").rglob("*.parquet"))
    assert {path.stat().st_mode & 0o777 for path in stored} == {0o600}


def test_a_damaged_week_is_named_and_not_built_upon(tmp_path: Path) -> None:
    home = tmp_path / "home"
    add(home, activity_csv(tmp_path / "1.csv", {}))
    (one,) = ledger.history(home / "lake")
    one.path.write_bytes(one.path.read_bytes()[:-1])
    with pytest.raises(RefusalError, match="is damaged"):
        add(home, activity_csv(tmp_path / "2.csv", {"generation_id": "gen-2"}))


def add_killed(home: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Import a file, and kill the import after the first week is written."""
    write, written = ledger.write, list[object]()

    def killed(*arguments: Any) -> Vintage:
        if written:
            raise KeyboardInterrupt
        written.append(arguments)
        return write(*arguments)

    monkeypatch.setattr(ledger, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        add(home, path)
    monkeypatch.undo()


def test_an_import_that_was_killed_is_done_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = activity_csv(
        tmp_path / "1.csv", {}, {"generation_id": "gen-2", "created_at": "2026-07-22 10:00:00"}
    )
    add_killed(tmp_path / "killed", path, monkeypatch)
    assert add(tmp_path / "killed", path).new == 1
    add(tmp_path / "whole", path)
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "whole")


COPIES = st.lists(
    st.builds(
        lambda name, session, second, sidechain, output: claude_line(
            name,
            sessionId=session,
            timestamp=f"2026-06-0{7 + second // 60 % 2}T23:59:{second % 60:02}.000Z",
            isSidechain=sidechain,
            output=output,
        ),
        st.sampled_from(["msg_1", "msg_2", "msg_3", "ocgo"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 119),
        st.booleans(),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.accept
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(copies=COPIES, seed=st.integers(0, 2**16), cut=st.integers(0, 12))
def test_any_split_order_and_repetition_of_the_same_records_is_the_same_ledger(
    tmp_path_factory: pytest.TempPathFactory, copies: Sequence[str], seed: int, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("ledgers")
    shuffled = random.Random(seed).sample(list(copies), len(copies))  # noqa: S311 repeatable
    parts = [shuffled[:cut], shuffled[cut:] + shuffled[: cut // 2]]
    (folder / "whole.jsonl").write_text("".join(copies))
    add(folder / "whole", folder / "whole.jsonl")
    for number, part in enumerate(parts):
        if part:
            (folder / f"{number}.jsonl").write_text("".join(part))
            add(folder / "parts", folder / f"{number}.jsonl")
    whole, in_parts = bytes_of(folder / "whole"), bytes_of(folder / "parts")
    assert {week: in_parts[week] for week in whole} == whole
    assert ledger_of(folder / "whole") == ledger_of(folder / "parts")


def test_a_request_moves_to_the_week_of_its_fullest_copy(tmp_path: Path) -> None:
    monday, sunday = "2026-06-08T00:00:00Z", "2026-06-07T23:59:59Z"
    first = [claude_line("msg_1", timestamp=monday), claude_line("msg_2", timestamp=monday)]
    second = [claude_line("msg_1", timestamp=sunday)]
    for name, part in {"1": first, "2": second, "whole": [*first, *second]}.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(part))
    add(tmp_path / "parts", tmp_path / "1.jsonl")
    done = add(tmp_path / "parts", tmp_path / "2.jsonl")
    add(tmp_path / "whole", tmp_path / "whole.jsonl")
    assert (done.new, done.corrected, len(done.weeks)) == (0, 1, 2)
    assert bytes_of(tmp_path / "parts") == bytes_of(tmp_path / "whole")


def test_a_request_that_a_killed_import_left_in_two_weeks_is_in_one_after_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1.jsonl").write_text(claude_line("msg_1", timestamp="2026-06-08T00:00:00Z"))
    (tmp_path / "2.jsonl").write_text(claude_line("msg_1", timestamp="2026-06-07T23:59:59Z"))
    add(tmp_path / "whole", tmp_path / "2.jsonl")
    add(tmp_path / "killed", tmp_path / "1.jsonl")
    add_killed(tmp_path / "killed", tmp_path / "2.jsonl", monkeypatch)
    assert len(ledger_of(tmp_path / "killed")) == 2
    add(tmp_path / "killed", tmp_path / "2.jsonl")
    assert ledger_of(tmp_path / "killed") == ledger_of(tmp_path / "whole")


def test_the_command_says_what_was_new_and_lists_what_can_be_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = tokenhouse(home, "usage", "add", f"{FILES / 'claude_code'}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "7 new of 7"
    again = tokenhouse(home, "usage", "add", f"{FILES / 'claude_code'}", "--json")
    assert json.loads(again.stdout)["new"] == 0
    listed = tokenhouse(home, "usage", "add")
    assert "litellm_csv: " in listed.stdout
    assert "\\copy (SELECT request_id" in listed.stdout
    wrong = tokenhouse(home, "usage", "add", f"{tmp_path / 'none.csv'}")
    assert (wrong.returncode, wrong.stdout) == (1, "")
