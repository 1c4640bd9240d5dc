"""opencode's `opencode.json`: a model, a small one, and one for each agent. It has no fallback."""

from collections.abc import Iterator
from typing import Any

from pipelines.gateways import identity
from pipelines.gateways.configuration import Chain, Configuration, Hop, place
from pipelines.gateways.tree import Node, entries


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
            hop = _hop(root, model, agent)
            _, models = _sent(root, model.text, agent)
            yield Chain(
                name,
                place(model),
                (hop,),
                by_server="@preset/" in model.text or len(models) > 1,
                server_hops=identity.server_hops(hop, models),
            )


def _options(root: Node, reference: str, agent: Node | None) -> list[dict[str, Node]]:
    """Return the options of a model and of an agent, which win."""
    provider, _, name = reference.partition("/")
    of_model = root.get("provider", provider, "models", name)
    return [dict(entries(one, "options")) for one in (of_model, agent)]


def _sent(root: Node, reference: str, agent: Node | None) -> tuple[dict[str, Any], list[Node]]:
    """Return the preferences and the models that a request carries."""
    preferences: dict[str, Any] = {}
    models: list[Node] = []
    for options in _options(root, reference, agent):
        if wanted := options.get("provider"):
            preferences.update((key, one.plain()) for key, one in wanted.items())
        if named := options.get("models"):
            models = named.nodes()
    return preferences, models


def _hop(root: Node, model: Node, agent: Node | None) -> Hop:
    provider, _, name = f"{model.text}".partition("/")
    base_url = root.get("provider", provider, "options", "baseURL")
    preferences, _ = _sent(root, f"{model.text}", agent)
    return identity.hop(
        f"{model.text}",
        place(model),
        provider,
        name,
        base_url.text if base_url else None,
        preferences=preferences,
        parameters=frozenset().union(*_options(root, f"{model.text}", agent)),
    )
