"""The hand-kept tables of `warehouse/reference/`: judgements, each row checked on loading."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from pydantic import BaseModel
from pydantic import ValidationError as ContractError

from pipelines.arrow import arrow_schema
from pipelines.errors import RefusalError, first_fault
from pipelines.reference import claims, market, routing
from pipelines.settings import REFERENCE

TABLES: dict[str, tuple[str, type[BaseModel], tuple[str, ...]]] = {
    "vendors": ("vendors.csv", market.Vendor, ("author", "valid_from")),
    "series": ("series.csv", market.Series, ("series", "family", "valid_from")),
    "lineage": ("lineage.csv", market.Lineage, ("model_permaslug",)),
    "weekly_total_history": ("weekly_total_history.csv", market.WeeklyTotal, ("week",)),
    "known_holes": ("known_holes.csv", market.KnownHole, ("date",)),
    "weekday_factor": ("weekday_factor.csv", market.WeekdayFactor, ("weekday",)),
    "observed_mix": ("observed_mix.csv", market.ObservedMix, ("week_end", "model_permaslug")),
    "model_class": ("model_class.csv", market.ModelClass, ("base_permaslug",)),
    "class_prior": ("class_prior.csv", market.ClassPrior, ("workload_class",)),
    "parameter": ("parameter.csv", market.Parameter, ("parameter",)),
    "cache_write": ("cache_write.csv", market.CacheWrite, ("slug_prefix",)),
    "taxonomy": ("taxonomy.csv", market.Category, ("taxonomy", "category", "valid_from")),
    "claims": ("claims/*.csv", claims.Claim, ("file", "claim_id")),
    "price_tier": ("price_tier.csv", market.PriceTier, ("tier", "valid_from")),
    "workloads": ("workloads.yaml", routing.Workload, ("workload",)),
    "quality_index": ("quality_index.csv", routing.QualityIndex, ("evaluated_model",)),
    "benchmark": ("benchmark.csv", routing.Benchmark, ("benchmark",)),
    "quality_map": ("quality_map.csv", routing.QualityMap, ("model_id",)),
    "own_evaluation": ("own_evaluation.csv", routing.OwnEvaluation, ("workload", "model_id")),
    "compliance": ("compliance.csv", routing.Compliance, ("kind", "name", "data_class")),
    "deploy_policy": ("deploy_policy.csv", routing.DeployPolicy, ("workload", "kind", "name")),
}
"""Each table's file, contract and key."""

MAY_BE_EMPTY = frozenset({"own_evaluation"})
"""Tables that start without a row: nobody has evaluated anything yet."""


def load(table: str, folder: Path = REFERENCE) -> pa.Table:
    """Return a reference table in the order of its file, or of its files by name.

    Raises RefusalError naming file, line (or entry) and field of the first row that is wrong.
    """
    name = TABLES[table][0]
    return read(table, sorted(folder.glob(name)) or [folder / name])


def read(table: str, paths: list[Path]) -> pa.Table:
    """Return the rows of files that have the form of a reference table.

    Raises RefusalError as `load` does.
    """
    _, contract, key = TABLES[table]
    kept: dict[str, dict[str, Any]] = {}
    for path in paths:
        before = len(kept)
        for place, entry in _entries(path):
            if "file" in contract.model_fields and isinstance(entry, dict):
                entry = {"file": path.name} | entry
            kept[f"{path}, {place}"] = _validated(contract, entry, f"{path}, {place}")
        if len(kept) == before and table not in MAY_BE_EMPTY:
            raise RefusalError(f"{path} holds no rows")
    _check_keys(kept, key)
    return pa.Table.from_pylist(list(kept.values()), schema=arrow_schema(contract))


def load_all(folder: Path = REFERENCE) -> dict[str, pa.Table]:
    """Return every reference table, all of which know what the others name.

    Raises RefusalError as `load` does, or naming what another table does not know.
    """
    tables = {table: load(table, folder) for table in TABLES}
    for fault in _faults_between(tables):
        raise RefusalError(f"{folder}/{fault}")
    return tables


def _faults_between(tables: dict[str, pa.Table]) -> Iterator[str]:
    """Yield what one table names and another does not know, and rules at odds."""
    rows = {table: content.to_pylist() for table, content in tables.items()}
    workloads = {row["workload"] for row in rows["workloads"]}
    vendors = {row[column] for row in rows["vendors"] for column in ("author", "vendor")}
    companies = {row["author"] for row in rows["vendors"]}
    yield from _unknown_benchmarks(rows)
    for row in rows["own_evaluation"]:
        if row["workload"] not in workloads:
            yield f"own_evaluation.csv: workload {row['workload']!r} is not in workloads.yaml"
    for row in rows["vendors"]:
        if row["vendor"] not in companies:
            yield f"vendors.csv, {row['author']}: vendor {row['vendor']!r} has no row as author"
    for row in rows["compliance"]:
        if row["kind"] == "author" and row["name"] not in {"*", *vendors}:
            yield f"compliance.csv: author {row['name']!r} is not in vendors.csv"
    yield from _policy_faults(rows["deploy_policy"], workloads, vendors)


def _unknown_benchmarks(rows: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Yield the benchmarks and evaluated models that their own tables do not list."""
    benchmarks = {row["benchmark"] for row in rows["benchmark"]}
    evaluated = {row["evaluated_model"] for row in rows["quality_index"]}
    for row in rows["workloads"]:
        for name in filter(None, row["benchmarks"].split("|")):
            if name not in benchmarks:
                yield (
                    f"workloads.yaml, {row['workload']}: benchmark {name!r} is not in benchmark.csv"
                )
    for row in rows["quality_map"]:
        if row["evaluated_model"] not in evaluated:
            yield (
                f"quality_map.csv, {row['model_id']}: {row['evaluated_model']!r} "
                "is not in quality_index.csv"
            )


def _policy_faults(
    policy: list[dict[str, Any]], workloads: set[str], vendors: set[str]
) -> Iterator[str]:
    """Yield what the deploy policy names and no table knows, and rules at odds."""
    rules: dict[tuple[str, str, str], str] = {}
    for row in sorted(policy, key=lambda row: row["workload"] != "*"):
        if row["workload"] not in {"*", *workloads}:
            yield f"deploy_policy.csv: workload {row['workload']!r} is not in workloads.yaml"
        if row["kind"] == "origin" and row["name"] not in market.BLOCS:
            yield f"deploy_policy.csv: origin {row['name']!r} is none of {', '.join(market.BLOCS)}"
        if row["kind"] == "vendor" and row["name"] not in vendors:
            yield f"deploy_policy.csv: vendor {row['name']!r} is not in vendors.csv"
        rules[row["kind"], row["name"], row["workload"]] = row["rule"]
        everywhere = rules.get((row["kind"], row["name"], "*"), row["rule"])
        if everywhere != row["rule"]:
            yield f"deploy_policy.csv: {row['kind']} {row['name']} is both allowed and banned"


def models_named(tables: dict[str, pa.Table]) -> list[dict[str, str]]:
    """Return the model ids that people rule on or have evaluated, with the file that names each."""
    policy = tables["deploy_policy"].to_pylist()
    ruled = {row["name"] for row in policy if row["kind"] == "model"}
    tried = set(tables["own_evaluation"]["model_id"].to_pylist())
    named = [("deploy_policy.csv", ruled), ("own_evaluation.csv", tried)]
    return [{"file": file, "model_id": model} for file, ids in named for model in sorted(ids)]


def _validated(contract: type[BaseModel], entry: object, place: str) -> dict[str, Any]:
    try:
        return contract.model_validate(entry).model_dump()
    except ContractError as error:
        raise RefusalError(f"{place}: {first_fault(error, 'entry')}") from None
    except RefusalError as error:
        raise RefusalError(f"{place}: {error}") from None


def _check_keys(kept: dict[str, dict[str, Any]], key: tuple[str, ...]) -> None:
    """Refuse a key that stands twice, and a period that overlaps another of the same subject."""
    subject = [column for column in key if column != "valid_from"]
    ends = dict[tuple[object, ...], date]()
    known = set[tuple[object, ...]]()
    for place, row in sorted(kept.items(), key=lambda one: one[1].get("valid_from", date.min)):
        identity, whose = (tuple(row[column] for column in names) for names in (key, subject))
        if identity in known:
            raise RefusalError(f"{place}: {', '.join(key)} stands here a second time")
        known.add(identity)
        if "valid_from" in key:
            start = row["valid_from"]
            if whose in ends and start < ends[whose]:
                raise RefusalError(f"{place}: field valid_from: {start} lies in an earlier period")
            ends[whose] = row["valid_before"]


class _StrictLoader(yaml.SafeLoader):
    """Refuse a key that stands twice in an entry; YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"{', '.join(sorted(twice))} stands twice{node.start_mark}")
        return super().construct_mapping(node, deep)


def _common_fields(text: str) -> tuple[dict[str, str], str]:
    """Split off the lines `# name: value` on top of a CSV file: fields that all rows share."""
    fields = {}
    while text.startswith("#"):
        line, _, text = text.partition("\n")
        name, _, value = line.lstrip("# ").partition(":")
        fields[name.strip().lower()] = value.strip()
    return fields, text


def _entries(path: Path) -> Iterator[tuple[str, object]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".yaml":
            entries = yaml.load(text, _StrictLoader)  # noqa: S506 a SafeLoader, only stricter
            if not isinstance(entries, list):
                raise RefusalError(f"{path} must be a YAML list of entries")
            yield from ((f"entry {number}", entry) for number, entry in enumerate(entries, 1))
        else:
            head, body = _common_fields(text)
            reader = csv.DictReader(io.StringIO(body, newline=""), strict=True)
            skipped = text.count("\n") - body.count("\n")
            yield from ((f"line {skipped + reader.line_num}", head | row) for row in reader)
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError, csv.Error) as error:
        raise RefusalError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
