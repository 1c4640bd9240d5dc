"""Notify people, only of what is new: changed routes, alerts, findings in configurations.

The addresses contain secrets. The library writes them into its log, so its log is closed here.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypedDict

from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.queries.published import Rows, reading
from pipelines.report import chains, digest, week_rows
from pipelines.words import findings
from pipelines.words.language import english

LONGEST = 10
"""Changes and alerts that a message lists; the report has all of them."""


class Notified(TypedDict):
    """What the last message was about: each workload's chain, the week's alerts by name, findings.

    Version 0.1.0 stored chains without their roles, alerts with their evidence, and no findings.
    """

    week: str | None
    routes: dict[str, list[str]]
    alerts: list[str]
    configurations: list[str]


def notify(home: Path, addresses: str, configurations: Mapping[str, str] | None = None) -> str:
    """Send the newest week's digest where there is news; return what was done, in words.

    `configurations` contains the findings in configurations of gateways: a line by its name.
    What was sent is stored in the home, so that nothing is sent twice; the first run of a home only
    stores its routes. An address that fails is tried again by the next run. Nothing here stops a
    run, and no response, log or error repeats an address.
    """
    with reading(paths.database(home)) as connection:
        (week,) = week_rows.digests(connection, [week_rows.newest_week(connection)])
    watched = configurations or {}
    now = state(week, watched)
    last = _read(paths.notified(home)) or _read(paths.notified_by_0_1(home))
    news = _news(last, now, week["alerts"], watched)
    if news and addresses:
        more = [f"and {len(news) - LONGEST} more"] if len(news) > LONGEST else []
        summary = digest.lines(english(), week).values()
        lines = [*summary, "", *news[:LONGEST], *more, "", week["citation"]]
        title = f"{english().say('page.kicker')}, {week['week']}"
        if not send(addresses, title, "\n".join(lines)):
            return "not sent: an address of NOTIFY_URLS is not valid or did not accept it"
    content = json.dumps(now, indent=2, sort_keys=True)
    write_atomically(paths.notified(home), f"{content}\n".encode(), private=True)
    if not news:
        return "not sent: nothing is new"
    return "sent" if addresses else "not sent: NOTIFY_URLS is empty"


def state(week: week_rows.DigestRows, configurations: Iterable[str] = ()) -> Notified:
    """Return what a notification is about: chains, the week's alerts, names of findings."""
    routes = chains.routes_by_workload(week["routes"], week["week"])
    return {
        "week": f"{week['week']}",
        "routes": {
            route["workload"]: [f"{role} {model}" for role, model in route["now"]]
            for route in routes
        },
        "alerts": [f"{row['kind']} {row['subject']}" for row in week["alerts"]],
        "configurations": sorted(configurations),
    }


def _news(
    last: Notified | None, now: Notified, alerts: Rows, configurations: Mapping[str, str]
) -> list[str]:
    """Return one line for each change of routes, each new alert and each new finding."""
    known: Notified = last or {
        "week": None,
        "routes": now["routes"],
        "alerts": [],
        "configurations": [],
    }
    changed = []
    for workload in sorted(known["routes"] | now["routes"]):
        before, after = known["routes"].get(workload, []), now["routes"].get(workload, [])
        if _is_changed(before, after):
            listed = [", ".join(chain) or "no model" for chain in (before, after)]
            changed.append(f"{workload}: {' → '.join(listed)}")
    sent = {alert.partition(": ")[0] for alert in known["alerts"] if known["week"] == now["week"]}
    fired = [
        findings.alert(english(), row)
        for name, row in zip(now["alerts"], alerts, strict=True)
        if name not in sent
    ]
    found = [
        configurations[name]
        for name in now["configurations"]
        if name not in known["configurations"]
    ]
    return changed + fired + found


def _is_changed(before: list[str], after: list[str]) -> bool:
    """Whether two chains differ; version 0.1.0 stored models without their roles."""
    if any(" " not in hop for hop in before):
        return before != [hop.split()[-1] for hop in after]
    return before != after


def _read(path: Path) -> Notified | None:
    """Return what the last message was about; None if there was none, or the file is broken."""
    try:
        last = json.loads(path.read_bytes())
        return {
            "week": last["week"],
            "routes": dict(last["routes"]),
            "alerts": [f"{alert}" for alert in last["alerts"]],
            "configurations": [f"{name}" for name in last.get("configurations", [])],
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def send(addresses: str, title: str, body: str) -> bool:
    """Send to all addresses, separated by spaces or commas; return whether all accepted it."""
    import apprise

    logging.getLogger("apprise").disabled = True
    asset = apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY)
    try:
        sender = apprise.Apprise(asset=asset)
        return sender.add(addresses) and bool(
            sender.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
        )
    except Exception:  # whatever a plug-in raises may repeat its address
        return False
