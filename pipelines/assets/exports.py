"""The exports as assets behind a gate; each writes its files whole, unchanged ones stay alone."""

import inspect

import dagster as dg

from pipelines.assets.warehouse import MODELS
from pipelines.exports import datapackage, delivery, gate, reader, sets, tables
from pipelines.exports.delivery import Files
from pipelines.exports.document import RoutingDocument
from pipelines.files import write_atomically
from pipelines.lock import writing
from pipelines.report import digest, feed
from pipelines.settings import settings

ROUTING_TABLE = dg.AssetKey(["marts", "routing_table"])
MARTS = [dg.AssetKey(model.name.split(".")) for model in MODELS if model.schema == "marts"]


def _admitted() -> RoutingDocument:
    return gate.passed(reader.read(settings().database))


def _write(files: Files) -> dg.MaterializeResult[None]:
    for name, content in files.items():
        write_atomically(settings().exports / name, content)
    return _listed(files)


def _listed(files: Files) -> dg.MaterializeResult[None]:
    text = "\n".join(f"- `exports/{name}`" for name in files)
    return dg.MaterializeResult(
        metadata={"files": dg.MetadataValue.md(text), "file_count": len(files)}
    )


@dg.asset(key=["exports", "gate"], deps=[ROUTING_TABLE], group_name="exports", kinds={"python"})
def export_gate() -> dg.MaterializeResult[None]:
    """Refuse routes that break the compliance matrix or lead to a model that is gone or retiring.

    Behind it the files of another run are replaced; the set that they form is kept until then.
    """
    routes = _admitted()
    with writing(settings().tokenhouse_home):
        delivery.keep_previous(settings().exports, routes.run_id)
    return dg.MaterializeResult(
        metadata={
            "open_routes": len(routes.open_routes),
            "left_out": dg.MetadataValue.md("\n".join(f"- {one}" for one in routes.left_out)),
        }
    )


def _export(name: str) -> dg.AssetsDefinition:
    render = sets.EXPORTERS[name]

    @dg.asset(
        key=["exports", name],
        deps=[export_gate],
        group_name="exports",
        kinds={"file"},
        description=f"{inspect.getdoc(inspect.getmodule(render))}",
    )
    def export() -> dg.MaterializeResult[None]:
        return _write(render(_admitted()))

    return export


gateways = [_export(name) for name in sets.EXPORTERS]


@dg.asset(
    key=["exports", "marts"], deps=[export_gate, *MARTS], group_name="exports", kinds={"parquet"}
)
def marts() -> dg.MaterializeResult[None]:
    """Every mart as Parquet, with source, licence and as-of in the footer."""
    return _write(tables.render_marts(MODELS, settings().database))


@dg.asset(key=["exports", "datapackage"], deps=[marts], group_name="exports", kinds={"json"})
def marts_package() -> dg.MaterializeResult[None]:
    """The Parquet marts in the Data Package standard: fields, units, keys, licence, sources."""
    marts = tables.render_marts(MODELS, settings().database)
    return _write({"datapackage.json": datapackage.describe(MODELS, settings().database, marts)})


@dg.asset(
    key=["exports", "digest"],
    deps=[export_gate, *MARTS],
    group_name="exports",
    kinds={"markdown", "xml"},
)
def digest_and_feed() -> dg.MaterializeResult[None]:
    """What changed in five lines: `digest.md` for the newest week, an Atom feed of all of them."""
    return _write({**digest.render(settings().database), **feed.render(settings().database)})


@dg.asset(
    key=["exports", "manifest"],
    deps=[*gateways, marts, marts_package, digest_and_feed],
    group_name="exports",
    kinds={"json"},
)
def manifest() -> dg.MaterializeResult[None]:
    """The list of all exported files with their checksums and the run they belong to.

    It writes all of them once more, which changes nothing where nothing has changed: so it never
    lists a file of another run, and a file that no export makes any more is removed.
    """
    with writing(settings().tokenhouse_home):
        routes = _admitted()
        files = sets.whole(routes, MODELS, settings().database)
        _write(files)
        delivery.write_manifest(settings().exports, files, routes.run_id)
    return _listed(files)


EXPORTS = [export_gate, *gateways, marts, marts_package, digest_and_feed, manifest]
