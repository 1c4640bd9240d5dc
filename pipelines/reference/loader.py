"""The hand-kept tables: judgements, each row checked when it is loaded."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import yaml
from pydantic import BaseModel
from pydantic import ValidationError as ContractError

from pipelines.arrow import arrow_schema
from pipelines.errors import RefusalError, first_fault, warn
from pipelines.home.files import read_limited
from pipelines.reference import claims, market, overlay, routing, usage
from pipelines.reference.consistency import faults_between
from pipelines.reference.files import FILES, own_paths, paths_of, shipped_paths
from pipelines.reference.overlay import Placed, Row
from pipelines.settings import REFERENCE


class Table(NamedTuple):
    """The contract of a table's rows, and the columns that are its key."""

    contract: type[BaseModel]
    key: tuple[str, ...]


TABLES = {
    "vendors": Table(market.Vendor, ("author", "valid_from")),
    "series": Table(market.Series, ("series", "author", "pattern", "valid_from")),
    "lineage": Table(market.Lineage, ("model_permaslug",)),
    "weekly_total_history": Table(market.WeeklyTotal, ("week",)),
    "known_holes": Table(market.KnownHole, ("date",)),
    "weekday_factor": Table(market.WeekdayFactor, ("weekday",)),
    "observed_mix": Table(market.ObservedMix, ("week_end", "model_permaslug")),
    "model_class": Table(market.ModelClass, ("base_permaslug",)),
    "class_prior": Table(market.ClassPrior, ("workload_class",)),
    "parameter": Table(market.Parameter, ("parameter",)),
    "cache_write": Table(market.CacheWrite, ("slug_prefix",)),
    "billed": Table(market.Billed, ("week", "model_permaslug")),
    "calibration": Table(market.Calibration, ("vendor",)),
    "taxonomy": Table(market.Category, ("taxonomy", "category", "valid_from")),
    "claims": Table(claims.Claim, ("file", "line")),
    "price_tier": Table(market.PriceTier, ("tier", "valid_from")),
    "workloads": Table(routing.Workload, ("workload",)),
    "quality_index": Table(routing.QualityIndex, ("evaluated_model", "recorded_on")),
    "benchmark": Table(routing.Benchmark, ("benchmark", "recorded_on")),
    "benchmark_run": Table(routing.BenchmarkRun, ("evaluated_model", "benchmark", "recorded_on")),
    "benchmark_mismatch": Table(routing.BenchmarkMismatch, ("permaslug", "display_name")),
    "quality_map": Table(routing.QualityMap, ("model_id",)),
    "own_evaluation": Table(routing.OwnEvaluation, ("workload", "model_id", "tool", "test")),
    "compliance": Table(routing.Compliance, ("kind", "name", "data_class")),
    "deploy_policy": Table(routing.DeployPolicy, ("workload", "kind", "name")),
    "usage_scope": Table(usage.UsageScope, ("source", "scope")),
    "usage_alias": Table(usage.UsageAlias, ("source", "model_raw")),
    "usage_workload": Table(usage.UsageWorkload, ("source", "label")),
}

MAY_BE_EMPTY = frozenset(
    {
        "benchmark_mismatch",
        "own_evaluation",
        "billed",
        "calibration",
        "usage_scope",
        "usage_alias",
        "usage_workload",
    }
)
"""Tables that start without a row: nobody has evaluated, paid, accepted or imported yet."""


def load(table: str, own: Path | None = None) -> pa.Table:
    """Return a reference table in force, in the order of its files, or of its files by name.

    Rows of the files in the folder `own`, a home's, replace, add to or disable the shipped ones
    (`overlay`). A claims file replaces the shipped one of its name.
    Raises RefusalError naming file, line (or entry) and field of the first row that is wrong.
    """
    if table == "claims":
        return _read_claims(paths_of(table, own))
    contract, key = TABLES[table]
    shipped = _placed(table, shipped_paths(table))
    rows = overlay.laid_over(shipped, _of_home(table, own), key)
    _check_keys(rows, key)
    return pa.Table.from_pylist(list(rows.values()), schema=arrow_schema(contract))


def read(table: str, paths: list[Path]) -> pa.Table:
    """Return the rows of files that have the form of a reference table.

    Raises RefusalError as `load` does.
    """
    if table == "claims":
        return _read_claims(paths)
    contract, key = TABLES[table]
    rows = overlay.laid_over(_placed(table, paths), [], key)
    return pa.Table.from_pylist(list(rows.values()), schema=arrow_schema(contract))


def _placed(table: str, paths: list[Path]) -> list[Placed]:
    """Return the rows of whole files; RefusalError if one has none, unless the table may start so.

    Raises RefusalError if a key is repeated.
    """
    contract, key = TABLES[table]
    found: list[Placed] = []
    for path in paths:
        before = len(found)
        for place, entry in entries(path):
            written = overlay.written_key(entry, key)
            row = validated(contract, entry, path, place)
            found.append(Placed(f"{path}, {place}", written, row))
        if len(found) == before and table not in MAY_BE_EMPTY:
            raise RefusalError(f"{path} contains no rows")
    _check_keys({one.place: one.row for one in found if one.row}, key)
    return found


def _of_home(table: str, own: Path | None) -> list[Placed]:
    """Return a home's rows of a table; a template that nobody has edited has none."""
    contract, key = TABLES[table]
    found: list[Placed] = []
    for path in own_paths(table, own):
        for place, entry in entries(path, may_be_empty=True):
            removes = overlay.is_disabled(entry, f"{path}, {place}")
            written = overlay.written_key(_present_names(contract, entry, path), key)
            row = None if removes else validated(contract, entry, path, place)
            found.append(Placed(f"{path}, {place}", written, row))
        if not found and path.suffix == ".csv" and not _names_a_column(path, contract):
            raise RefusalError(f"{path} contains no rows, and its first line names no column")
    _check_keys({one.place: one.row for one in found if one.row}, key)
    return found


def _names_a_column(path: Path, contract: type[BaseModel]) -> bool:
    """Whether the first line of a CSV file that is no comment names a column of the table."""
    lines = read_limited(path).decode("utf-8-sig").splitlines()
    names = next((line.split(",") for line in lines if not line.startswith(COMMENT)), [])
    return not contract.model_fields.keys().isdisjoint(names)


def _read_claims(paths: list[Path]) -> pa.Table:
    """Return the lines of claims files; one that is wrong is kept with its fault."""
    rows: list[Row] = []
    for path in paths:
        text = read_limited(path).decode("utf-8-sig", errors="replace")
        before = len(rows)
        rows += claims.rows(path, text)
        if len(rows) == before:
            raise RefusalError(f"{path} contains no rows")
    return pa.Table.from_pylist(rows, schema=arrow_schema(claims.Claim))


def as_csv(table: str, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as a file of a reference table, in the columns of the shipped one."""
    with (REFERENCE / FILES[table]).open(encoding="utf-8") as shipped:
        columns = next(csv.reader(shipped))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def load_all(own: Path | None = None) -> dict[str, pa.Table]:
    """Return every reference table, checked one by one and against each other.

    Files whose bytes have not changed are not checked again in the same process.
    Raises RefusalError as `load` does, or naming a file and what another table does not contain.
    """
    return dict(_checked(own, tuple(_contents(own))))


def _contents(own: Path | None) -> Iterator[tuple[Path, str]]:
    """Yield every file that is read, with a digest of its bytes."""
    for table in TABLES:
        for path in (*shipped_paths(table), *own_paths(table, own)):
            yield path, hashlib.sha256(read_limited(path)).hexdigest()


@lru_cache(maxsize=2)
def _checked(own: Path | None, _contents: tuple[tuple[Path, str], ...]) -> dict[str, pa.Table]:
    tables = {table: load(table, own) for table in TABLES}
    for table, fault in faults_between({name: rows.to_pylist() for name, rows in tables.items()}):
        raise RefusalError(f"{paths_of(table, own)[0]}{fault}")
    return tables


def validated(contract: type[BaseModel], entry: object, path: Path, place: str) -> Row:
    """Return an entry as a row of the contract; RefusalError names file, place and field."""
    try:
        return contract.model_validate(_present_names(contract, entry, path)).model_dump()
    except ContractError as error:
        raise RefusalError(f"{path}, {place}: {first_fault(error, 'entry')}") from None
    except RefusalError as error:
        raise RefusalError(f"{path}, {place}: {error}") from None


def _present_names(contract: type[BaseModel], entry: object, path: Path) -> object:
    """Return an entry with a workload where version 0.1.0 wrote a stratum.

    A list of the members of a series is read as it is, and reported.
    """
    if not isinstance(entry, dict):
        return entry
    if contract is market.Series and "family" in entry:
        warn(
            f"{path} lists families: write rules with author and pattern, "
            "or remove it to use the shipped ones"
        )
    if "workload" not in contract.model_fields or "stratum" not in entry or "workload" in entry:
        return entry
    warn(f"{path}: `stratum` is now called `workload`: rename it")
    return {("workload" if name == "stratum" else name): value for name, value in entry.items()}


def _check_keys(rows: dict[str, Row], key: tuple[str, ...]) -> None:
    """Refuse a repeated key, and a period that overlaps another of the same subject."""
    seen = set[tuple[object, ...]]()
    for place, row in rows.items():
        identity = tuple(row[column] for column in key)
        if identity in seen:
            raise RefusalError(f"{place}: repeats the {', '.join(key)} of an earlier row")
        seen.add(identity)
    if "valid_from" in key:
        _check_periods(rows.items(), [column for column in key if column != "valid_from"])


def _check_periods(rows: Iterable[tuple[str, Row]], subject: list[str]) -> None:
    ends = dict[tuple[object, ...], date]()
    for place, row in sorted(rows, key=lambda one: one[1]["valid_from"]):
        whose, start = tuple(row[column] for column in subject), row["valid_from"]
        if whose in ends and start < ends[whose]:
            raise RefusalError(f"{place}: field valid_from: {start} is inside an earlier period")
        ends[whose] = row["valid_before"]


class _StrictLoader(yaml.CSafeLoader):
    """Refuse a repeated key in an entry; YAML would silently use the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise yaml.YAMLError(f"{', '.join(sorted(repeated))} is repeated{node.start_mark}")
        return super().construct_mapping(node, deep)


COMMENT = "#"
"""The first character of a line of a CSV file that is no row."""


def entries(path: Path, may_be_empty: bool = False) -> Iterator[tuple[str, object]]:
    """Yield each entry of a file with its place, a line or a number; comments are skipped."""
    try:
        decoded = read_limited(path).decode("utf-8-sig")
        text = io.StringIO(decoded, newline=None).read()  # any line ends
        if path.suffix == ".yaml":
            listed = yaml.load(text, _StrictLoader)  # noqa: S506 a SafeLoader, only stricter
            if listed is None and may_be_empty and text.strip():
                return  # comments only
            if not isinstance(listed, list):
                raise RefusalError(f"{path} must be a YAML list of entries")
            yield from ((f"entry {number}", entry) for number, entry in enumerate(listed, 1))
        else:
            yield from _lines(text)
    except RecursionError:
        raise RefusalError(f"{path} cannot be read: it is nested too deeply") from None
    except (UnicodeDecodeError, yaml.YAMLError, csv.Error) as error:
        raise RefusalError(f"{path} cannot be read: {' '.join(str(error).split())}") from None


def _lines(text: str) -> Iterator[tuple[str, Row]]:
    """Yield each row of a CSV file with its line; lines that begin with COMMENT are skipped."""
    lines = io.StringIO(text, newline="").readlines()
    above = next((n for n, line in enumerate(lines) if not line.startswith(COMMENT)), len(lines))
    reader = csv.DictReader(lines[above:], strict=True)
    for row in reader:
        if not f"{next(iter(row.values()))}".startswith(COMMENT):
            yield f"line {above + reader.line_num}", row
