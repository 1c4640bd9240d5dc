"""Where a request for a model goes, and which model of OpenRouter's catalogue it is.

A name is compared with a catalogue as far as it is certain: the author follows from the provider, a
date at the end is dropped, dots and dashes are the same. A name ending in `-latest` and a variant
such as `:free` are never taken for another model.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pipelines.gateways.configuration import ROUTERS, Hop, Place, place
from pipelines.gateways.tree import Node
from pipelines.settings import LOOPBACK

AUTHORS = {
    "anthropic": "anthropic",
    "cohere": "cohere",
    "dashscope": "qwen",
    "deepseek": "deepseek",
    "gemini": "google",
    "google": "google",
    "minimax": "minimax",
    "mistral": "mistralai",
    "moonshot": "moonshotai",
    "openai": "openai",
    "qwen": "qwen",
    "vertex_ai": "google",
    "xai": "x-ai",
    "zai": "z-ai",
}
"""Providers that sell their own models, with the author's name on OpenRouter."""

RESELLING = ("dashscope", "vertex_ai")
"""Those of them that sell models of other authors, too."""

FAMILIES = {
    "claude": "anthropic",
    "deepseek": "deepseek",
    "gemini": "google",
    "gemma": "google",
    "glm": "z-ai",
    "kimi": "moonshotai",
    "llama": "meta-llama",
    "mistral": "mistralai",
    "qwen": "qwen",
    "qwq": "qwen",
}
"""How the names of an author's models begin."""

LOCAL = ("lmstudio", "llamacpp", "lm_studio", "local", "mlx", "ollama", "ollama_chat", "vllm")
ENVIRONMENT = re.compile(r"\$\{|\{env:|\{file:|os\.environ/|\$[A-Z_]+\b")
DATE = re.compile(r"[-@](20\d{6}|20\d\d-\d\d-\d\d)$")
ROUTED = (":nitro", ":floor", ":online", ":exacto")
"""Suffixes that choose among providers of a model; no catalogue needs to list them."""

GoesTo = Literal["openrouter", "vendor", "reseller", "local", "unknown"]


def hop(
    written: str,
    where: Place,
    provider: str,
    name: str,
    base_url: str | None = None,
    preferences: Mapping[str, Any] | None = None,
    parameters: frozenset[str] = frozenset(),
) -> Hop:
    """Return the hop of a model `name` at a provider, which may have a base URL of its own."""
    goes_to = _goes_to(written, provider, base_url)
    model_id, author, payer = None, None, provider
    if goes_to == "openrouter":
        model_id, payer = on_openrouter(name), "openrouter"
        author = _author_on_openrouter(model_id or name)
    elif goes_to in ("vendor", "reseller"):
        model_id = by_name(provider, name)
        author = _author(provider, name) if goes_to == "vendor" else None
    if goes_to == "vendor" and author != AUTHORS[provider]:
        goes_to = "reseller"
    wanted = dict(preferences or {})
    return Hop(written, where, goes_to, model_id, payer, wanted, parameters, author)


def server_hops(first: Hop, models: Iterable[Node]) -> tuple[Hop, ...]:
    """Return the models that OpenRouter itself tries in a request to `first`; none elsewhere."""
    if first.goes_to != "openrouter":
        return ()
    return tuple(
        hop(
            one.text,
            place(one),
            "openrouter",
            one.text,
            preferences=first.preferences,
            parameters=first.parameters,
        )
        for one in models
        if one.text
    )


def on_openrouter(name: str) -> str | None:
    """Return the id that OpenRouter gets; None for a preset or a pattern, which name no model."""
    if name.startswith("@preset/") or "*" in name:
        return None
    for suffix in ROUTED:
        name = name.removesuffix(suffix)
    own = f"openrouter/{name}"
    return own if own in ROUTERS or ("/" not in name and name.endswith("-alpha")) else name


def by_name(provider: str, name: str) -> str | None:
    """Return the id that a model of another provider would have on OpenRouter."""
    author = _author(provider, name)
    _, _, last = name.rpartition("/")
    if not author or ":" in last or "*" in last or last.endswith("-latest"):
        return None
    return f"{author}/{DATE.sub('', last)}"


def _author(provider: str, name: str) -> str | None:
    """Return who makes what a provider sells under a name."""
    if provider not in RESELLING:
        return AUTHORS.get(provider)
    last = name.rpartition("/")[2].lower()
    return next((author for start, author in FAMILIES.items() if last.startswith(start)), None)


def _author_on_openrouter(name: str) -> str | None:
    """Return the author in a name such as `author/model` or `~author/model-latest`."""
    author, slash, _ = name.partition("/")
    return None if not slash or "@" in author or "*" in author else author.removeprefix("~")


def is_of_environment(text: str) -> bool:
    """Return whether a text refers to the environment, so that the file does not say its value."""
    return bool(ENVIRONMENT.search(text))


def _goes_to(written: str, provider: str, base_url: str | None) -> GoesTo:
    if is_of_environment(written) or (base_url and is_of_environment(base_url)):
        return "unknown"
    host = _host(base_url) if base_url else ""
    if host == "openrouter.ai" or host.endswith(".openrouter.ai"):
        return "openrouter"
    if host in LOOPBACK or host == "host.docker.internal" or host.endswith(".local"):
        return "local"
    if provider == "openrouter" and not base_url:
        return "openrouter"
    if provider.lower() in LOCAL:
        return "local"
    return "vendor" if provider in AUTHORS and not base_url else "reseller"


def _host(url: str) -> str:
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
