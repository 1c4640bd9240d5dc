"""The SQL models as assets: all built in one step, checked, and published together."""

import re
from collections.abc import Iterator
from contextlib import closing

import dagster as dg

from pipelines import reference
from pipelines.assets.metadata import preview
from pipelines.exports.document import connect
from pipelines.models import build, definition
from pipelines.models.definition import Model
from pipelines.settings import ROOT, settings

REFERENCE = [
    dg.AssetSpec(
        ["reference", table],
        group_name="reference",
        description=contract.__doc__,
        kinds={file.rpartition(".")[2]},
    )
    for table, (file, contract, _) in reference.TABLES.items()
]
"""The hand-kept tables: nothing makes them but people."""


def _check_name(check: str) -> str:
    return re.sub(r"\W+", "_", check)


def _spec(model: Model) -> dg.AssetSpec:
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            f"{column.description} [{column.unit}]",
            constraints=dg.TableColumnConstraints(
                nullable=not column.required, unique=model.front.unique == [column.name]
            ),
        )
        for column in model.columns
    ]
    return dg.AssetSpec(
        model.name.split("."),
        deps=[dg.AssetKey(name.split(".")) for name in sorted(model.inputs)],
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


MODELS = definition.load()


@dg.multi_asset(
    name="warehouse",
    specs=[_spec(model) for model in MODELS],
    check_specs=[
        dg.AssetCheckSpec(
            _check_name(check), asset=model.name.split("."), description=check, blocking=True
        )
        for model in MODELS
        for check in model.checks
    ],
    can_subset=True,
)
def warehouse(
    context: dg.AssetExecutionContext,
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """Build every model, run every check, and swap the new database in if all of them hold."""
    selected = context.selected_asset_keys
    aside, results = build.build(settings().tokenhouse_home, MODELS)
    failed = [result for result in results if result.failures]
    for result in results:
        key = dg.AssetKey(result.table.split("."))
        if key in selected:
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=_check_name(result.check),
                passed=not result.failures,
                description=str(result) if result.failures else None,
                metadata={"failing_rows": result.failures},
            )
    if failed:
        build.discard(aside)
        raise dg.Failure(
            "; ".join(map(str, failed)) + "; the published database stays as it was",
            allow_retries=False,
        )
    build.publish(aside, settings().database)
    with closing(connect(settings().database)) as connection:
        for model in MODELS:
            key = dg.AssetKey(model.name.split("."))
            if key in selected:
                newest = ", ".join(f"{column} DESC" for column in model.front.unique[:1])
                rows = connection.sql(f"FROM {model.name} ORDER BY {newest} LIMIT 5")
                count = connection.sql(f"SELECT count(*) FROM {model.name}").fetchall()[0][0]
                yield dg.MaterializeResult(
                    asset_key=key,
                    metadata={
                        "dagster/row_count": count,
                        "preview": preview(rows.to_arrow_table()),
                    },
                )
