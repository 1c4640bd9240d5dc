"""The exports as assets behind a gate.

Each renders its files and says which; the last one delivers them all, or none.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from pipelines.exports import datapackage, delivery, export_files, gate, mart_files, routing_reader
from pipelines.exports.delivery import Files
from pipelines.exports.routing_document import RoutingDocument
from pipelines.home import refusals
from pipelines.orchestration.warehouse_assets import MODELS
from pipelines.report import digest, feed
from pipelines.settings import settings

ROUTING_TABLE = dg.AssetKey(["marts", "routing_table"])
MARTS = [dg.AssetKey(model.name.split(".")) for model in MODELS if model.schema == "marts"]


@contextmanager
def _remembering() -> Iterator[None]:
    """Let `tokenhouse status` say since when and why the exports are stale."""
    with refusals.recording(settings().tokenhouse_home, refusals.EXPORTS):
        yield


def _admitted() -> RoutingDocument:
    return gate.passed(routing_reader.read(settings().database))


def _listed(files: Files) -> dg.MaterializeResult[None]:
    text = "\n".join(f"- `exports/{name}`" for name in files)
    return dg.MaterializeResult(
        metadata={"files": dg.MetadataValue.md(text), "file_count": len(files)}
    )


@dg.asset(key=["exports", "gate"], deps=[ROUTING_TABLE], group_name="exports", kinds={"python"})
@_remembering()
def export_gate() -> dg.MaterializeResult[None]:
    """Refuse routes that break the compliance matrix or lead to a model gone or retiring."""
    routes = _admitted()
    return dg.MaterializeResult(
        metadata={
            "open_routes": len(routes.open_routes),
            "left_out": dg.MetadataValue.md("\n".join(f"- {one}" for one in routes.left_out)),
        }
    )


def _export(name: str) -> dg.AssetsDefinition:
    render = export_files.EXPORTERS[name]

    @dg.asset(
        key=["exports", name],
        deps=[export_gate],
        group_name="exports",
        kinds={"file"},
        description=f"{inspect.getdoc(inspect.getmodule(render))}",
    )
    @_remembering()
    def export() -> dg.MaterializeResult[None]:
        return _listed(render(_admitted()))

    return export


gateways = [_export(name) for name in export_files.EXPORTERS]


@dg.asset(
    key=["exports", "marts"], deps=[export_gate, *MARTS], group_name="exports", kinds={"parquet"}
)
@_remembering()
def marts() -> dg.MaterializeResult[None]:
    """Every mart as Parquet, with source, licence and as-of in the footer."""
    return _listed(mart_files.render(MODELS, settings().database))


@dg.asset(key=["exports", "datapackage"], deps=[marts], group_name="exports", kinds={"json"})
@_remembering()
def marts_package() -> dg.MaterializeResult[None]:
    """The Parquet marts in the Data Package standard: fields, units, keys, licence, sources."""
    marts = mart_files.render(MODELS, settings().database)
    return _listed({"datapackage.json": datapackage.describe(MODELS, settings().database, marts)})


@dg.asset(
    key=["exports", "digest"],
    deps=[export_gate, *MARTS],
    group_name="exports",
    kinds={"markdown", "xml"},
)
@_remembering()
def digest_and_feed() -> dg.MaterializeResult[None]:
    """What changed in five lines: `digest.md` for the newest week, an Atom feed of all of them."""
    return _listed({**digest.render(settings().database), **feed.render(settings().database)})


@dg.asset(
    key=["exports", "manifest"],
    deps=[*gateways, marts, marts_package, digest_and_feed],
    group_name="exports",
    kinds={"json"},
)
@_remembering()
def manifest() -> dg.MaterializeResult[None]:
    """All exported files, delivered as one set, with their checksums and the run they belong to.

    The set before is kept. A file that was edited is replaced: the home's exports are ours alone.
    """
    routes = _admitted()
    files = export_files.home_files(routes, MODELS, settings().database)
    delivery.deliver(settings().exports, files, routes.run_id, over_edits=True)
    refusals.clear(settings().tokenhouse_home, refusals.EXPORTS)
    return _listed(files)


EXPORTS = [export_gate, *gateways, marts, marts_package, digest_and_feed, manifest]
