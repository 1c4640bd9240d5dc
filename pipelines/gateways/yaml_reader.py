"""YAML with the line of every value. Anchors are followed, tags are ignored."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from pipelines.gateways.tree import DEEPEST, MOST_NODES, Node


class TooLargeError(ValueError):
    """A file whose anchors describe more than a configuration may have, or itself."""


def parse(text: str, file: Path) -> Node:
    """Return the tree of a YAML text; raises yaml.YAMLError or TooLargeError."""
    loader = yaml.CSafeLoader(text)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    constructor = yaml.constructor.SafeConstructor()
    return _node(root, file, constructor, count(), 0) if root else Node(None, file, 1)


def _node(
    node: yaml.Node,
    file: Path,
    constructor: yaml.constructor.SafeConstructor,
    counter: Iterator[int],
    depth: int,
) -> Node:
    if depth > DEEPEST or next(counter) > MOST_NODES:
        raise TooLargeError
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        constructor.flatten_mapping(node)
        members = {
            f"{key.value}": _node(one, file, constructor, counter, depth + 1)
            for key, one in node.value
            if isinstance(key, yaml.ScalarNode)
        }
        return Node(members, file, line)
    if isinstance(node, yaml.SequenceNode):
        found = [_node(one, file, constructor, counter, depth + 1) for one in node.value]
        return Node(found, file, line)
    return Node(_scalar(node, constructor), file, line)


def _scalar(node: yaml.Node, constructor: yaml.constructor.SafeConstructor) -> Any:
    """Return a number, a truth value, nothing or a text; dates and tagged values are text."""
    known = ("bool", "int", "float", "null", "str")
    if node.tag.removeprefix("tag:yaml.org,2002:") not in known:
        return f"{node.value}"
    try:
        return constructor.construct_object(node)
    except (yaml.YAMLError, ValueError):
        return f"{node.value}"
