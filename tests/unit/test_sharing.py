"""Other users of a machine read the parts of a home that its owner names, and nothing else."""

from pathlib import Path

from pipelines.home import sharing


def modes(home: Path) -> dict[str, str]:
    return {path.name: f"{path.stat().st_mode & 0o777:o}" for path in (home, *home.iterdir())}


def test_only_what_is_named_is_open(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("exports", "report", "lake", "errors"):
        (home / name).mkdir(parents=True)
    for name in ("warehouse.duckdb", "private.duckdb", "refused.json"):
        (home / name).touch(0o644)
    (home / "private.duckdb").chmod(0o600)
    before = modes(home)
    sharing.share(home, [])
    assert modes(home) == before
    sharing.share(home, ["exports", "database"])
    closed = {"report": "700", "lake": "700", "errors": "700", "refused.json": "600"}
    opened = {"home": "711", "exports": "755", "warehouse.duckdb": "644"}
    assert modes(home) == {**closed, **opened, "private.duckdb": "600"}
    sharing.share(home, ["report"])
    assert modes(home)["warehouse.duckdb"] == "600"
    assert modes(home)["report"] == "755"
