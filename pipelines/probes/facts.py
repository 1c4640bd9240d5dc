"""Reading the status documents of gateways into a few facts.

Facts are booleans, numbers, version numbers and hashes. A document may contain keys, addresses and
names of people, so no other text of it is kept: an id becomes its hash, which is compared with the
hashes of ids that we know.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pipelines.errors import RefusalError

DEPLOY_CHECKS = (
    "supervised",
    "survives_logout",
    "survives_reboot",
    "never_sleeps",
    "key_not_in_unit",
)
"""What a script on the gateway's machine can check of it, and a probe of the gateway cannot."""

WORKSPACE = ("workspace_local", "workspace_synced_at")
"""What such a script can say of the workspace: is it on a local disk, and when was it synced."""

GATEWAYS = {
    "openclaw": {
        "gateway_status",
        "models_status",
        "channels",
        "health",
        "readiness",
        "model_fetch",
    },
    "litellm": {"litellm_readiness", "litellm_models", "litellm_settings"},
}
"""Which gateway a kind of status is of; what a script says of a place is of none."""

DIGITS = 16
VERSION = re.compile(r"\d{1,5}(\.\d{1,5}){1,3}")
SPACE = re.compile(r"\s*")
FETCH = re.compile(r"\[model-fetch\] response .* status=\d{3} elapsedMs=(\d{1,7}) ")

Json = Mapping[str, Any]
Facts = dict[str, Any]


class Probe(NamedTuple):
    """What a gateway reported at an instant (UTC); `subject` is the hash of the agent, if any."""

    at: datetime
    kind: str
    subject: str | None
    facts: Facts


def hashed(name: str) -> str:
    """Return the hash that stands for an id."""
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()[:DIGITS]


def read(text: str, source: str, at: datetime) -> list[Probe]:
    """Return a probe for each JSON document of a text, which follow one another.

    `at` is when the text was written, for documents that do not say it. Raises RefusalError if one
    is cut off or not known; it names the document by its number and repeats nothing of it.
    """
    found, fetches = list[Probe](), list[Json]()
    for number, document in enumerate(_documents(text, source), 1):
        kind = _kind(document)
        if kind is None:
            raise RefusalError(
                f"{source}, document {number}: is no status of a gateway that is known; "
                "docs/gateways.md lists them"
            )
        if kind == "model_fetch":
            fetches.append(document)
        else:
            found.append(_probe(kind, document, at))
    if fetches and (round_trips := _fetches(fetches)):
        found.append(Probe(_written(fetches[-1], at), "model_fetch", None, round_trips))
    if not found:
        why = "is a log without any [model-fetch] response" if fetches else "is empty"
        raise RefusalError(f"{source} {why}: it must contain the status of a gateway")
    return found


def _documents(text: str, source: str) -> Iterator[Json]:
    decoder, place, number = json.JSONDecoder(), _next(text, 0), 0
    while place < len(text):
        number += 1
        try:
            document, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            raise RefusalError(
                f"{source}, document {number}: is not JSON, or cut off; nothing was stored"
            ) from None
        place = _next(text, place)
        yield document if isinstance(document, dict) else {}


def _next(text: str, place: int) -> int:
    """Return where the next document begins."""
    return place + len(SPACE.match(text, place)[0])  # type: ignore[index]  # it may be empty


def _kind(document: Json) -> str | None:
    """Return which status this is, by the fields that only it has."""
    return next((kind for kind, fields, _ in KINDS if fields <= document.keys()), None)


def _probe(kind: str, document: Json, at: datetime) -> Probe:
    facts = next(read for name, _, read in KINDS if name == kind)
    agent = document.get("agentId")
    return Probe(
        _written(document, at),
        kind,
        hashed(agent) if isinstance(agent, str) else None,
        {name: value for name, value in facts(document).items() if value is not None},
    )


def _written(document: Json, at: datetime) -> datetime:
    """Return when a document was written, which some say; never later than it was there to read."""
    stated: datetime | None = None
    try:
        if "ts" in document:
            stated = datetime.fromtimestamp(int(document["ts"]) / 1000, UTC)
        elif "time" in document:
            stated = datetime.fromisoformat(document["time"]).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return at
    return min(stated or at, at)


def _gateway_status(document: Json) -> Facts:
    return {
        "reachable": _flag(document, "rpc", "ok"),
        "config_valid": _flag(document, "config", "daemon", "valid"),
        "supervised": _flag(document, "service", "loaded"),
        "version": _version(_at(document, "gateway", "version")),
    }


def _health(document: Json) -> Facts:
    degraded = _flag(document, "modelRuntime", "degraded")
    return {
        "reachable": _flag(document, "ok"),
        "models_ready": None if degraded is None else not degraded,
    }


def _channels(document: Json) -> Facts:
    issues = document.get("statusIssues")
    return {
        "reachable": document.get("gatewayReachable", True) is True,
        "channels_ready": not issues if isinstance(issues, list) else None,
    }


def _models_status(document: Json) -> Facts:
    missing = _at(document, "auth", "missingProvidersInUse")
    unusable = _at(document, "auth", "unusableProfiles")
    are_known = isinstance(missing, list) and isinstance(unusable, list)
    tried = _at(document, "auth", "probes", "results")
    return {
        "primary": _hash(document.get("resolvedDefault")),
        "fallbacks": _hashes(document.get("fallbacks")),
        "allowed": _hashes(document.get("allowed")),
        "secrets_resolved": not (missing or unusable) if are_known else None,
        **(_latencies(tried) if isinstance(tried, list) else {}),
    }


def _readiness(document: Json) -> Facts:
    return {"ready": _flag(document, "ready")}


def _litellm_readiness(document: Json) -> Facts:
    status = document.get("status")
    return {
        "ready": status in ("healthy", "connected") if isinstance(status, str) else None,
        "version": _version(document.get("litellm_version")),
    }


def _litellm_models(document: Json) -> Facts:
    rows = document["data"] if isinstance(document["data"], list) else []
    groups = [
        [_hash(_at(row, "model_name")), _hash(_at(row, "litellm_params", "model"))] for row in rows
    ]
    return {"groups": groups if rows and all(all(group) for group in groups) else None}


def _litellm_settings(document: Json) -> Facts:
    """Return the fallbacks of each group, in their order."""
    written = _at(document, "current_values", "fallbacks")
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        return {}
    chains = [[hashed(name), _hashes(groups)] for one in written for name, groups in one.items()]
    return {"chains": chains if all(groups is not None for _, groups in chains) else None}


def _fetches(documents: list[Json]) -> Facts:
    """Return how long the API took to respond, as the gateway logs it."""
    found = (FETCH.search(f"{one['1']} ") for one in documents)
    return _round_trips([int(match[1]) for match in found if match])


def _latencies(results: list[Any]) -> Facts:
    """Return how long the API took to respond to the probes of the models."""
    known = (_at(one, "latencyMs") for one in results if _at(one, "status") == "ok")
    answered = [_hash(_at(one, "model")) for one in results if _at(one, "status") == "ok"]
    models = {"answered": [one for one in answered if one]}
    return _round_trips([one for one in known if type(one) is int]) | models


def _round_trips(milliseconds: list[int]) -> Facts:
    if not milliseconds:
        return {}
    ordered = sorted(milliseconds)
    return {
        "round_trips": len(ordered),
        "p50_ms": _percentile(ordered, 0.5),
        "p99_ms": _percentile(ordered, 0.99),
    }


def _percentile(ordered: list[int], share: float) -> int:
    """Return a percentile by nearest rank."""
    return ordered[math.ceil(share * len(ordered)) - 1]


def _deploy(document: Json) -> Facts:
    """Return what a script on the gateway's machine has checked of the place."""
    is_local, synced_at = WORKSPACE
    checked = {name: _flag(document, "deploy", name) for name in (*DEPLOY_CHECKS, is_local)}
    return {**checked, synced_at: _instant(_at(document, "deploy", synced_at))}


KINDS: tuple[tuple[str, set[str], Callable[[Any], Facts]], ...] = (
    ("gateway_status", {"rpc", "service"}, _gateway_status),
    ("models_status", {"resolvedDefault", "agentId"}, _models_status),
    ("channels", {"channelAccounts"}, _channels),
    ("channels", {"gatewayReachable"}, _channels),
    ("health", {"ok", "agents"}, _health),
    ("health", {"ok", "gateway"}, _health),
    ("readiness", {"ready"}, _readiness),
    ("litellm_readiness", {"status", "db"}, _litellm_readiness),
    ("litellm_models", {"data"}, _litellm_models),
    ("litellm_settings", {"current_values"}, _litellm_settings),
    ("model_fetch", {"1", "_meta"}, _fetches),
    ("deploy", {"deploy"}, _deploy),
)
"""Each status: its name, the fields by which it is known, and its facts."""


def _at(document: Any, *keys: str) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _flag(document: Json, *keys: str) -> bool | None:
    value = _at(document, *keys)
    return value if isinstance(value, bool) else None


def _instant(value: object) -> str | None:
    """Return an instant with its zone as UTC; None for any other text."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        is_whole = found is not None and found.tzinfo is not None
        return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if found and is_whole else None
    except (ValueError, OverflowError):
        return None


def _version(value: object) -> str | None:
    return value if isinstance(value, str) and VERSION.fullmatch(value) else None


def _hash(value: object) -> str | None:
    return hashed(value) if isinstance(value, str) else None


def _hashes(values: object) -> list[str] | None:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        return None
    return [hashed(one) for one in values]
