"""LiteLLM: a `config.yaml` for its proxy or its Router.

Each hop is a group of its own, so that LiteLLM fails over itself and books what the hop costs: its
price map has no rows for OpenRouter. A rate limit is not retried but handed on at once. Fallbacks
are looked up by the name that was asked for, before aliases: so they stand there for both.
"""

from typing import Any

import yaml

from pipelines.exports.routing_document import Hop, Route, RoutingDocument


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `litellm/config.yaml`."""
    routes = document.open_routes
    aliases = {_alias(route): route.workload for route in routes if _alias(route) != route.workload}
    config = {
        "model_list": [
            _deployment(group, hop, route) for route in routes for group, hop in _groups(route)
        ],
        "router_settings": {
            "model_group_alias": aliases,
            "fallbacks": [entry for route in routes for entry in _fallbacks(route)],
            "context_window_fallbacks": [entry for route in routes for entry in _longer(route)],
            "enable_pre_call_checks": True,
            "retry_policy": {"RateLimitErrorRetries": 0},
        },
    }
    comment = "".join(f"# {line}\n" for line in [document.heading, *document.left_out])
    return {
        "litellm/config.yaml": (
            comment + yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=100)
        ).encode()
    }


def _alias(route: Route) -> str:
    return route.workload.replace("_", "-")


def _groups(route: Route) -> list[tuple[str, Hop]]:
    """Return the groups of a route: the workload's name is that of its primary."""
    primary, *fallbacks = route.hops
    groups = [(route.workload, primary)]
    groups += [
        (f"{route.workload}-fallback-{place}", hop) for place, hop in enumerate(fallbacks, 1)
    ]
    if route.escalation:
        groups.append((f"{route.workload}-escalation", route.escalation))
    return groups


def _deployment(group: str, hop: Hop, route: Route) -> dict[str, Any]:
    info = {
        "max_input_tokens": hop.context_length,
        "input_cost_per_token": _per_token(hop.prompt_price),
        "output_cost_per_token": _per_token(hop.completion_price),
        "supports_vision": hop.accepts_image,
        "supports_function_calling": hop.supports_tools,
    }
    return {
        "model_name": group,
        "litellm_params": {
            "model": f"openrouter/{hop.model_id}",
            "api_key": "os.environ/OPENROUTER_API_KEY",
            "extra_body": {"provider": route.provider.body()} if route.provider else {},
        },
        "model_info": {name: value for name, value in info.items() if value is not None},
    }


def _per_token(price: float | None) -> float | None:
    """Return USD a token from USD a million, without the digits that division invents."""
    return None if price is None else float(f"{price / 1_000_000:.12g}")


def _fallbacks(route: Route) -> list[dict[str, list[str]]]:
    chain = [group for group, hop in _groups(route) if hop.role == "fallback"]
    return [{name: [*chain]} for name in dict.fromkeys([route.workload, _alias(route)])]


def _longer(route: Route) -> list[dict[str, list[str]]]:
    """Return where a prompt goes that is too long: the fallbacks that take longer ones."""
    length = route.hops[0].context_length
    longer = [
        group
        for group, hop in _groups(route)
        if hop.role == "fallback" and hop.context_length > length
    ]
    names = dict.fromkeys([route.workload, _alias(route)])
    return [{name: [*longer]} for name in names] if longer else []
