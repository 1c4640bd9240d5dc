"""What a configuration says about models, whichever gateway it is for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pipelines.gateways.tree import Node

Gateway = Literal["openclaw", "litellm", "opencode"]

ROUTERS = frozenset(
    f"openrouter/{name}"
    for name in ("auto", "auto-beta", "bodybuilder", "free", "fusion", "pareto-code")
)
"""Names under which OpenRouter itself chooses the model."""


class Place(NamedTuple):
    """Where something is written."""

    file: Path
    line: int


def place(node: Node) -> Place:
    """Return where a node is written."""
    return Place(node.file, node.line)


@dataclass(frozen=True)
class Hop:
    """A model that a request may reach.

    `model_id` is its id on OpenRouter if the request goes there. Else it is a guess at the name it
    would have there, for comparisons alone, and None if there is none. `author` is who made it,
    None if neither the name nor the provider says so. `provider_name` is who is paid; `preferences`
    are OpenRouter's provider preferences.
    """

    written: str
    place: Place
    goes_to: Literal["openrouter", "vendor", "reseller", "local", "unknown"]
    model_id: str | None
    provider_name: str
    preferences: dict[str, Any] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    author: str | None = None

    @property
    def is_router(self) -> bool:
        """Whether OpenRouter itself chooses the model."""
        return self.model_id in ROUTERS


@dataclass(frozen=True)
class Chain:
    """What answers under one name: the first hop, then its fallbacks in their order.

    `by_server` is whether OpenRouter itself fails over, `server_hops` are the models that the file
    names for that; `has_timeout` is whether a silent model is given up, None where the gateway has
    no such setting. Besides turns, a chain can serve images, or side tasks such as heartbeats, for
    which one model is enough.
    """

    name: str
    place: Place
    hops: tuple[Hop, ...]
    by_server: bool = False
    server_hops: tuple[Hop, ...] = ()
    has_timeout: bool | None = None
    serves: Literal["turns", "images", "side tasks"] = "turns"


@dataclass(frozen=True)
class Fault:
    """A part of the wiring that leads nowhere: a code of the catalogues, and what it is about."""

    code: str
    place: Place
    subject: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Configuration:
    """A configuration of a gateway; `offered` are models that a person may choose by hand.

    `names_fallbacks` is whether it names any outside its chains, also where they lead nowhere.
    `has_one_key` is whether nothing in it gives models on OpenRouter different keys.
    """

    path: Path
    gateway: Gateway
    chains: tuple[Chain, ...]
    faults: tuple[Fault, ...] = ()
    offered: tuple[Hop, ...] = ()
    names_fallbacks: bool = False
    has_one_key: bool = True

    @property
    def reached(self) -> list[Hop]:
        """Every model that a request may reach by itself, chain by chain."""
        return [hop for chain in self.chains for hop in (*chain.hops, *chain.server_hops)]

    @property
    def hops(self) -> list[Hop]:
        """Every model that the configuration names."""
        return [*self.reached, *self.offered]
