"""The exports as assets behind a gate: rendered once, delivered as one set, then reported."""

import inspect
from collections.abc import Collection, Iterator

import dagster as dg

from pipelines.drill import card
from pipelines.errors import RefusalError
from pipelines.exports import (
    admission,
    datapackage,
    delivery,
    export_files,
    hold,
    mart_files,
    routing_reader,
)
from pipelines.exports.delivery import MANIFEST
from pipelines.home import refusals
from pipelines.orchestration.refused import in_one_line
from pipelines.orchestration.warehouse_assets import MODELS
from pipelines.settings import settings

MARTS = [dg.AssetKey(model.name.split(".")) for model in MODELS if model.schema == "marts"]
MANIFEST_KEY = dg.AssetKey(["exports", "manifest"])


@dg.asset(
    key=["exports", "gate"],
    deps=[dg.AssetKey(["marts", "routing_table"])],
    group_name="exports",
    kinds={"python"},
)
@in_one_line
def export_gate() -> dg.MaterializeResult[None]:
    """Refuse routes that break the compliance matrix, reach a retired model, or are too old.

    They may be of any age, unless TOKENHOUSE_EXPORT_MAX_AGE_DAYS is set. Where
    TOKENHOUSE_EXPORT_REQUIRES names the drill and the run has none yet, this is its drill.
    """
    with refusals.recording(settings().tokenhouse_home, refusals.EXPORTS):
        if "drill" in settings().export_requires:
            _drill()
        routes = admission.admitted(settings())
    return dg.MaterializeResult(
        metadata={
            "open_routes": len(routes.open_routes),
            "left_out": dg.MetadataValue.md("\n".join(f"- {one}" for one in routes.left_out)),
        }
    )


def _drill() -> None:
    """Drill the published routes and store the card, unless their run has one."""
    home, document = settings().tokenhouse_home, routing_reader.read(settings().database)
    if card.read(home, document.run_id):
        return
    try:
        card.store(home, card.make(document, document.open_routes))
    except ModuleNotFoundError:
        raise RefusalError(
            "TOKENHOUSE_EXPORT_REQUIRES names the drill: install tokenhouse[drill]", "export_gate"
        ) from None


def _spec(
    name: str,
    description: str | None,
    kinds: Collection[str],
    deps: Collection[dg.AssetKey] = (),
) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["exports", name],
        deps=[export_gate.key, *deps],
        group_name="exports",
        description=description,
        kinds={*kinds},
    )


ROUTING_SPECS = [
    _spec(name, inspect.getdoc(inspect.getmodule(render)), {"file"})
    for name, render in export_files.EXPORTERS.items()
]
MART_SPECS = [
    _spec("marts", inspect.getdoc(mart_files), {"csv", "parquet"}, MARTS),
    _spec("datapackage", inspect.getdoc(datapackage), {"json"}, MARTS),
    _spec(
        "digest",
        "What changed: `digest.md` for the newest week, and an Atom feed of the last 52 weeks.",
        {"markdown", "xml"},
        MARTS,
    ),
]
MANIFEST_SPEC = _spec(
    "manifest",
    "The checksum of every exported file, and the run they belong to.",
    {"json"},
    [spec.key for spec in (*ROUTING_SPECS, *MART_SPECS)],
)


@dg.multi_asset(name="exports", specs=[*ROUTING_SPECS, *MART_SPECS, MANIFEST_SPEC])
@in_one_line
def exports() -> Iterator[dg.MaterializeResult[None]]:
    """Render every file once, deliver all of them or none, and report what was delivered.

    The previous set is kept. A file edited by hand is replaced: the home's exports are ours alone.
    While they are held, nothing is delivered and every file is reported as held.
    """
    home = settings().tokenhouse_home
    held = hold.read(settings().exports)
    if held:
        for spec in (*ROUTING_SPECS, *MART_SPECS, MANIFEST_SPEC):
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"not_delivered": f"{held}"})
        return
    with refusals.recording(home, refusals.EXPORTS):
        routes = admission.admitted(settings())
        chosen = settings()
        rendered = export_files.by_exporter(routes, MODELS, chosen.database, chosen.tokenhouse_site)
        files = export_files.merged(rendered)
        delivery.deliver(settings().exports, files, routes.run_id, over_edits=True)
        refusals.clear(home, refusals.EXPORTS)
    for name, written in rendered.items():
        yield _materialized(dg.AssetKey(["exports", name]), written)
    yield _materialized(MANIFEST_KEY, [MANIFEST])


def _materialized(key: dg.AssetKey, names: Collection[str]) -> dg.MaterializeResult[None]:
    text = "\n".join(f"- `exports/{name}`" for name in names)
    return dg.MaterializeResult(
        asset_key=key, metadata={"files": dg.MetadataValue.md(text), "file_count": len(names)}
    )


EXPORTS = [export_gate, exports]
