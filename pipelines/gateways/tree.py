"""A configuration as a tree whose every value knows its file and line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

DEEPEST = 100
MOST_NODES = 100_000
"""What a configuration may have; a YAML file of a few lines can describe millions of values."""


class Node(NamedTuple):
    """A value: a dict of nodes, a list of nodes, or a scalar as it is written.

    References to the environment stay text: nothing is ever expanded.
    """

    value: Any
    file: Path
    line: int

    def get(self, *keys: str) -> "Node | None":
        """Return the node under these keys; None where there is none."""
        found: Node | None = self
        for key in keys:
            found = found.value.get(key) if found and isinstance(found.value, dict) else None
        return found

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Yield the entries of a mapping; none of anything else."""
        if isinstance(self.value, dict):
            yield from self.value.items()

    def nodes(self) -> list["Node"]:
        """Return the entries of a list; none of anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """The value if it is text."""
        return self.value if isinstance(self.value, str) else None

    @property
    def name(self) -> str | None:
        """The value as a name: text or a number."""
        return f"{self.value}" if isinstance(self.value, str | int | float) else None

    def plain(self) -> Any:
        """Return the value without files and lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def entries(node: Node | None, *keys: str) -> Iterator[tuple[str, Node]]:
    """Yield the entries of the mapping under these keys; none where there is none."""
    found = node and node.get(*keys)
    if found:
        yield from found.items()


def listed(node: Node | None, *keys: str) -> list[Node]:
    """Return the entries of the list under these keys; none where there is none."""
    found = node and node.get(*keys)
    return found.nodes() if found else []
