"""The SQL models as assets: all built in one step, checked, and published together."""

import re
from collections.abc import Iterator

import dagster as dg
import duckdb

from pipelines.home import sharing
from pipelines.home.database import connected
from pipelines.models import definition
from pipelines.models.checks import CheckResult
from pipelines.models.definition import Model
from pipelines.models.release import release
from pipelines.orchestration.asset_charts import chart
from pipelines.orchestration.asset_metadata import preview
from pipelines.orchestration.refused import in_one_line
from pipelines.reference.files import FILES
from pipelines.reference.loader import TABLES
from pipelines.settings import ROOT, settings
from pipelines.sources.datasets import DATASETS

REFERENCE = [
    dg.AssetSpec(
        ["reference", table],
        group_name="reference",
        description=contract.__doc__,
        kinds={FILES[table].rpartition(".")[2]},
    )
    for table, (contract, _) in TABLES.items()
]
"""The hand-kept tables: only people change them."""


def _deps(model: Model) -> list[dg.AssetKey]:
    """Return the assets that a model reads.

    One that reads no response waits for the rankings too: without them nothing is published, and a
    backfill would start with it.
    """
    inputs = {name for name in model.inputs if _is_asset(name)}
    if all(name.startswith("reference.") for name in inputs):
        inputs.add("lake.rankings_daily")
    return [dg.AssetKey(name.split(".")) for name in sorted(inputs)]


def _is_asset(name: str) -> bool:
    """Whether an input is one of the assets: what people import, and the home's record, is not."""
    schema, table = name.split(".")
    return schema != "home" and (schema != "lake" or table in DATASETS)


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
        deps=_deps(model),
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
    @in_one_line
    def warehouse(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
        """Build every model, run every check, and publish the new database if none fails."""
        selected = context.selected_asset_keys
        home = settings().tokenhouse_home
        results, refusal = release(home, models, only_checks=not selected)
        sharing.share(home, settings().shared)
        for result in results:
            if _check_key(result) in context.selected_asset_check_keys:
                yield _check_result(result)
        if refusal:
            raise refusal
        if not selected:
            return
        with connected(settings().database) as connection:
            for model in models:
                if dg.AssetKey(model.name.split(".")) in selected:
                    yield _materialization(connection, model)

    return warehouse


def _check_key(result: CheckResult) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(dg.AssetKey(result.table.split(".")), _check_name(result.check))


def _check_result(result: CheckResult) -> dg.AssetCheckResult:
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
    if model.schema == definition.PRIVATE:  # its rows are shown nowhere
        return dg.MaterializeResult(asset_key=model.name.split("."))
    newest = connection.sql(f"FROM {model.name} ORDER BY {model.front.unique[0]} DESC LIMIT 5")
    ((count,),) = connection.execute(f"SELECT count(*) FROM {model.name}").fetchall()
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
