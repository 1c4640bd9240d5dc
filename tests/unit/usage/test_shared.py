"""A ledger in a folder or a bucket: what machines write and forget there is the same everywhere."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.settings import Settings, settings
from pipelines.usage import forgetting, ledger, shared, store
from tests.support.ports import free_port
from tests.support.usage import activity_csv
from tests.unit.usage.test_importing import add, bytes_of, ledger_of

BUCKET = "s3://tokenhouse/some/where"
SECRET = "a-key-that-nobody-may-see"  # noqa: S105 invented
EARLIER = {"generation_id": "gen-1", "created_at": "2026-06-01 10:00:00"}

Use = Callable[[str], None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    def set_ledger(url: str) -> None:
        monkeypatch.setenv("TOKENHOUSE_LEDGER", url)
        settings.cache_clear()

    yield set_ledger
    settings.cache_clear()


@contextmanager
def serving(**environment: str) -> Iterator[str]:
    """Run moto, which answers as S3 does, with a bucket; yield its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    started = f"from moto.server import ThreadedMotoServer as S; S(port={port}).start(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", started],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            bucket = urllib.request.Request(f"{address}/tokenhouse", method="PUT")  # noqa: S310
            while running.poll() is None:
                with suppress(ConnectionError, urllib.error.URLError):
                    with suppress(urllib.error.HTTPError):  # it answers, whatever it says
                        urllib.request.urlopen(bucket).close()  # noqa: S310
                    break
            yield address
        finally:
            running.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.accept)])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, use: Use, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Let the settings name a new shared ledger; return its address."""
    url = f"{tmp_path / 'shared'}"
    if request.param == "bucket":
        reach(monkeypatch, request.getfixturevalue("server"))
        url = f"{BUCKET}/{tmp_path.name}"
    use(url)
    return url


def reach(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


def stored() -> dict[str, bytes]:
    with store.opened(settings()) as one:
        return {name: bytes(one.get(name).bytes()) for name in store.names(one)}


@pytest.mark.usefixtures("place")
def test_two_machines_have_the_ledger_of_one(tmp_path: Path, use: Use) -> None:
    first = activity_csv(tmp_path / "1.csv", {}, EARLIER)
    second = activity_csv(tmp_path / "2.csv", {"generation_id": "gen-2"}, EARLIER)
    add(tmp_path / "a", first)
    done = add(tmp_path / "b", second)
    assert (done.requests, done.new, len(done.weeks)) == (2, 1, 1)
    shared.pull(tmp_path / "a")
    use("")
    add(tmp_path / "alone", first)
    add(tmp_path / "alone", second)
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b") == bytes_of(tmp_path / "alone")
    held = [one.path for one in ledger.history(tmp_path / "b" / "lake")]
    assert {one.stat().st_mode & 0o777 for one in held} == {0o600}
    written = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert [one for one in written if SECRET.encode() in one.read_bytes()] == []


@pytest.mark.usefixtures("place")
def test_of_two_that_write_a_week_at_once_the_second_is_refused_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path / "a", activity_csv(tmp_path / "1.csv", {}))
    shared.pull(tmp_path / "b")
    monkeypatch.setattr(shared, "pull", lambda _: None)  # b began before a wrote
    add(tmp_path / "a", activity_csv(tmp_path / "2.csv", {"generation_id": "gen-2"}))
    before, there = bytes_of(tmp_path / "b"), stored()
    late = activity_csv(tmp_path / "3.csv", {"generation_id": "gen-3"})
    with pytest.raises(RefusalError, match="another machine wrote it meanwhile"):
        add(tmp_path / "b", late)
    assert (bytes_of(tmp_path / "b"), stored()) == (before, there)
    monkeypatch.undo()


def test_a_number_that_another_machine_just_created_is_not_overwritten(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(tmp_path / "a", activity_csv(tmp_path / "1.csv", {}))
    (one,) = ledger.history(tmp_path / "a" / "lake")
    there, newest = stored(), store.newest

    def just_before(*arguments: Any) -> tuple[int, str | None]:
        number, content = newest(*arguments)
        return number - 1, content

    monkeypatch.setattr(store, "newest", just_before)
    file = f"{one.path.parent.relative_to(tmp_path / 'a' / 'lake')}/other.parquet"
    with pytest.raises(RefusalError, match="another machine wrote it meanwhile"):
        store.commit(Settings(tokenhouse_ledger=place), one.path, file, one.path.name)
    assert stored() == there


@pytest.mark.usefixtures("place")
def test_what_one_machine_forgets_every_machine_forgets(tmp_path: Path) -> None:
    path = activity_csv(tmp_path / "1.csv", {}, {**EARLIER, "generation_id": "gen-secret"})
    add(tmp_path / "a", path)
    add(tmp_path / "a", activity_csv(tmp_path / "2.csv", {**EARLIER, "generation_id": "gen-0"}))
    for name in ("b", "c"):
        shared.pull(tmp_path / name)
    assert forgetting.forget(tmp_path / "c", "default", date(2026, 6, 2)) == [date(2026, 6, 1)]
    shared.pull(tmp_path / "a")
    assert add(tmp_path / "b", path).forgotten == 1
    for name in "abc":
        assert "gen-secret" not in requests_in(
            ledger.scan(ledger.history(tmp_path / name / "lake"))
        )
    for number, content in enumerate(stored().values()):
        (tmp_path / f"{number}").write_bytes(content)
        if content.startswith(b"PAR1"):
            found = requests_in(f"FROM read_parquet('{tmp_path / f'{number}'}')")
            assert "gen-secret" not in found


@pytest.mark.usefixtures("place")
def test_what_is_forgotten_is_known_before_its_files_are_deleted(tmp_path: Path) -> None:
    add(tmp_path / "a", activity_csv(tmp_path / "1.csv", {}, EARLIER))
    shared.pull(tmp_path / "b")
    shared.forget("default", date(2026, 6, 2))  # a was killed here
    shared.pull(tmp_path / "b")
    assert len(ledger_of(tmp_path / "b")) == 2
    forgetting.forget(tmp_path / "a", "default", date(2026, 6, 2))
    shared.pull(tmp_path / "b")
    assert ledger_of(tmp_path / "b") == ledger_of(tmp_path / "a")
    assert len(ledger_of(tmp_path / "b")) == 1


def test_forgetting_elsewhere_deletes_nothing_that_was_never_shared(
    tmp_path: Path, use: Use
) -> None:
    add(tmp_path / "b", activity_csv(tmp_path / "1.csv", EARLIER), scope="other")
    before = ledger_of(tmp_path / "b")
    use(f"{tmp_path / 'shared'}")
    shared.pull(tmp_path / "a")
    forgetting.forget(tmp_path / "a", "default", date(2026, 6, 2))
    shared.pull(tmp_path / "b")
    assert ledger_of(tmp_path / "b") == before


@pytest.mark.usefixtures("place")
def test_a_file_that_a_killed_writer_left_is_no_content_and_goes_with_what_is_forgotten(
    tmp_path: Path,
) -> None:
    home = tmp_path / "a"
    add(home, activity_csv(tmp_path / "1.csv", {}, EARLIER))
    (old, _) = ledger.history(home / "lake")
    folder = old.path.parent.relative_to(home / "lake")
    with store.opened(settings()) as one:
        for name in ("20260601T000000Z-0123456789ab.parquet", "99990101T000000Z-left.parquet"):
            one.put(f"{folder}/{name}", old.path)
    shared.pull(tmp_path / "b")
    assert bytes_of(tmp_path / "b") == bytes_of(home)
    forgetting.forget(tmp_path / "b", "default", date(2026, 6, 2))
    left = {name.rpartition("/")[2] for name in stored() if "week=2026-06-01" in name}
    assert "20260601T000000Z-0123456789ab.parquet" not in left
    assert "99990101T000000Z-left.parquet" in left  # another machine may be writing it


def requests_in(rows: str) -> set[str]:
    with closing(duckdb.connect()) as connection:
        return {row[0] for row in connection.sql(f"SELECT request_id FROM ({rows})").fetchall()}


def test_weeks_that_a_home_had_before_are_shared_and_never_overwritten(
    tmp_path: Path, use: Use
) -> None:
    home, other = tmp_path / "a", tmp_path / "b"
    add(home, activity_csv(tmp_path / "1.csv", {}))
    add(other, activity_csv(tmp_path / "2.csv", {"generation_id": "gen-2"}))
    use(f"{tmp_path / 'shared'}")
    shared.pull(home)
    assert len(stored()) == 2
    before = bytes_of(other)
    with pytest.raises(RefusalError, match="written without each other"):
        shared.pull(other)
    assert bytes_of(other) == before


def test_a_damaged_file_of_the_shared_ledger_is_named_and_not_copied(
    tmp_path: Path, use: Use
) -> None:
    use(f"{tmp_path / 'shared'}")
    add(tmp_path / "a", activity_csv(tmp_path / "1.csv", {}))
    (file,) = (tmp_path / "shared").rglob("*.parquet")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RefusalError, match="is damaged"):
        shared.pull(tmp_path / "b")
    assert ledger_of(tmp_path / "b") == []


@pytest.mark.accept
@pytest.mark.parametrize(
    ("bucket", "fault", "status"),
    [
        ("tokenhouse", "away", "GenericError"),
        ("tokenhouse", "no rights", "status 403"),
        ("tokenhouse", "read only", "status 403"),
        ("not-there", "", "status 404"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_one_line_and_nothing_is_imported(
    tmp_path: Path, use: Use, monkeypatch: pytest.MonkeyPatch, bucket: str, fault: str, status: str
) -> None:
    allowed = {"no rights": "0", "read only": "3"}.get(fault)  # bucket made, then two lists
    rights = {"INITIAL_NO_AUTH_ACTION_COUNT": allowed} if allowed else {}
    use(f"s3://{bucket}/x")
    with serving(**rights) as address:
        reach(monkeypatch, "http://127.0.0.1:9" if fault == "away" else address)
        with pytest.raises(RefusalError) as refused:
            add(tmp_path / "home", activity_csv(tmp_path / "1.csv", {}))
    assert f"{refused.value}" == (
        f"TOKENHOUSE_LEDGER: s3://{bucket}/x cannot be used ({status}): check the address, the key "
        "and what the key may do"
    )
    assert ledger_of(tmp_path / "home") == []


@pytest.mark.parametrize(
    ("ledger", "endpoint", "fault"),
    [
        ("ledger", "", "whole path of a folder"),
        ("gs://bucket", "", "a bucket such as"),
        ("s3://bucket", "http://minio.example:9000", "must begin with https"),
    ],
)
def test_a_place_that_cannot_be_the_ledger_is_refused(
    monkeypatch: pytest.MonkeyPatch, ledger: str, endpoint: str, fault: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(RefusalError, match=fault):
        Settings(tokenhouse_ledger=ledger)
