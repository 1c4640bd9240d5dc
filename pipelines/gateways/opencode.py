"""opencode's `opencode.json`: a model, a small one, and one for each agent. It has no fallback."""

from collections.abc import Iterator

from pipelines.gateways import identity
from pipelines.gateways.configuration import Chain, Configuration, Hop, place
from pipelines.gateways.tree import Node, entries, listed


def reads(root: Node) -> bool:
    """Return whether this is a configuration of opencode."""
    schema, model = root.get("$schema"), root.get("model")
    return (
        bool(schema and "opencode" in f"{schema.value}")
        or bool(model and "/" in (model.text or ""))
        or any(dict(entries(root, key)) for key in ("agent", "provider"))
    )


def read(root: Node) -> Configuration:
    """Return what it says about models."""
    offered = tuple(
        _hop(root, model._replace(value=f"{provider}/{name}"), None)
        for provider, one in entries(root, "provider")
        for name, model in entries(one, "models")
        if not model.get("id")
    )
    return Configuration(root.file, "opencode", tuple(_chains(root)), offered=offered)


def _chains(root: Node) -> Iterator[Chain]:
    agents = [one for key in ("agent", "mode", "command") for one in entries(root, key)]
    named = [(key, root.get(key), None) for key in ("model", "small_model")]
    named += [(name, agent.get("model"), agent) for name, agent in agents]  # type: ignore[misc]
    for name, model, agent in named:
        if model and model.text:
            yield Chain(
                name,
                place(model),
                (_hop(root, model, agent),),
                _has_server_failover(root, model.text, agent),
            )


def _has_server_failover(root: Node, reference: str, agent: Node | None) -> bool:
    """Return whether OpenRouter itself has other models for a request."""
    provider, _, name = reference.partition("/")
    of_model = root.get("provider", provider, "models", name)
    return "@preset/" in reference or any(
        len(listed(one, "options", "models")) > 1 for one in (agent, of_model)
    )


def _hop(root: Node, model: Node, agent: Node | None) -> Hop:
    provider, _, name = f"{model.text}".partition("/")
    base_url = root.get("provider", provider, "options", "baseURL")
    own = dict(entries(agent, "options"))
    wanted = own.get("provider")
    return identity.hop(
        f"{model.text}",
        place(model),
        provider,
        name,
        base_url.text if base_url else None,
        preferences=wanted.plain() if wanted and dict(wanted.items()) else {},
        parameters=frozenset(own),
    )
