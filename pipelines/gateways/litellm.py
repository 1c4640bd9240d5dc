"""LiteLLM's `config.yaml`: groups of deployments, and the fallbacks between groups.

Fallbacks are looked up by the requested name, before aliases.
"""

from collections.abc import Iterator
from typing import Any

from pipelines.gateways import identity
from pipelines.gateways.configuration import Chain, Configuration, Fault, Hop, place
from pipelines.gateways.tree import Node, entries, listed

FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
SETTINGS = ("router_settings", "litellm_settings")
ALL = "*"
"""The group whose fallbacks are those of every group without its own."""


def reads(root: Node) -> bool:
    """Return whether this is a configuration of LiteLLM."""
    return bool(listed(root, "model_list"))


def read(root: Node) -> Configuration:
    """Return what it says about models."""
    groups = _groups(root)
    fallbacks = {name: chain for name, chain, _ in _fallbacks(root, "fallbacks")}
    chains = tuple(
        Chain(
            name,
            place(deployments[0]),
            tuple(
                _hop(deployment, model)
                for group in dict.fromkeys([name, *fallbacks.get(name, fallbacks.get(ALL, []))])
                for deployment in groups.get(group, [])
                if (model := deployment.get("litellm_params", "model")) and model.name
            ),
            by_server=any(map(_has_server_failover, deployments)),
            server_hops=tuple(
                hop for deployment in deployments for hop in _server_hops(deployment)
            ),
            has_timeout=_has_timeout(root, deployments),
        )
        for name, deployments in groups.items()
    )
    keys = {
        f"{params.get('api_key')}"
        for deployment in listed(root, "model_list")
        for params in [_params(deployment)]
        if (model := deployment.get("litellm_params", "model"))
        and _hop(deployment, model).goes_to == "openrouter"
    }
    return Configuration(
        root.file,
        "litellm",
        tuple(one for one in chains if one.hops),
        tuple(_faults(root)),
        names_fallbacks=any(True for kind in FALLBACKS for _ in _fallbacks(root, kind)),
        has_one_key=len(keys) < 2,
    )


def _groups(root: Node) -> dict[str, list[Node]]:
    """Return the deployments of each group."""
    groups: dict[str, list[Node]] = {}
    for deployment in listed(root, "model_list"):
        name = deployment.get("model_name")
        if name and name.name:
            groups.setdefault(name.name, []).append(deployment)
    return groups


def _fallbacks(root: Node, kind: str) -> Iterator[tuple[str, list[str], Node]]:
    """Yield a group, its fallbacks and where they are written; wherever they may be."""
    for section in SETTINGS:
        for entry in listed(root, section, kind):
            for name, chain in entry.items():
                yield name, [one.name for one in chain.nodes() if one.name], chain
        default = root.get(section, "default_fallbacks")
        if default and kind == "fallbacks":
            yield ALL, [one.name for one in default.nodes() if one.name], default


def _params(deployment: Node) -> dict[str, Any]:
    """Return what is set for a deployment."""
    return {key: one.plain() for key, one in entries(deployment, "litellm_params")}


def _has_server_failover(deployment: Node) -> bool:
    """Return whether OpenRouter itself has other models for a request."""
    model = deployment.get("litellm_params", "model")
    _, models = _sent(deployment)
    return "@preset/" in f"{model and model.value}" or len(models) > 1


def _server_hops(deployment: Node) -> tuple[Hop, ...]:
    model = deployment.get("litellm_params", "model")
    _, models = _sent(deployment)
    return identity.server_hops(_hop(deployment, model), models) if model and model.name else ()


def _sent(deployment: Node) -> tuple[dict[str, Any], list[Node]]:
    """Return the preferences and the models that a request carries.

    LiteLLM adds the parameters that it does not know itself to `extra_body`, where they win.
    """
    params = deployment.get("litellm_params")
    body = {**dict(entries(params, "extra_body")), **dict(entries(params))}
    wanted, models = body.get("provider"), body.get("models")
    preferences = wanted.plain() if wanted and dict(wanted.items()) else {}
    return preferences, models.nodes() if models else []


def _hop(deployment: Node, model: Node) -> Hop:
    written = f"{model.value}"
    params = _params(deployment)
    provider, _, name = written.partition("/")
    if not name:
        own = params.get("custom_llm_provider")
        provider, name = own if isinstance(own, str) else "openai", written
    base_url = params.get("api_base") or params.get("base_url")
    body = params.get("extra_body")
    extra = body if isinstance(body, dict) else {}
    preferences, _ = _sent(deployment)
    return identity.hop(
        written,
        place(model),
        provider,
        name,
        f"{base_url}" if base_url else None,
        preferences=preferences,
        parameters=frozenset({*params, *extra}),
    )


def _has_timeout(root: Node, deployments: list[Node]) -> bool:
    everywhere = (
        ("router_settings", "timeout"),
        ("litellm_settings", "request_timeout"),
    )
    return any(_is_set(root.get(*keys)) for keys in everywhere) or all(
        _is_set(one.get("litellm_params", "timeout")) for one in deployments
    )


def _is_set(node: Node | None) -> bool:
    return node is not None and node.value is not None


def _faults(root: Node) -> Iterator[Fault]:
    groups = {*_groups(root)}
    aliases = {
        name: alias
        for name, alias in entries(root, "router_settings", "model_group_alias")
        if alias.text or alias.get("model")
    }
    is_open = any("*" in name for name in groups)
    for kind in FALLBACKS:
        chains = {name: chain for name, chain, _ in _fallbacks(root, kind)}
        for name, chain, node in _fallbacks(root, kind):
            for group in [name, *chain]:
                if group not in groups | {ALL} | aliases.keys() and not is_open:
                    yield Fault("unknown_group", place(node), group, {"kind": kind})
        if kind != "fallbacks":
            continue
        for name, alias in aliases.items():
            target = (alias.get("model") or alias).name or ""
            if target in chains and name not in chains and ALL not in chains:
                yield Fault("alias_without_fallback", place(alias), name, {"group": target})
