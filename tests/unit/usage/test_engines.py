"""Folds on a cluster are the same rows as DuckDB's, and an engine that fails ends in one line."""

import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.models import definition
from pipelines.settings import Settings, settings
from pipelines.usage import fold, ledger, shared
from tests.support.clusters import sail
from tests.support.ledger import check_week, request, store
from tests.unit.usage.test_shared import BUCKET, reach, serving, stored

FOLDS = [model for model in definition.load() if model.schema == fold.SCHEMA]
TOKEN = "eyJ-a-token-that-nobody-may-see"  # noqa: S105 invented


Fold = tuple[list[str], list[object]]


def compute(home: Path, models: list[definition.Model] | None = None) -> dict[str, Fold]:
    """Compute folds of a home; return each file's types and its rows in their order."""
    fold.folded(models or FOLDS, home / "lake", [*ledger.current(home / "lake").values()])
    return folds_in(home)


def folds_in(home: Path) -> dict[str, Fold]:
    """Return every file next to the folds and below, however it came there."""
    files = [one for one in home.joinpath("lake", "usage_fold").rglob("*") if one.is_file()]
    return {f"{one.relative_to(home)}": read(one) for one in files}


def read(path: Path) -> Fold:
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        rows = connection.sql(f"FROM read_parquet('{path}', hive_partitioning = false)")
        return [f"{name} {kind}" for name, kind in zip(rows.columns, rows.types, strict=True)], [
            *rows.fetchall()
        ]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    day = datetime(2026, 7, 8, 23, 59, tzinfo=UTC)
    refused = {"status": "rate_limited", "prompt_tokens": 0, "completion_tokens": 0}
    more = [request(10 + n, started_at=day, latency_ms=n * n, workload="a") for n in range(40)]
    store(tmp_path, [*check_week(), *more, request(9, task_id="t", **refused)])
    return tmp_path


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def set_engine(url: str, seconds: int = 60) -> None:
        monkeypatch.setenv("TOKENHOUSE_ENGINE", "connect")
        monkeypatch.setenv("TOKENHOUSE_CONNECT_URL", url)
        monkeypatch.setenv("TOKENHOUSE_ENGINE_SECONDS", f"{seconds}")
        settings.cache_clear()

    yield set_engine
    settings.cache_clear()


@pytest.mark.accept
def test_folds_of_a_cluster_are_the_same_rows(home: Path, use: Callable[..., None]) -> None:
    ours = compute(home)
    assert len(ours) == 2 * len(FOLDS)
    shutil.rmtree(home / "lake" / "usage_fold")
    with sail(home) as (url, _):
        use(url)
        assert compute(home) == ours


@pytest.mark.accept
@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_cluster_reads_the_shared_ledger_and_leaves_nothing_there(
    home: Path, use: Callable[..., None], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Two folds are enough here: the others read it in the same way."""
    ours = compute(home, FOLDS[:2])
    shutil.rmtree(home / "lake" / "usage_fold")
    with ExitStack() as stack:
        if kind == "bucket":
            reach(monkeypatch, stack.enter_context(serving()))
            monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        ledger_url = BUCKET if kind == "bucket" else f"{home / 'shared'}"
        monkeypatch.setenv("TOKENHOUSE_LEDGER", ledger_url)
        settings.cache_clear()
        shared.pull(home)
        before = stored()
        url, _ = stack.enter_context(sail(home))
        use(url)
        assert compute(home, FOLDS[:2]) == ours
        assert stored() == before


@contextmanager
def answering(fault: Callable[[socket.socket], None]) -> Iterator[str]:
    """Yield the address of a server that does this with every connection."""
    kept: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            kept.append(connection)
            fault(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"sc://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in kept:
            connection.close()


@pytest.mark.accept
@pytest.mark.parametrize("fault", ["hangs", "dies"])
def test_an_engine_that_never_answers_is_left_at_the_deadline(
    home: Path, use: Callable[..., None], fault: str
) -> None:
    with answering(socket.socket.close if fault == "dies" else lambda _: None) as url:
        use(f"{url}/;token={TOKEN}", 3)
        with pytest.raises(RefusalError, match=r"did not finish within 3|failed") as refused:
            compute(home, FOLDS[:1])
    check_refusal(refused.value, FOLDS[0])
    assert folds_in(home) == {}


def check_refusal(error: RefusalError, model: definition.Model) -> None:
    """The message is one line that names the fold and the setting, and has no secret."""
    assert f"{error}".startswith(f"{model.name}, week 2026-07-")
    assert "check TOKENHOUSE_CONNECT_URL" in f"{error}"
    assert "\n" not in f"{error}"
    assert TOKEN not in f"{error}"


@contextmanager
def relaying(url: str, told: bytes, then: Callable[[], None]) -> Iterator[str]:
    """Yield the address of a relay that does this once a client has sent these bytes."""
    port = int(url.rpartition(":")[2])

    def relay(connection: socket.socket) -> None:
        try:
            engine = socket.create_connection(("127.0.0.1", port))
        except OSError:
            connection.close()
            return
        for pair in ((connection, engine), (engine, connection)):
            threading.Thread(target=pump, args=pair, daemon=True).start()

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # either end is gone
            while part := source.recv(2**20):
                target.sendall(part)
                if told in part:
                    then()
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    with answering(relay) as address:
        yield address


@pytest.mark.accept
def test_an_engine_killed_in_the_middle_of_a_fold_is_one_line_and_the_next_run_works(
    home: Path, use: Callable[..., None]
) -> None:
    ours = compute(home, FOLDS[:2])
    shutil.rmtree(home / "lake" / "usage_fold")
    with sail(home) as (url, (session,)):

        def kill() -> None:
            with suppress(ProcessLookupError):  # it was told twice
                os.killpg(session, signal.SIGKILL)

        writing = FOLDS[1].path.stem.encode() + b"/week=2026-07-13"
        with relaying(url, writing, kill) as relay:
            use(relay, 120)
            with pytest.raises(RefusalError, match="engine failed") as refused:
                compute(home, FOLDS[:2])
    check_refusal(refused.value, FOLDS[1])
    done = folds_in(home)
    assert done == {name: rows for name, rows in ours.items() if name in done}
    assert 0 < len(done) < len(ours)
    with sail(home) as (url, _):
        use(url)
        assert compute(home, FOLDS[:2]) == ours


@pytest.mark.accept
def test_an_engine_without_memory_is_one_line_and_the_next_run_works(
    home: Path, use: Callable[..., None]
) -> None:
    ours = compute(home, FOLDS[:1])
    shutil.rmtree(home / "lake" / "usage_fold")
    little = {
        "SAIL_RUNTIME__MEMORY_POOL__TYPE": "greedy",
        "SAIL_RUNTIME__MEMORY_POOL__GREEDY__MAX_SIZE": "1000",
    }
    with sail(home, **little) as (url, _):
        use(url)
        with pytest.raises(RefusalError, match="engine failed") as refused:
            compute(home, FOLDS[:1])
    check_refusal(refused.value, FOLDS[0])
    assert folds_in(home) == {}
    with sail(home) as (url, _):
        use(url)
        assert compute(home, FOLDS[:1]) == ours


def test_an_engine_that_is_away_is_refused_at_once(home: Path, use: Callable[..., None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    use(f"sc://127.0.0.1:{port}")
    with pytest.raises(RefusalError, match="cannot be reached"):
        compute(home, FOLDS[:1])


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "TOKENHOUSE_CONNECT_URL: must be set"),
        ("http://127.0.0.1:15002", "must be an address such as sc://"),
        (f"sc://spark.example:443/;token={TOKEN};use_ssl=false", "use_ssl=true"),
    ],
)
def test_an_address_that_is_no_cluster_is_refused_without_being_repeated(
    url: str, fault: str
) -> None:
    with pytest.raises(RefusalError, match=fault) as refused:
        Settings(tokenhouse_engine="connect", tokenhouse_connect_url=url)
    assert TOKEN not in f"{refused.value}"


def test_the_address_is_a_secret() -> None:
    url = f"sc://spark.example:443/;use_ssl=true;token={TOKEN}"
    chosen = Settings(tokenhouse_engine="connect", tokenhouse_connect_url=url)
    assert TOKEN not in f"{chosen}"
    assert url in chosen.secrets
