"""Run the checks of the models on a built database."""

from dataclasses import dataclass, field

import duckdb

from pipelines.errors import RefusalError
from pipelines.home.database import first_line
from pipelines.models.definition import Model


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check: how many rows break it, and the first few of them."""

    table: str
    check: str
    failures: int
    examples: list[tuple[object, ...]] = field(default_factory=list)

    def __str__(self) -> str:
        shown = ["(" + ", ".join(map(str, row)) + ")" for row in self.examples]
        more = self.failures - len(shown)
        rows = f"{self.failures} row{'s' * (self.failures != 1)}"
        return (
            f"{self.table}: check «{self.check}» fails in {rows}: {', '.join(shown)}"
            f"{f' and {more} more' if more else ''}"
        )


def run(connection: duckdb.DuckDBPyConnection, model: Model) -> list[CheckResult]:
    """Run a model's checks; RefusalError naming a check that is not valid SQL."""
    results = []
    for name, query in model.checks.items():
        try:
            failures = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0]
            examples = connection.sql(f"{query} LIMIT 3").fetchall() if failures else []
        except duckdb.Error as error:
            raise RefusalError(f"{model.path}: check «{name}»: {first_line(error)}") from None
        results.append(CheckResult(model.name, name, failures, examples))
    return results
