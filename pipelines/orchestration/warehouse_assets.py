"""The SQL models as assets: all built in one step, checked, and published together."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import duckdb

from pipelines.errors import RefusalError
from pipelines.home import refusals
from pipelines.home.database import connect
from pipelines.lake import decisions
from pipelines.models import build, definition
from pipelines.models.definition import Model
from pipelines.orchestration.asset_charts import chart
from pipelines.orchestration.asset_metadata import preview
from pipelines.queries.published import query
from pipelines.reference.loader import TABLES
from pipelines.settings import ROOT, settings
from pipelines.sources.datasets import DATASETS

REFERENCE = [
    dg.AssetSpec(
        ["reference", table],
        group_name="reference",
        description=contract.__doc__,
        kinds={file.rpartition(".")[2]},
    )
    for table, (file, contract, _) in TABLES.items()
]
"""The hand-kept tables: nothing makes them but people."""


SHOWN = 3
"""Findings that a message names; the others are counted."""


def _is_asset(name: str) -> bool:
    """Whether Dagster waits for a table: one that may be skipped would skip what follows it."""
    schema, table = name.split(".")
    return schema != "home" and (schema != "lake" or DATASETS[table].is_essential)


def _check_name(check: str) -> str:
    return re.sub(r"\W+", "_", check)


def _spec(model: Model) -> dg.AssetSpec:
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            column.comment,
            constraints=dg.TableColumnConstraints(
                nullable=not column.required, unique=model.front.unique == [column.name]
            ),
        )
        for column in model.columns
    ]
    return dg.AssetSpec(
        model.name.split("."),
        deps=[dg.AssetKey(name.split(".")) for name in sorted(model.inputs) if _is_asset(name)],
        group_name=model.schema,
        description=f"{model.front.description}\n\nA row is: {model.front.grain}.",
        kinds={"duckdb", "sql"},
        skippable=True,
        metadata={
            "dagster/column_schema": dg.TableSchema(columns),
            "dagster/table_name": model.name,
            "sql": dg.MetadataValue.md(f"```sql\n{model.sql}\n```"),
            "file": model.path.relative_to(ROOT).as_posix(),
        },
    )


def warehouse_of(models: tuple[Model, ...]) -> dg.AssetsDefinition:
    """Return the step that builds, checks and publishes these models together."""

    @dg.multi_asset(
        name="warehouse",
        specs=[_spec(model) for model in models],
        check_specs=[
            dg.AssetCheckSpec(
                _check_name(check),
                asset=model.name.split("."),
                description=f"{check[:1].upper()}{check[1:]}: no row of `{query}`",
                blocking=True,
            )
            for model in models
            for check, query in model.checks.items()
        ],
        can_subset=True,
    )
    def warehouse(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        """Build every model, run every check, and swap the new database in if all of them hold."""
        selected = context.selected_asset_keys
        home = settings().tokenhouse_home
        with refusals.remembering(home):
            aside, results = build.build(home, models)
            for result in results:
                if _check_key(result) in context.selected_asset_check_keys:
                    yield _check_result(result)
            findings = _findings(aside)
            refusal = _refusal(results, findings)
            if refusal:
                build.discard(aside)
                refusals.refuse(home, refusal, findings=findings)
                raise dg.Failure(f"{refusal}", allow_retries=False)
            if not selected:  # only checks were asked for: nothing is to be replaced
                build.discard(aside)
                return
            build.publish(aside, settings().database)
            decisions.write(settings().lake, settings().database)
            refusals.forget(home)
        with closing(connect(settings().database)) as connection:
            for model in models:
                if dg.AssetKey(model.name.split(".")) in selected:
                    yield _materialization(connection, model)

    return warehouse


def _findings(aside: Path) -> list[refusals.Finding]:
    """Return all that stands in the way of publishing a built file, the gravest reason first."""
    with closing(connect(aside)) as connection:
        found = query(
            connection, "FROM marts.publication_findings WHERE NOT is_accepted ORDER BY week, name"
        )
    return sorted(found, key=lambda row: refusals.GATE_REASONS.index(row["reason"]))


def _refusal(
    results: list[build.CheckResult], findings: list[refusals.Finding]
) -> RefusalError | None:
    """Return why publication is refused: what a person may accept, then what nobody can."""
    failed = [one for one in results if one.failures and one.check != refusals.GATE]
    if not failed and not findings:
        return None
    said = [f"{one['name']}: {one['detail']}" for one in findings[:SHOWN]]
    if len(findings) > SHOWN:
        said.append(f"and {len(findings) - SHOWN} more, which `tokenhouse status` lists")
    if findings:
        said.append('if it is right, `tokenhouse accept NAME --why "…"`')
    said += [f"{one}" for one in failed]
    if failed:
        said.append(
            "a failed check cannot be accepted: mend the model if it is yours, else report it"
        )
    reason = findings[0]["reason"] if findings else "failed_check"
    return RefusalError(f"{'; '.join(said)}; the published database stays as it was", reason)


def _check_key(result: build.CheckResult) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(dg.AssetKey(result.table.split(".")), _check_name(result.check))


def _check_result(result: build.CheckResult) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=result.table.split("."),
        check_name=_check_name(result.check),
        passed=not result.failures,
        description=f"{result}" if result.failures else None,
        metadata={"failing_rows": result.failures},
    )


def _materialization(
    connection: duckdb.DuckDBPyConnection, model: Model
) -> dg.MaterializeResult[None]:
    newest = connection.sql(f"FROM {model.name} ORDER BY {model.front.unique[0]} DESC LIMIT 5")
    ((count,),) = connection.sql(f"SELECT count(*) FROM {model.name}").fetchall()
    return dg.MaterializeResult(
        asset_key=model.name.split("."),
        metadata={
            "dagster/row_count": count,
            "preview": preview(newest.to_arrow_table()),
            **chart(connection, model.name),
        },
    )


MODELS = definition.load()

warehouse = warehouse_of(MODELS)
