"""The exports as assets; each writes its files whole and leaves unchanged ones alone."""

from pathlib import Path

import dagster as dg

from pipelines.assets.warehouse import MODELS
from pipelines.exports import datapackage, document, openclaw, tables
from pipelines.lock import writing
from pipelines.report import digest, feed
from pipelines.settings import settings

ROUTING_TABLE = dg.AssetKey(["marts", "routing_table"])
MARTS = [dg.AssetKey(model.name.split(".")) for model in MODELS if model.schema == "marts"]


def _paths(paths: list[Path]) -> dg.MaterializeResult[None]:
    home = settings().tokenhouse_home
    listed = "\n".join(f"- `{path.relative_to(home)}`" for path in paths)
    return dg.MaterializeResult(
        metadata={"files": dg.MetadataValue.md(listed), "file_count": len(paths)}
    )


@dg.asset(
    key=["exports", "routing_table"], deps=[ROUTING_TABLE], group_name="exports", kinds={"file"}
)
def routing_table() -> dg.MaterializeResult[None]:
    """The newest week's routes as Parquet, CSV, JSON and Markdown."""
    routes = document.read(settings().database)
    return _paths(tables.write_routing_table(routes, settings().database, settings().exports))


@dg.asset(key=["exports", "openclaw"], deps=[ROUTING_TABLE], group_name="exports", kinds={"json"})
def openclaw_includes() -> dg.MaterializeResult[None]:
    """Files that a person's own openclaw.json includes; blocked routes are left out."""
    return _paths(openclaw.write(document.read(settings().database), settings().exports))


@dg.asset(key=["exports", "marts"], deps=MARTS, group_name="exports", kinds={"parquet"})
def marts() -> dg.MaterializeResult[None]:
    """Every mart as Parquet, with source, licence and as-of in the footer."""
    return _paths(tables.write_marts(MODELS, settings().database, settings().exports))


@dg.asset(key=["exports", "datapackage"], deps=[marts], group_name="exports", kinds={"json"})
def marts_package() -> dg.MaterializeResult[None]:
    """The Parquet marts in the Data Package standard: fields, units, keys, licence, sources."""
    return _paths([datapackage.write(MODELS, settings().database, settings().exports)])


@dg.asset(key=["exports", "digest"], deps=MARTS, group_name="exports", kinds={"markdown", "xml"})
def digest_and_feed() -> dg.MaterializeResult[None]:
    """What changed in five lines: `digest.md` for the newest week, an Atom feed of all of them."""
    database, exports = settings().database, settings().exports
    return _paths([*digest.write(database, exports), *feed.write(database, exports)])


@dg.asset(
    key=["exports", "manifest"],
    deps=[routing_table, openclaw_includes, marts, marts_package, digest_and_feed],
    group_name="exports",
    kinds={"json"},
)
def manifest() -> dg.MaterializeResult[None]:
    """The list of all exported files with their checksums and the run they belong to.

    It writes all of them once more, which changes nothing where nothing has changed: so it never
    lists a file of another run, and a file that no export makes any more is removed.
    """
    database, exports = settings().database, settings().exports
    with writing(settings().tokenhouse_home):
        routes = document.read(database)
        written = [
            *tables.write_routing_table(routes, database, exports),
            *openclaw.write(routes, exports),
            *tables.write_marts(MODELS, database, exports),
            datapackage.write(MODELS, database, exports),
            *digest.write(database, exports),
            *feed.write(database, exports),
        ]
        path = document.write_manifest(exports, routes.run_id, written)
    return _paths([path])
