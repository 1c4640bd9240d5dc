"""OpenClaw's `openclaw.json`: its dialect since 2026.8 (`entries`) and the one before (`list`).

A model reference splits at its first slash into provider and model. A plain string has no fallback.
"""

from collections.abc import Iterator

from pipelines.gateways import identity
from pipelines.gateways.configuration import Chain, Configuration, Fault, Hop, place
from pipelines.gateways.tree import Node, entries, listed

MODELS = ("model", "imageModel")


def reads(root: Node) -> bool:
    """Return whether this is a configuration of OpenClaw."""
    return bool(dict(entries(root, "agents")) or dict(entries(root, "models", "providers")))


def read(root: Node) -> Configuration:
    """Return what it says about models."""
    chains = tuple(_chains(root))
    return Configuration(root.file, "openclaw", chains, tuple(_faults(root, chains)))


def _agents(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield every agent by name, the defaults first."""
    defaults = root.get("agents", "defaults")
    if defaults:
        yield "defaults", defaults
    yield from entries(root, "agents", "entries")
    for number, agent in enumerate(listed(root, "agents", "list")):
        name = agent.get("id")
        yield (name.text if name and name.text else f"agent {number + 1}"), agent


def _chains(root: Node) -> Iterator[Chain]:
    for name, agent in _agents(root):
        for kind in MODELS:
            model = agent.get(kind)
            written = [one for one in _references(model) if one.text]
            if model and written:
                label = name if kind == "model" else f"{name} ({kind})"
                hops = tuple(_hop(root, agent, one) for one in written)
                yield Chain(label, place(model), hops, _has_server_failover(root, agent, written))


def _references(model: Node | None) -> list[Node]:
    if model is None or model.text:
        return [model] if model else []
    primary = model.get("primary")
    return [*([primary] if primary else []), *listed(model, "fallbacks")]


def _params(root: Node, agent: Node, reference: str) -> Iterator[Node]:
    """Yield the parameters of a request: those that win come last."""
    provider, _, _ = reference.partition("/")
    for node, keys in (
        (root, ("models", "providers", provider, "params")),
        (root, ("agents", "defaults", "models", reference, "params")),
        (root, ("agents", "defaults", "params")),
        (agent, ("params",)),
    ):
        found = node.get(*keys)
        if found:
            yield found


def _hop(root: Node, agent: Node, node: Node) -> Hop:
    reference = f"{node.text}"
    provider, _, name = reference.partition("/")
    base_url = root.get("models", "providers", provider, "baseUrl")
    preferences: dict[str, object] = {}
    parameters: set[str] = set()
    for params in _params(root, agent, reference):
        parameters.update(key for key, _ in params.items())
        for one in (params, params.get("extraBody")):
            wanted = one and one.get("provider")
            preferences.update(wanted.plain() if wanted and dict(wanted.items()) else {})
    return identity.hop(
        reference,
        place(node),
        provider,
        name,
        base_url.text if base_url else None,
        preferences=preferences,
        parameters=frozenset(parameters),
    )


def _has_server_failover(root: Node, agent: Node, written: list[Node]) -> bool:
    reference = f"{written[0].text}"
    return "@preset/" in reference or any(
        len(listed(params, "extraBody", "models")) > 1 for params in _params(root, agent, reference)
    )


def _faults(root: Node, chains: tuple[Chain, ...]) -> Iterator[Fault]:
    agents = root.get("agents")
    own, older = agents and agents.get("entries"), agents and agents.get("list")
    if own and older:
        yield Fault("two_dialects", place(older), "agents.list")
    has_owner = root.get("agents", "defaults", "systemAgent") or root.get("agents", "ownership")
    if own and len(dict(own.items())) > 1 and not has_owner:
        yield Fault("no_owner", place(own), "agents.entries")
    yield from _not_allowed(root, chains, is_older=bool(older) and not own)


def _not_allowed(root: Node, chains: tuple[Chain, ...], is_older: bool) -> Iterator[Fault]:
    """Yield the models that an allow-list keeps out."""
    allowed = {one.text for one in listed(root, "agents", "defaults", "modelPolicy", "allow")}
    if is_older:
        allowed |= {name for name, _ in entries(root, "agents", "defaults", "models")}
    patterns = tuple(f"{one}"[:-1] for one in allowed if f"{one}".endswith("*"))
    for chain in chains:
        for hop in chain.hops:
            is_allowed = hop.written in allowed or hop.written.startswith(patterns or ("\0",))
            if allowed and not is_allowed:
                yield Fault("not_allowed", hop.place, hop.written, {"chain": chain.name})
