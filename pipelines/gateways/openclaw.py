"""OpenClaw's `openclaw.json`: its dialect since 2026.8 (`entries`) and the one before (`list`).

A model reference splits at its first slash into provider and model, or is an alias. A plain string
has no fallback.
"""

import re
from collections.abc import Iterator, Set
from typing import Any, Literal

from pipelines.gateways import identity
from pipelines.gateways.configuration import Chain, Configuration, Fault, Hop, place
from pipelines.gateways.tree import Node, entries, listed

SETTINGS: dict[tuple[str, ...], Literal["turns", "images", "side tasks"]] = {
    ("model",): "turns",
    ("imageModel",): "images",
    ("utilityModel",): "side tasks",
    ("heartbeat", "model"): "side tasks",
    ("subagents", "model"): "side tasks",
}
"""Where an agent names models, and what they serve."""

VERSION = re.compile(r"(\d{4})\.(\d+)\.")
NEWER = (2026, 8)
"""The version from which on agents are `entries` and the allow-list is `modelPolicy.allow`."""


def reads(root: Node) -> bool:
    """Return whether this is a configuration of OpenClaw."""
    newer = dict(entries(root, "agents")) or dict(entries(root, "models", "providers"))
    return bool(newer or _first_dialect(root))


def _first_dialect(root: Node) -> Node | None:
    """Return the only agent of OpenClaw's first dialect, whose `agent` names a model itself."""
    model = root.get("agent", "model")
    return root.get("agent") if model and (model.text or model.get("primary")) else None


def read(root: Node) -> Configuration:
    """Return what it says about models."""
    chains = tuple(_chains(root))
    offered = tuple(
        _hop(root, agent, written._replace(value=name))
        for _, agent in _agents(root)
        for name, written in entries(agent, "models")
        if "*" not in name
    )
    return Configuration(
        root.file,
        "openclaw",
        chains,
        tuple(_faults(root, chains)),
        offered,
        has_one_key=_has_one_key(root, chains),
    )


def _has_one_key(root: Node, chains: tuple[Chain, ...]) -> bool:
    """Return whether no second provider or profile of the file goes to OpenRouter."""
    hops = (hop for chain in chains for hop in chain.hops if hop.goes_to == "openrouter")
    providers = {hop.written.partition("/")[0] for hop in hops}
    profiles = [
        name
        for name, profile in entries(root, "auth", "profiles")
        if (provider := profile.get("provider")) and provider.text in providers
    ]
    return len(providers) < 2 and len(profiles) < 2


def _agents(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield every agent by name, the defaults first."""
    defaults = root.get("agents", "defaults") or _first_dialect(root)
    if defaults:
        yield "defaults", defaults
    yield from entries(root, "agents", "entries")
    for number, agent in enumerate(listed(root, "agents", "list")):
        name = agent.get("id")
        yield (name.text if name and name.text else f"agent {number + 1}"), agent


def _chains(root: Node) -> Iterator[Chain]:
    for name, agent in _agents(root):
        for keys, serves in SETTINGS.items():
            model = agent.get(*keys)
            references = [one for one in _references(root, model, keys) if one.text]
            hops = tuple(_hop(root, agent, _resolved(root, agent, one)) for one in references)
            if model and hops:
                _, models = _sent(root, agent, hops[0].written)
                yield Chain(
                    name if keys == ("model",) else f"{name} ({'.'.join(keys)})",
                    place(model),
                    hops,
                    by_server="@preset/" in hops[0].written or len(models) > 1,
                    server_hops=identity.server_hops(hops[0], models),
                    serves=serves,
                )


def _references(root: Node, model: Node | None, keys: tuple[str, ...]) -> list[Node]:
    """Return the first model and its fallbacks; an agent may have only fallbacks of its own.

    Without a first model nothing is returned: the file does not say then what answers.
    """
    if model is None or model.text:
        return [model] if model else []
    below = root.get("agents", "defaults", *keys)
    primary = model.get("primary") or (below and (below if below.text else below.get("primary")))
    return [primary, *listed(model, "fallbacks")] if primary else []


def _resolved(root: Node, agent: Node, written: Node) -> Node:
    """Return a reference with its alias replaced by the model that it stands for."""
    for owner in (agent, root.get("agents", "defaults")):
        for name, model in entries(owner, "models"):
            alias = model.get("alias")
            if alias and alias.text == written.text:
                return written._replace(value=name)
    return written


def _params(root: Node, agent: Node, reference: str) -> Iterator[Node]:
    """Yield the parameters of a request: those that win come last."""
    provider, _, _ = reference.partition("/")
    for node, keys in (
        (root, ("models", "providers", provider, "params")),
        (root, ("agents", "defaults", "models", reference, "params")),
        (root, ("agents", "defaults", "params")),
        (agent, ("models", reference, "params")),
        (agent, ("params",)),
    ):
        found = node.get(*keys)
        if found:
            yield found


def _hop(root: Node, agent: Node, node: Node) -> Hop:
    reference = f"{node.text}"
    provider, _, name = reference.partition("/")
    base_url = root.get("models", "providers", provider, "baseUrl")
    preferences, _ = _sent(root, agent, reference)
    return identity.hop(
        reference,
        place(node),
        provider,
        name,
        base_url.text if base_url else None,
        preferences=preferences,
        parameters=frozenset(
            key for params in _params(root, agent, reference) for key, _ in params.items()
        ),
    )


def _sent(root: Node, agent: Node, reference: str) -> tuple[dict[str, Any], list[Node]]:
    """Return the preferences and the models that a request carries."""
    preferences: dict[str, Any] = {}
    models: list[Node] = []
    for params in _params(root, agent, reference):
        for one in (params, params.get("extraBody")):
            preferences.update((key, value.plain()) for key, value in entries(one, "provider"))
        if named := params.get("extraBody", "models"):
            models = named.nodes()
    return preferences, models


def _faults(root: Node, chains: tuple[Chain, ...]) -> Iterator[Fault]:
    first, agents = _first_dialect(root), root.get("agents")
    if first:
        yield Fault("first_dialect", place(first), "agent")
    own, older = agents and agents.get("entries"), agents and agents.get("list")
    if own and older:
        yield Fault("two_dialects", place(older), "agents.list")
    if own and len(dict(own.items())) > 1:
        if not root.get("agents", "ownership"):
            yield Fault("no_ownership", place(own), "agents.entries")
        elif not root.get("agents", "defaults", "systemAgent"):
            yield Fault("no_owner", place(own), "agents.entries")
    for name, agent in _agents(root):
        turns = [one for one in chains if one.serves == "turns" and one.name == name]
        yield from _refused(root, agent, turns)


def _refused(root: Node, agent: Node, turns: list[Chain]) -> Iterator[Fault]:
    """Yield what the allow-list of an agent, or else that of the defaults, does not contain."""
    defaults = root.get("agents", "defaults")
    allow = agent.get("modelPolicy", "allow") or (defaults and defaults.get("modelPolicy", "allow"))
    policy = {one.text for one in allow.nodes()} if allow else set()
    yield from _not_allowed(turns, policy, "not_allowed")
    code = {True: "not_allowed", None: "not_allowed_before"}.get(_is_older(root))
    if code and not policy:
        models = {name for one in (agent, defaults) for name, _ in entries(one, "models")}
        yield from _not_allowed(turns, models, code)


def _is_older(root: Node) -> bool | None:
    """Return whether a file is for 2026.7 or earlier; None if nothing in it says so."""
    stamp = root.get("meta", "lastTouchedVersion")
    agents = root.get("agents")
    if agents and (agents.get("entries") or agents.get("list")):
        return not agents.get("entries")
    version = VERSION.match(f"{stamp.text}") if stamp else None
    return (int(version[1]), int(version[2])) < NEWER if version else None


def _not_allowed(chains: list[Chain], allowed: Set[str | None], code: str) -> Iterator[Fault]:
    """Yield the models that an allow-list, which an empty one is not, does not contain.

    Instead of a first model that is not allowed, OpenClaw silently takes another one. It still
    fails over to a fallback that is not allowed, but nobody can choose that one by hand.
    """
    patterns = tuple(f"{one}"[:-1] for one in allowed if f"{one}".endswith("*"))
    for chain in chains:
        for number, hop in enumerate(chain.hops if allowed else ()):
            if hop.written not in allowed and not hop.written.startswith(patterns or ("\0",)):
                said = "not_selectable" if number else code
                yield Fault(said, hop.place, hop.written, {"chain": chain.name})
