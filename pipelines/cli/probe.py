"""Store what gateways report of themselves, and compare it with what was exported."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import console
from pipelines.cli.app import ExportFolder, Json, app, export_folder
from pipelines.errors import RefusalError
from pipelines.limits import LARGEST_FILE
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.probes.facts import Probe
    from pipelines.probes.gate import Check
    from pipelines.probes.loaded import Comparison

ROUND_TRIP = ("round_trips", "p50_ms", "p99_ms")


@app.command()
def probe(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|-]", help="JSON that gateways printed; - is standard input."),
    ] = None,
    forget: Annotated[
        str | None,
        typer.Option(metavar="GATEWAY", help="Ignore what was probed of a gateway until now."),
    ] = None,
    to: ExportFolder = None,
    json: Json = False,
) -> None:
    """Store what gateways report, and show whether they are well and have loaded the export.

    Only a few facts of each status are stored. Exits with 1 unless every check has passed and every
    loaded chain is as exported; what is not known is neither.
    """
    from pipelines.exports import delivered
    from pipelines.probes import gate, loaded, log
    from pipelines.runbook import deployment

    home, folder, now = settings().tokenhouse_home, export_folder(to), datetime.now(UTC)
    found = _read(file, now) if file else []
    document = delivered.document(folder)
    if forget:
        log.forget(home, _known_gateway(forget), now)
    added = log.add(home, found)
    probes = log.read(home)
    checks = gate.checks(probes, now)
    newest = log.newest(probes, now)
    compared = loaded.compare(document, newest, loaded.since(delivered.instant(folder), now))
    place = deployment.checked(probes, now)
    if json:
        console.as_json(
            {
                "stored": added,
                "checks": [asdict(one) for one in checks],
                "loaded": [asdict(one) for one in compared],
                "place": place,
                "round_trips": [
                    {"kind": one.kind, "at": one.at, **{key: one.facts[key] for key in ROUND_TRIP}}
                    for one in newest.values()
                    if "round_trips" in one.facts
                ],
                "latency_p99_seconds": document.latencies,
            }
        )
    else:
        _show(added, checks, compared, place)
        _show_round_trips(list(newest.values()), document.latencies)
    # What a script says of a place is nothing about a gateway that nobody has probed.
    is_known = bool(checks or found)
    is_well = all(one.result == "passed" for one in checks)
    if not (is_known and is_well and all(one.result == "equal" for one in compared)):
        raise typer.Exit(1)


def _known_gateway(name: str) -> str:
    from pipelines.probes.facts import GATEWAYS

    if name not in GATEWAYS:
        raise RefusalError(f"no gateway {name!r} is probed: there are {', '.join(GATEWAYS)}")
    return name


def _read(file: str, now: datetime) -> "list[Probe]":
    """Return the probes of a file or of standard input; none is younger than now."""
    from pipelines.home.files import read_limited
    from pipelines.probes import facts

    if file == "-":
        content, source, at = sys.stdin.buffer.read(LARGEST_FILE + 1), "standard input", now
        if len(content) > LARGEST_FILE:
            raise RefusalError(f"{source} is larger than {LARGEST_FILE // 2**20} MB")
    else:
        path = Path(file).expanduser()
        content, source = read_limited(path), f"{path}"
        at = min(datetime.fromtimestamp(path.stat().st_mtime, UTC), now)
    return facts.read(content.decode(errors="replace"), source, at)


def _show_round_trips(probes: "list[Probe]", latencies: dict[str, float | None]) -> None:
    from pipelines.words import probes as words
    from pipelines.words.language import english

    for line in words.round_trips(english(), probes, latencies):
        console.line(line)


def _show(
    added: int, checks: "list[Check]", compared: "list[Comparison]", place: dict[str, Any]
) -> None:
    from pipelines.probes import names
    from pipelines.queries.published import reading
    from pipelines.words import probes as words
    from pipelines.words.language import english

    language = english()
    if added:
        console.line(language.say("probe.stored", count=added))
    if place:
        console.table(
            "What scripts say of the place", ["check", "result"], words.place(language, place)
        )
    if not checks:
        console.line(language.say("probe.unprobed"))
        return
    console.table(
        "What the gateways report",
        ["gateway", "check", "result", "probed"],
        [words.check(language, one) for one in checks],
    )
    with reading(settings().database) as connection:
        known = names.known(connection)
    console.table(
        "What the gateways have loaded",
        ["gateway", "workload", "chain"],
        [[one.gateway, one.workload, words.comparison(language, one, known)] for one in compared],
    )
    if any(one.result == "unknown" for one in compared):
        console.line(language.say("probe.loaded_unknown"))
