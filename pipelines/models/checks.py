"""Run the checks of the models on a built database."""

from dataclasses import dataclass, field

import duckdb

from pipelines.errors import RefusalError
from pipelines.home.database import first_line
from pipelines.models.definition import PRIVATE, Model


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check: how many rows break it, and the first few of them.

    Rows of the private schema are in no message: what is printed is also recorded.
    """

    table: str
    check: str
    failures: int
    examples: list[tuple[object, ...]] = field(default_factory=list)

    def __str__(self) -> str:
        rows = f"{self.failures} row{'s' * (self.failures != 1)}"
        said = f"{self.table}: check «{self.check}» fails in {rows}"
        if not self.examples:
            return said
        shown = ["(" + ", ".join(map(str, row)) + ")" for row in self.examples]
        more = self.failures - len(shown)
        return f"{said}: {', '.join(shown)}{f' and {more} more' if more else ''}"


def run(connection: duckdb.DuckDBPyConnection, model: Model) -> list[CheckResult]:
    """Run a model's checks; RefusalError naming a check that is not valid SQL."""
    results = []
    for name, query in model.checks.items():
        try:
            failures = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0]
            is_shown = failures and model.schema != PRIVATE
            examples = connection.execute(f"{query} LIMIT 3").fetchall() if is_shown else []
        except duckdb.Error as error:
            raise RefusalError(f"{model.path}: check «{name}»: {first_line(error)}") from None
        results.append(CheckResult(model.name, name, failures, examples))
    return results
