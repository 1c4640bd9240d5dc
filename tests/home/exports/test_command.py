"""`tokenhouse export`, as a person runs it."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.exports import export_files, mart_files
from pipelines.exports.delivery import Files
from pipelines.orchestration.export_assets import EXPORTS
from pipelines.report import digest, feed
from tests.conftest import tokenhouse, use
from tests.home.exports.conftest import DEEPSEEK_REFUSED
from tests.unit.exports.test_delivery import tree

Render = Callable[..., Files]


@pytest.fixture(scope="module")
def home(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published home of our own, whose feed has two weeks: it is rendered often here."""
    copy = tmp_path_factory.mktemp("command") / "home"
    shutil.copytree(published, copy)
    with duckdb.connect(copy / "warehouse.duckdb") as connection:
        connection.execute(
            "UPDATE marts.weekly_total SET is_complete = false WHERE week < '2026-07-06'"
        )
    assert tokenhouse(copy, "export").returncode == 0
    shutil.rmtree(copy / "exports" / ".previous")
    return copy


def refused(home: Path, *arguments: str) -> str:
    done = tokenhouse(home, "export", *arguments)
    assert done.returncode == 1, done.stdout
    (line,) = done.stderr.strip().splitlines()
    return line


def next_run(home: Path) -> None:
    """Make the published database one of another run, with another price."""
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("UPDATE meta.build SET run_id = 'another' || substring(run_id, 8)")
        connection.execute(
            "UPDATE marts.routing_table SET cost_per_task_usd = 2 * cost_per_task_usd"
        )


@pytest.mark.accept
def test_the_gateways_set_next_to_a_persons_files_and_back(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "openclaw.json").write_text("// mine")
    to = ("--to", f"{folder}")
    compared = tokenhouse(home, "export", *to, "--diff")
    assert compared.returncode == 1
    assert "openclaw/routing/agents.json5" in compared.stdout
    assert [path.name for path in folder.iterdir()] == ["openclaw.json"]
    assert "is missing" in refused(home, *to, "--check")
    assert json.loads(tokenhouse(home, "export", *to, "--json").stdout)["changed"] is True
    first = tree(folder)
    assert {"routing.json", "litellm/config.yaml", "openrouter/guardrails/public.json"} <= set(
        first
    )
    assert tokenhouse(home, "export", *to, "--check").returncode == 0

    later = tmp_path / "later"
    shutil.copytree(home, later)
    next_run(later)
    assert "is of another run" in refused(later, *to, "--check")
    diff = tokenhouse(later, "export", *to, "--diff").stdout
    assert "Routes that would change" in diff
    assert "routing.json" in diff
    assert "openclaw/routing/agents.json5" not in diff, "it has no price and names another run"
    assert tree(folder) == first
    assert tokenhouse(later, "export", *to).returncode == 0
    assert "restored" in tokenhouse(later, "export", *to, "--rollback").stdout
    back = {name: one for name, one in tree(folder).items() if not name.startswith(".")}
    assert back == first

    assert "is held at run" in tokenhouse(later, "export", *to, "--check").stdout
    assert "is held at run" in refused(later, *to)
    assert "is released" in tokenhouse(later, "export", *to, "--release").stdout
    assert "was not held" in tokenhouse(later, "export", *to, "--release").stdout
    assert "is of another run" in refused(later, *to, "--check")

    (folder / "litellm" / "config.yaml").write_text("mine now")
    edited = tree(folder)
    assert "litellm/config.yaml was edited by hand" in refused(later, *to)
    assert "litellm/config.yaml was edited by hand" in refused(later, *to, "--rollback")
    assert tree(folder) == edited


@pytest.mark.accept
def test_the_homes_own_exports_contain_everything_and_the_previous_set_is_kept(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    assert tokenhouse(copy, "export", "--to", f"{copy / 'exports'}", "--check").returncode == 0
    whole = tree(copy / "exports")
    next_run(copy)
    use(copy, monkeypatch)
    assert dg.materialize(EXPORTS).success
    assert tree(copy / "exports" / ".previous") == whole
    assert tokenhouse(copy, "export", "--check").returncode == 0
    assert tokenhouse(copy, "export", "--rollback").returncode == 0
    back = tree(copy / "exports")
    assert {name: one for name, one in back.items() if not name.startswith(".")} == whole


@pytest.mark.accept
def test_a_scheduled_run_keeps_a_hold_and_a_release_lets_it_in(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    assert tokenhouse(copy, "export", "--hold").returncode == 0
    next_run(copy)
    held = tree(copy / "exports")
    use(copy, monkeypatch)
    done = dg.materialize(EXPORTS)
    assert done.success
    assert tree(copy / "exports") == held
    assert not any(
        listed_files(event.materialization) for event in done.get_asset_materialization_events()
    )
    (stale,) = json.loads(tokenhouse(copy, "status", "--json").stdout)["refusals"]
    assert (stale["cause"], stale["reason"]) == ("exports", "held")
    assert "is held at run" in tokenhouse(copy, "export", "--check").stdout
    (copy / "exports" / "routing.json").unlink()
    assert "does not contain it whole" in refused(copy, "--check")
    assert tokenhouse(copy, "export", "--release").returncode == 0
    use(copy, monkeypatch)
    assert dg.materialize(EXPORTS).success
    assert tokenhouse(copy, "export", "--check").returncode == 0


@pytest.mark.accept
def test_a_diff_shows_routes_first_and_exits_as_diff_does(home: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    assert tokenhouse(copy, "export", "--diff").returncode == 0
    assert json.loads(tokenhouse(copy, "export", "--diff", "--json").stdout)["routes"] == []
    with duckdb.connect(copy / "warehouse.duckdb") as connection:
        connection.execute(
            "UPDATE marts.routing_table SET model_id = 'made/up', cost_per_task_usd = 0.5 "
            "WHERE workload = 'batch_refactor' AND role = 'primary'"
        )
        connection.execute(
            "UPDATE marts.routing_table SET decision = 'blocked', blocked_because = 'one_vendor' "
            "WHERE workload = 'inline_completion'"
        )
    done = tokenhouse(copy, "export", "--diff", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert "diff" not in answer
    primary = next(one for one in answer["routes"] if one["workload"] == "batch_refactor")
    assert (primary["role"], primary["after"], primary["usd_after"]) == ("primary", "made/up", 500)
    closed = [one for one in answer["routes"] if one["workload"] == "inline_completion"]
    assert [one["role"] for one in closed] == ["primary", "fallback 1", "fallback 2"]
    assert {one["after"] for one in closed} == {None}
    text = tokenhouse(copy, "export", "--diff").stdout
    assert "→ made/up" in text
    assert "→ 500.00" in text
    assert "one vendor only" in text
    assert "+    primary" not in text
    assert '"made/up"' in tokenhouse(copy, "export", "--diff", "--bytes").stdout
    (tmp_path / "file").write_text("mine")
    assert tokenhouse(copy, "export", "--diff", "--to", f"{tmp_path / 'file'}").returncode == 2


def test_the_check_advises_nothing_that_the_export_would_refuse(home: Path, tmp_path: Path) -> None:
    to = ("--to", f"{tmp_path / 'there'}")
    assert tokenhouse(home, "export", *to).returncode == 0
    (tmp_path / "there" / "routing.json").write_text("edited")
    line = refused(home, *to, "--check")
    assert line.endswith("was edited by hand: move it away; nothing was written")
    assert "run `tokenhouse export`" not in line


@pytest.mark.accept
def test_the_assets_deliver_all_or_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    next_run(copy)
    outside = tmp_path / "outside.yaml"
    config = copy / "exports" / "litellm" / "config.yaml"
    config.rename(outside)
    config.symlink_to(outside)
    before = tree(tmp_path)
    use(copy, monkeypatch)
    with pytest.raises(RefusalError, match=f"{config} is a symbolic link"):
        dg.materialize(EXPORTS)
    after = tree(tmp_path)
    written = {name for name in after if before.get(name) != after[name]}
    assert written <= {"copy/writer.lock", "copy/refused-exports.json"}
    config.unlink()
    config.write_text("edited by hand")
    assert dg.materialize(EXPORTS).success
    assert tokenhouse(copy, "export", "--check").returncode == 0


@pytest.mark.accept
def test_each_file_is_rendered_once_and_reported_after_it_was_delivered(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    next_run(copy)
    use(copy, monkeypatch)
    rendered = Counter[str]()

    def counted(name: str, render: Render) -> Render:
        def count(*arguments: Any) -> Files:
            rendered[name] += 1
            return render(*arguments)

        return count

    for name, render in [*export_files.EXPORTERS.items()]:
        monkeypatch.setitem(export_files.EXPORTERS, name, counted(name, render))
    for module in (mart_files, digest, feed):
        monkeypatch.setattr(module, "render", counted(module.__name__, module.render))
    done = dg.materialize(EXPORTS)
    assert set(rendered.values()) == {1}
    assert len(rendered) == len(export_files.EXPORTERS) + 3

    reported = [
        name
        for event in done.get_asset_materialization_events()
        for name in listed_files(event.materialization)
    ]
    on_disk = {name for name in tree(copy / "exports") if not name.startswith(".previous/")}
    assert sorted(reported) == sorted(on_disk)


def listed_files(materialization: dg.AssetMaterialization) -> list[str]:
    """Return the files that an asset reports to have written."""
    if "files" not in materialization.metadata:
        return []
    text = str(materialization.metadata["files"].value)
    return [line.removeprefix("- `exports/").removesuffix("`") for line in text.splitlines()]


@pytest.mark.accept
def test_where_nothing_is_delivered_no_exporter_reports_success(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    next_run(copy)
    config = copy / "exports" / "litellm" / "config.yaml"
    config.rename(tmp_path / "outside.yaml")
    config.symlink_to(tmp_path / "outside.yaml")
    use(copy, monkeypatch)
    done = dg.materialize(EXPORTS, raise_on_error=False)
    assert not done.success
    reported = {event.asset_key for event in done.get_asset_materialization_events()}
    assert reported == {dg.AssetKey(["exports", "gate"])}


@pytest.mark.accept
def test_the_gate_refuses_and_nothing_is_written(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    with duckdb.connect(copy / "warehouse.duckdb") as connection:
        connection.execute(DEEPSEEK_REFUSED)
    before = tree(copy / "exports")
    for arguments in ((), ("--check",), ("--to", f"{tmp_path / 'there'}")):
        line = refused(copy, *arguments)
        assert "breaks the compliance matrix: deepseek is refused for public data" in line
        assert "nothing was exported" in line
    use(copy, monkeypatch)
    with pytest.raises(RefusalError, match="deepseek is refused for public data"):
        dg.materialize(EXPORTS)
    assert tree(copy / "exports") == before
    assert not (tmp_path / "there").exists()


def test_a_link_a_file_and_a_missing_previous_set_are_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").write_text("mine")
    assert "is a symbolic link" in refused(home, "--to", f"{tmp_path / 'link'}")
    assert "Not a directory" in refused(home, "--to", f"{tmp_path / 'file'}")
    assert "contains no export to restore" in refused(
        home, "--to", f"{tmp_path / 'real'}", "--rollback"
    )
    assert os.listdir(tmp_path / "real") == []  # noqa: PTH208


def test_two_things_at_once_are_wrong_usage(home: Path) -> None:
    assert tokenhouse(home, "export", "--check", "--diff").returncode == 2
    assert tokenhouse(home, "export", "--bytes").returncode == 2


def test_old_data_is_refused_where_the_setting_says_so(home: Path, tmp_path: Path) -> None:
    to = ("export", "--to", f"{tmp_path / 'there'}")
    done = tokenhouse(home, *to, TOKENHOUSE_EXPORT_MAX_AGE_DAYS="14")
    assert done.returncode == 1
    assert "TOKENHOUSE_EXPORT_MAX_AGE_DAYS allows 14" in done.stderr
    assert not (tmp_path / "there").exists()
    assert tokenhouse(home, *to, TOKENHOUSE_EXPORT_MAX_AGE_DAYS="soon").returncode == 1
    assert tokenhouse(home, *to, TOKENHOUSE_EXPORT_MAX_AGE_DAYS="100000").returncode == 0


def test_routes_of_a_week_that_was_taken_back_come_with_a_warning(
    home: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    to = ("export", "--to", f"{tmp_path / 'gateway'}")
    assert tokenhouse(copy, *to).stderr == ""
    vintage = max((copy / "lake" / "models").rglob("*.parquet"))
    assert tokenhouse(copy, "retract", vintage.name, "--why", "a wrong clock").returncode == 0
    done = tokenhouse(copy, *to)
    assert done.returncode == 0
    assert "published, which are stale because the database was built from 1 vintage" in done.stderr
