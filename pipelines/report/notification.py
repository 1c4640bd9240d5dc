"""Telling people: only when routes change against those told last, or a new alert fires.

The addresses hold secrets. The library writes them into its log, so its log is closed here.
"""

import json
import logging
from pathlib import Path
from typing import Any

from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.queries.published import reading
from pipelines.report import digest, week_rows
from pipelines.words.language import languages

Told = dict[str, Any]

LONGEST = 10
"""Changes and alerts that a message lists; the report has all of them."""


def notify(home: Path, addresses: str) -> str:
    """Send the newest week's digest where there is news; return what was done, in words.

    What was told is kept in `report/told.json`, so that nothing is told twice; the first run of a
    home only notes its routes. An address that fails is tried again by the next run. Nothing here
    stops a run, and no answer, log or error repeats an address.
    """
    with reading(paths.database(home)) as connection:
        week = week_rows.digest(connection, week_rows.newest_week(connection))
    now = state(week)
    path = paths.notified(home)
    news = _news(_read(path), now)
    if news and addresses:
        (english, *_) = languages()
        more = [f"and {len(news) - LONGEST} more"] if len(news) > LONGEST else []
        told = digest.lines(english, week).values()
        lines = [*told, "", *news[:LONGEST], *more, "", week["citation"]]
        title = f"{english.say('page.kicker')}, {week['week']}"
        if not _send(addresses, title, "\n".join(lines)):
            return "not sent: an address of NOTIFY_URLS is not valid or did not take it"
    write_atomically(path, json.dumps(now, indent=2, sort_keys=True).encode() + b"\n")
    if not news:
        return "not sent: neither routes nor alerts are new"
    return "sent" if addresses else "not sent: NOTIFY_URLS is empty"


def state(week: digest.Numbers) -> Told:
    """Return what a notification is about: every workload's chain, and the week's alerts."""
    routes = week_rows.routes_by_workload(week["routes"], week["week"])
    return {
        "week": f"{week['week']}",
        "routes": {
            route["workload"]: [f"{role} {model}" for role, model in route["now"]]
            for route in routes
        },
        "alerts": [f"{row['kind']} {row['subject']}: {row['evidence']}" for row in week["alerts"]],
    }


def _news(told: Told | None, now: Told) -> list[str]:
    """Return one line a change of routes or a new alert."""
    known: Told = told or {"week": None, "routes": now["routes"], "alerts": []}
    changed = []
    for workload in sorted(known["routes"] | now["routes"]):
        before, after = known["routes"].get(workload, []), now["routes"].get(workload, [])
        if _is_changed(before, after):
            listed = [", ".join(chain) or "no model" for chain in (before, after)]
            changed.append(f"{workload}: {' → '.join(listed)}")
    told_alerts = known["alerts"] if known["week"] == now["week"] else []
    return changed + [alert for alert in now["alerts"] if alert not in told_alerts]


def _is_changed(before: list[str], after: list[str]) -> bool:
    """Whether two chains differ; version 0.1.0 remembered models without their roles."""
    if any(" " not in hop for hop in before):
        return before != [hop.split()[-1] for hop in after]
    return before != after


def _read(path: Path) -> Told | None:
    """Return what was told last; None if nothing was, or the file is broken."""
    try:
        told = json.loads(path.read_bytes())
        return {"week": told["week"], "routes": dict(told["routes"]), "alerts": [*told["alerts"]]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _send(addresses: str, title: str, body: str) -> bool:
    """Send to all addresses, separated by spaces or commas; return whether all took it."""
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
