"""One writer to a home, whatever becomes of it."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.exports import delivery
from pipelines.home import lock
from tests.conftest import tokenhouse
from tests.support import killed_commands
from tests.support.file_layer import IS_POSSIBLE, KILLED, FileLayer


class TestOneWriter:
    def test_a_second_writer_is_refused_by_name_and_a_dead_one_forgotten(
        self, tmp_path: Path
    ) -> None:
        program = (
            "import sys, time; from pathlib import Path; from pipelines.home.lock import writing\n"
            "with writing(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
        )
        other = subprocess.Popen(
            [sys.executable, "-c", program, f"{tmp_path}"], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RefusalError, match=f"process {other.pid}"), lock.writing(tmp_path):
            pass
        refused = tokenhouse(tmp_path, "run")
        assert refused.returncode == 1
        assert f"process {other.pid}" in refused.stderr
        other.kill()
        other.wait()
        with lock.writing(tmp_path), lock.writing(tmp_path):
            assert (tmp_path / "writer.lock").read_text().split() == [f"{os.getpid()}"]

    def test_what_a_killed_writer_left_is_swept_away(self, tmp_path: Path) -> None:
        for name in (
            "lake/raw/x/.a.json.gz.12.tmp",
            "warehouse.12.tmp.duckdb",
            ".warehouse.x.12.tmp/spilled.tmp",
            "notes.tmp",
        ):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"torn")
        with lock.writing(tmp_path):
            assert [path.name for path in tmp_path.rglob("*.tmp*")] == ["notes.tmp"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_read_only_home_is_refused_in_one_line_and_can_still_be_queried(
    published: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    bound = [["--bind", f"{published}"], ["-o", "remount,ro,bind"]]
    mounted = [
        subprocess.run(["mount", *options, tmp_path / "home"], check=False).returncode
        for options in bound
    ]
    try:
        if any(mounted):
            pytest.skip("mounting is not allowed here")
        refused = tokenhouse(tmp_path / "home", "replay")
        assert tokenhouse(tmp_path / "home", "top").returncode == 0
    finally:
        subprocess.run(["umount", tmp_path / "home"], check=False)
    assert refused.returncode == 1
    assert "cannot be written: Read-only file system" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "count",
    [pytest.param(3, marks=pytest.mark.accept), pytest.param(10, marks=pytest.mark.torture)],
)
def test_a_run_killed_at_any_moment_is_finished_by_the_next_with_the_same_bytes(
    ran: Path, tmp_path: Path, count: int
) -> None:
    """… on a clock set back by months, over exports that were edited, while a reader looks."""
    from tests.bench import torture

    def finish(home: Path, command: tuple[str, ...]) -> None:
        (home / "exports").mkdir(parents=True, exist_ok=True)  # the kill may come before the home
        shutil.copy(ran / "warehouse.duckdb", home / "warehouse.duckdb")
        (home / "exports" / "routing_table.md").write_text("edited by hand")
        with duckdb.connect(home / "warehouse.duckdb", read_only=True) as reader:
            torture.finish(home, command)
            assert reader.sql("SELECT count(*) FROM marts.weekly_total").fetchall() == [(80,)]

    home = tmp_path / "home"
    table = torture.points(home, ran, range(count), seed=7, a_home=count, finish=finish)
    assert table == {"points": count, "torn": 0, "lost": 0, "stuck": 0}
    assert json.loads(tokenhouse(home, "run", "--json").stdout)["up_to_date"] is True
    made = json.loads((home / "exports" / "manifest.json").read_bytes())["run_id"]
    assert delivery.is_current(home / "exports", made)
    (home / "exports" / "routing_table.md").write_text("edited by hand")
    assert not delivery.is_current(home / "exports", made)


@pytest.mark.accept
@pytest.mark.skipif(not IS_POSSIBLE, reason="the layer below a process is compiled")
def test_whichever_call_on_a_file_fails_the_next_run_finishes_with_the_same_bytes(
    tmp_path: Path,
) -> None:
    """Three small runs of each kind here; `make torture` tries a hundred, and whole ones."""
    from tests.bench import torture

    small = torture.AnyCall(tmp_path / "small", torture.SMALLS)
    for error in (errno.EIO, KILLED):
        table = small.tried(3, seed=7, error=error)
        assert table == {"points": 3, "torn": 0, "lost": 0, "stuck": 0}


@pytest.mark.accept
@pytest.mark.skipif(not IS_POSSIBLE, reason="the layer below a process is compiled")
@pytest.mark.parametrize("case", killed_commands.CASES, ids=lambda case: case.name)
def test_a_command_killed_at_any_call_on_a_file_is_finished_by_the_same_command(
    tmp_path: Path, case: killed_commands.Case
) -> None:
    """At two of its calls here; `make torture` tries more of each command."""
    layer = FileLayer(tmp_path / "layer")
    found = killed_commands.sweep(layer, tmp_path / "tried", case, count=2, seed=7)
    assert found == {"points": 2, "torn": 0, "lost": 0, "stuck": 0}
