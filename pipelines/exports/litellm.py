"""LiteLLM: a `config.yaml` for its proxy or its Router.

Each hop is a group of its own, so that LiteLLM fails over itself. A failed or silent model is not
retried: the next one is called at once. List prices are left out, because LiteLLM would use them
instead of the cost that OpenRouter reports with each response.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from pipelines.exports.provider_preferences import request_field
from pipelines.exports.routing_document import Hop, Route, RoutingDocument, escalation_name

TIMEOUT_SECONDS = 8
STREAM_TIMEOUT_SECONDS = 4
"""How long to wait for a silent model, without and with streaming; LiteLLM's default is 6,000."""

LOCAL_TIMEOUT_SECONDS = 120
"""The same for a local model, which is slow and has nothing after it."""

RETRY_POLICY = dict.fromkeys(
    (
        "AuthenticationErrorRetries",
        "BadRequestErrorRetries",
        "ContentPolicyViolationErrorRetries",
        "DefaultRetries",
        "InternalServerErrorRetries",
        "NotFoundErrorRetries",
        "RateLimitErrorRetries",
        "ServiceUnavailableErrorRetries",
        "TimeoutErrorRetries",
    ),
    0,
)
"""No class of error is retried: the next model answers sooner."""


def render(document: RoutingDocument) -> dict[str, bytes]:
    """Return `litellm/config.yaml`."""
    routes = document.open_routes
    config = {
        "model_list": [deployment for route in routes for deployment in _deployments(route)],
        "router_settings": {
            "model_group_alias": {
                _alias(route): route.workload for route in routes if _alias(route) != route.workload
            },
            "fallbacks": [entry for route in routes for entry in _fallbacks(route)],
            "context_window_fallbacks": [
                entry for route in routes for entry in _context_window_fallbacks(route)
            ],
            "enable_pre_call_checks": True,
            "num_retries": 0,
            "retry_policy": RETRY_POLICY,
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


def groups_of(route: Route) -> list[tuple[str, Hop]]:
    """Return the groups of a route; the primary's is named after the workload."""
    primary, *fallbacks = route.hops
    groups = [(route.workload, primary)]
    groups += [
        (f"{route.workload}-fallback-{place}", hop) for place, hop in enumerate(fallbacks, 1)
    ]
    if route.escalation:
        groups.append((escalation_name(route), route.escalation))
    return groups


def chain_of(route: Route) -> list[tuple[str, str]]:
    """Return group and model of the primary and of each fallback, the local one last."""
    chain = [
        (group, f"openrouter/{hop.model_id}")
        for group, hop in groups_of(route)
        if hop.role != "escalation"
    ]
    if route.local:
        chain.append((local_group(route), f"openai/{route.local.model}"))
    return chain


def _deployments(route: Route) -> list[dict[str, Any]]:
    """Return the models of a route; its local model has no price and needs no key."""
    found = [_deployment(group, hop, route) for group, hop in groups_of(route)]
    if route.local:
        params = {
            "model": f"openai/{route.local.model}",
            "api_base": route.local.url,
            "api_key": "none",
            "timeout": LOCAL_TIMEOUT_SECONDS,
            "stream_timeout": LOCAL_TIMEOUT_SECONDS,
        }
        info = {"max_input_tokens": route.local.context_tokens}
        found.append(
            {"model_name": local_group(route), "litellm_params": params, "model_info": info}
        )
    return found


def local_group(route: Route) -> str:
    """Return the name of the group of a route's local model."""
    return f"{route.workload}-local"


def _deployment(group: str, hop: Hop, route: Route) -> dict[str, Any]:
    extra_body = request_field(route.provider)
    info = {
        "max_input_tokens": hop.longest_input,
        "supports_vision": hop.accepts_image,
        "supports_function_calling": hop.supports_tools,
    }
    return {
        "model_name": group,
        "litellm_params": {
            "model": f"openrouter/{hop.model_id}",
            "api_key": "os.environ/OPENROUTER_API_KEY",
            "timeout": TIMEOUT_SECONDS,
            "stream_timeout": STREAM_TIMEOUT_SECONDS,
            **({"extra_body": extra_body} if extra_body else {}),
        },
        "model_info": {name: value for name, value in info.items() if value is not None},
    }


def _fallbacks(route: Route) -> list[dict[str, list[str]]]:
    return _by_name(route, [group for group, _ in chain_of(route)[1:]])


def _context_window_fallbacks(route: Route) -> list[dict[str, list[str]]]:
    """Return the fallbacks for a prompt that is too long for the primary."""
    limit = route.hops[0].longest_input
    longer = [
        group
        for group, hop in groups_of(route)
        if hop.role == "fallback" and hop.longest_input > limit
    ]
    return _by_name(route, longer) if longer else []


def _by_name(route: Route, groups: Sequence[str]) -> list[dict[str, list[str]]]:
    """Return an entry for the workload and one for its alias.

    LiteLLM looks fallbacks up by the requested name, before it resolves aliases.
    """
    return [{name: [*groups]} for name in dict.fromkeys([route.workload, _alias(route)])]
