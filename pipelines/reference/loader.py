"""The hand-kept tables: judgements, each row checked when it is loaded."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from pydantic import BaseModel
from pydantic import ValidationError as ContractError

from pipelines.arrow import arrow_schema
from pipelines.errors import RefusalError, first_fault, warn
from pipelines.home.files import read_limited
from pipelines.reference import claims, market, routing, usage
from pipelines.reference.files import FILES, paths_of
from pipelines.reference.origins import BLOCS
from pipelines.settings import REFERENCE

Row = dict[str, Any]
"""One row by column, of the table's contract."""


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

NEW_AUTHORS = "general_chat"
"""The class of models whose author has no classified model yet, as in `core.model_mix`."""

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
    """Return a reference table in the order of its file, or of its files by name.

    Files in the folder `own`, a home's, replace the shipped ones of the same name. A parameter that
    the home's file lacks is the shipped one: a version may need more than an older file has.
    Raises RefusalError naming file, line (or entry) and field of the first row that is wrong.
    """
    rows = read(table, paths_of(table, own))
    if table != "parameter" or own is None:
        return rows
    shipped = read(table, paths_of(table))
    lacking = pc.invert(pc.is_in(shipped["parameter"], rows["parameter"]))
    return pa.concat_tables([rows, shipped.filter(lacking)])


def read(table: str, paths: list[Path]) -> pa.Table:
    """Return the rows of files that have the form of a reference table.

    Raises RefusalError as `load` does.
    """
    contract, key = TABLES[table]
    if table == "claims":
        return _read_claims(paths)
    rows: dict[str, Row] = {}
    for path in paths:
        before = len(rows)
        for place, entry in entries(path):
            rows[f"{path}, {place}"] = validated(contract, entry, path, place)
        if len(rows) == before and table not in MAY_BE_EMPTY:
            raise RefusalError(f"{path} contains no rows")
    _check_keys(rows, key)
    return pa.Table.from_pylist(list(rows.values()), schema=arrow_schema(contract))


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


def as_csv(table: str, rows: Iterable[Row]) -> bytes:
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

    Raises RefusalError as `load` does, or naming a file and what another table does not contain.
    """
    tables = {table: load(table, own) for table in TABLES}
    for table, fault in _faults_between({name: rows.to_pylist() for name, rows in tables.items()}):
        raise RefusalError(f"{paths_of(table, own)[0]}{fault}")
    return tables


def models_named(tables: dict[str, pa.Table]) -> list[dict[str, str]]:
    """Return the model ids that people rule on or have evaluated, with the file that names each."""
    policy = tables["deploy_policy"].to_pylist()
    ruled = {row["name"] for row in policy if row["kind"] == "model"}
    evaluated = set(tables["own_evaluation"]["model_id"].to_pylist())
    named = [("deploy_policy", ruled), ("own_evaluation", evaluated)]
    return [
        {"file": FILES[table], "model_id": model} for table, ids in named for model in sorted(ids)
    ]


def _faults_between(tables: dict[str, list[Row]]) -> Iterator[tuple[str, str]]:
    """Yield each fault between tables: the table to mend, and the rest of the message."""
    workloads = {row["workload"] for row in tables["workloads"]}
    authors = {row[column] for column in ("author", "vendor") for row in tables["vendors"]}
    yield from _unknown_evidence(tables)
    yield from _unknown_vendors(tables["vendors"])
    yield from _unknown_classes(tables)
    vendors = {row["vendor"] for row in tables["vendors"]}
    yield from (
        ("calibration", f": vendor {row['vendor']!r} is not in {FILES['vendors']}")
        for row in tables["calibration"]
        if row["vendor"] not in vendors
    )
    yield from (
        ("own_evaluation", f": workload {row['workload']!r} is not in {FILES['workloads']}")
        for row in tables["own_evaluation"]
        if row["workload"] not in workloads
    )
    yield from (
        ("compliance", f": author {row['name']!r} is not in {FILES['vendors']}")
        for row in tables["compliance"]
        if row["kind"] == "author" and row["name"] not in {"*", *authors}
    )
    for row in tables["deploy_policy"]:
        if row["workload"] not in {"*", *workloads}:
            fault = f": workload {row['workload']!r} is not in {FILES['workloads']}"
            yield "deploy_policy", fault
        if row["kind"] == "origin" and row["name"] not in BLOCS:
            fault = f": origin {row['name']!r} is none of {', '.join(BLOCS)}"
            yield "deploy_policy", fault
        if row["kind"] == "vendor" and row["name"] not in authors:
            yield "deploy_policy", f": vendor {row['name']!r} is not in {FILES['vendors']}"
    yield from _contradictions(tables["deploy_policy"])


def _unknown_vendors(vendors: list[Row]) -> Iterator[tuple[str, str]]:
    """Yield vendors without a row of their own, which would give the company's name."""
    authors = {row["author"] for row in vendors}
    for row in vendors:
        if row["vendor"] not in authors:
            yield "vendors", f", {row['author']}: vendor {row['vendor']!r} has no row as author"


def _unknown_classes(tables: dict[str, list[Row]]) -> Iterator[tuple[str, str]]:
    """Yield classes of work that are named and have no prior."""
    known = {row["workload_class"] for row in tables["class_prior"]}
    if NEW_AUTHORS not in known:
        yield "class_prior", f": class {NEW_AUTHORS!r}, that of new authors, is missing"
    for row in tables["model_class"]:
        if row["workload_class"] not in known:
            fault = f"class {row['workload_class']!r} is not in {FILES['class_prior']}"
            yield "model_class", f", {row['base_permaslug']}: {fault}"


def _unknown_evidence(tables: dict[str, list[Row]]) -> Iterator[tuple[str, str]]:
    """Yield benchmarks and evaluated models that are named and not listed."""
    benchmarks = {row["benchmark"] for row in tables["benchmark"]}
    evaluated = {row["evaluated_model"] for row in tables["quality_index"]}
    for row in tables["workloads"]:
        for name in filter(None, row["benchmarks"].split("|")):
            if name not in benchmarks:
                fault = f", {row['workload']}: benchmark {name!r} is not in {FILES['benchmark']}"
                yield "workloads", fault
    for row in tables["quality_map"]:
        name = row["evaluated_model"]
        if name not in evaluated:
            yield "quality_map", f", {row['model_id']}: {name!r} is not in {FILES['quality_index']}"


def _contradictions(policy: list[Row]) -> Iterator[tuple[str, str]]:
    """Yield rules of one workload that contradict the rule of every workload."""
    everywhere = {
        (row["kind"], row["name"]): row["rule"] for row in policy if row["workload"] == "*"
    }
    for row in policy:
        if everywhere.get((row["kind"], row["name"]), row["rule"]) != row["rule"]:
            yield "deploy_policy", f": {row['kind']} {row['name']} is both allowed and banned"


def validated(contract: type[BaseModel], entry: object, path: Path, place: str) -> Row:
    """Return an entry as a row of the contract; RefusalError names file, place and field."""
    if isinstance(entry, dict):
        entry = _with_present_names(contract, entry, path)
    try:
        return contract.model_validate(entry).model_dump()
    except ContractError as error:
        raise RefusalError(f"{path}, {place}: {first_fault(error, 'entry')}") from None
    except RefusalError as error:
        raise RefusalError(f"{path}, {place}: {error}") from None


def _with_present_names(contract: type[BaseModel], entry: Row, path: Path) -> Row:
    """Return an entry with a workload where version 0.1.0 wrote a stratum.

    A list of the members of a series is read as it is, and reported.
    """
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


def entries(path: Path) -> Iterator[tuple[str, object]]:
    """Yield each entry of a file with its place, a line or a number."""
    try:
        decoded = read_limited(path).decode("utf-8-sig")
        text = io.StringIO(decoded, newline=None).read()  # any line ends
        if path.suffix == ".yaml":
            listed = yaml.load(text, _StrictLoader)  # noqa: S506 a SafeLoader, only stricter
            if not isinstance(listed, list):
                raise RefusalError(f"{path} must be a YAML list of entries")
            yield from ((f"entry {number}", entry) for number, entry in enumerate(listed, 1))
        else:
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            yield from ((f"line {reader.line_num}", row) for row in reader)
    except RecursionError:
        raise RefusalError(f"{path} cannot be read: it is nested too deeply") from None
    except (UnicodeDecodeError, yaml.YAMLError, csv.Error) as error:
        raise RefusalError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
