"""The home's own evaluations with those of logs added: which count, which are refused, and why."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.reference.evaluations.logs import Evaluation, EvaluationRow

Shape = Mapping[str, Any]
"""An entry of workloads.yaml."""

Outcome = Literal["imported", "replaced", "unchanged", "refused"]


@dataclass(frozen=True)
class Import:
    """What became of an evaluation in a log; `because` says why it was refused."""

    row: EvaluationRow
    trials: int | None
    errors: int
    outcome: Outcome
    because: str | None


def imports(
    own: Iterable[EvaluationRow],
    found: Iterable[Evaluation],
    workloads: Mapping[str, Shape],
    offered: Collection[str],
) -> tuple[list[EvaluationRow], list[Import]]:
    """Return the rows of own_evaluation.csv once evaluations are added, and what became of each.

    `workloads` are entries of workloads.yaml by name, `offered` the models of all catalogues. A
    test counts once: a newer log of it replaces the older one, the same file changes nothing.
    """
    rows = {_key(row): row for row in own}
    done = []
    for one in found:
        before = rows.get(_key(one.row))
        faults = one.faults or [*_faults(one.row, before, workloads, offered)]
        outcome: Outcome = "refused" if faults else "replaced" if before else "imported"
        if before and before["file_sha256"] == one.row["file_sha256"]:
            outcome, faults = "unchanged", []
        if outcome in ("imported", "replaced"):
            rows[_key(one.row)] = one.row
        because = f"{one.row['source']}: {'; '.join(faults)}" if faults else None
        done.append(Import(one.row, one.trials, one.errors, outcome, because))
    return list(rows.values()), done


def _key(row: EvaluationRow) -> tuple[str, str, str, str]:
    return row["workload"], row["model_id"], row["tool"], row["test"]


def _faults(
    row: EvaluationRow,
    before: EvaluationRow | None,
    workloads: Mapping[str, Shape],
    offered: Collection[str],
) -> Iterator[str]:
    """Yield why an evaluation cannot count."""
    shape = workloads.get(row["workload"])
    if shape is None:
        yield f"no workload {row['workload']!r}: workloads.yaml has {', '.join(workloads)}"
    elif not shape["benchmarks"]:
        yield f"{row['workload']}: its floor is a place on the index, which no task measures"
    if row["model_id"] not in offered:
        yield f"no catalogue lists the model {row['model_id']!r}"
    if before and row["recorded_on"] < before["recorded_on"]:
        yield f"a newer log of the test {row['test']} counts, of {before['recorded_on']}"
