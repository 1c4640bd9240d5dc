"""Faults between hand-kept tables: what one names and another does not contain."""

from collections.abc import Iterator

import pyarrow as pa

from pipelines.reference.files import FILES
from pipelines.reference.origins import BLOCS
from pipelines.reference.overlay import Row

NEW_AUTHORS = "general_chat"
"""The class of models whose author has no classified model yet, as in `core.model_mix`."""


def models_named(tables: dict[str, pa.Table]) -> list[dict[str, str]]:
    """Return the model ids that people rule on or have evaluated, with the file that names each."""
    policy = tables["deploy_policy"].to_pylist()
    ruled = {row["name"] for row in policy if row["kind"] == "model"}
    evaluated = set(tables["own_evaluation"]["model_id"].to_pylist())
    named = [("deploy_policy", ruled), ("own_evaluation", evaluated)]
    return [
        {"file": FILES[table], "model_id": model} for table, ids in named for model in sorted(ids)
    ]


def faults_between(tables: dict[str, list[Row]]) -> Iterator[tuple[str, str]]:
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
