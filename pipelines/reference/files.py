"""Which files each hand-kept table is read from: those that are shipped, and the home's own.

Only names and paths: commands that read the database must start in an instant.
"""

from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import warn
from pipelines.settings import REFERENCE

FILES = {
    "vendors": "vendors.csv",
    "series": "series.csv",
    "lineage": "lineage.csv",
    "weekly_total_history": "weekly_total_history.csv",
    "known_holes": "known_holes.csv",
    "weekday_factor": "weekday_factor.csv",
    "observed_mix": "observed_mix.csv",
    "model_class": "model_class.csv",
    "class_prior": "class_prior.csv",
    "parameter": "parameter.csv",
    "cache_write": "cache_write.csv",
    "billed": "billed.csv",
    "calibration": "calibration.csv",
    "taxonomy": "taxonomy.csv",
    "claims": "claims/*.csv",
    "price_tier": "price_tier.csv",
    "workloads": "workloads.yaml",
    "quality_index": "quality_index.csv",
    "benchmark": "benchmark.csv",
    "benchmark_run": "benchmark_run.csv",
    "benchmark_mismatch": "benchmark_mismatch.csv",
    "quality_map": "quality_map.csv",
    "own_evaluation": "own_evaluation.csv",
    "compliance": "compliance.csv",
    "deploy_policy": "deploy_policy.csv",
    "usage_scope": "usage_scope.csv",
    "usage_alias": "usage_alias.csv",
    "usage_workload": "usage_workload.csv",
}
"""The file of each table, or the pattern of its files."""

DATED = frozenset({"quality_index", "benchmark", "benchmark_run"})
"""Tables that have a vintage of another day in a file next to the first, its day in the name."""

FORMER_NAMES = {"workloads.yaml": "strata.yaml"}
"""What a file was called in version 0.1.0; it is read if there is none of the present name."""


def paths_of(table: str, own: Path | None = None) -> list[Path]:
    """Return the files of a table by name; one in the folder `own` replaces its namesake."""
    found = {path.name: path for path in (*shipped_paths(table), *own_paths(table, own))}
    return [found[name] for name in sorted(found)]


def shipped_paths(table: str) -> list[Path]:
    """Return the shipped files of a table by name; never none, even if there is no such file."""
    return sorted(_files(table, REFERENCE)) or [REFERENCE / FILES[table]]


def own_paths(table: str, own: Path | None) -> list[Path]:
    """Return the files of a table in a home's folder by name; none in the shipped one."""
    if own is None or is_shipped(own):
        return []
    former = _former(FILES[table], own)
    if former:
        warn(f"{former} is now called {FILES[table]}: rename it")
    return [former] if former else sorted(_files(table, own))


def _files(table: str, folder: Path) -> Iterator[Path]:
    """Yield a table's files in a folder."""
    yield from folder.glob(FILES[table])
    if table in DATED:
        stem, _, suffix = FILES[table].rpartition(".")
        yield from folder.glob(f"{stem}_[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].{suffix}")


def is_shipped(own: Path) -> bool:
    """Whether a home's folder is that of the checkout, as for the home `warehouse` inside it."""
    return own.resolve() == REFERENCE.resolve()


def in_force(own: Path) -> list[Path]:
    """Return the files in a home's folder that are read over the shipped tables, by name."""
    return [] if is_shipped(own) else _read(own)


def _read(own: Path) -> list[Path]:
    """Return the files in a folder that tables are read from, by name."""
    found = {
        path
        for table, name in FILES.items()
        for path in (*_files(table, own), _former(name, own))
        if path is not None
    }
    return sorted(found)


def unread(own: Path) -> list[Path]:
    """Return the files in a home's folder that no table reads, hidden ones left out."""
    read = _read(own)
    return sorted(
        path
        for path in own.rglob("*")
        if path.is_file() and path not in read and not path.name.startswith(".")
    )


def _former(name: str, own: Path | None) -> Path | None:
    """Return the home's file of the former name if it has none of the present one."""
    if own is None or name not in FORMER_NAMES or (own / name).exists():
        return None
    path = own / FORMER_NAMES[name]
    return path if path.exists() else None
