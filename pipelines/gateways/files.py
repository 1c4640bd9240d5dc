"""Reading the file of a configuration, with the files it includes, into one tree.

Whatever is wrong with a file is one line that names it and repeats nothing of its content: it may
contain keys.
"""

from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import RefusalError
from pipelines.gateways import json5_reader, yaml_reader
from pipelines.gateways.tree import Node
from pipelines.home.files import read_limited
from pipelines.limits import LARGEST_CONFIGURATION

INCLUDE = "$include"
DEEPEST_INCLUDE = 10
"""OpenClaw's own limit."""


def read(path: Path) -> Node:
    """Return the tree of a configuration; RefusalError if it cannot be read.

    An object with `$include` gets what the named files contain. Its own settings win, and lists are
    joined. The files must be inside the folder of the configuration.
    """
    return _resolved(_parsed(path), path.parent, (path.resolve(),))


def _parsed(path: Path) -> Node:
    text = _text(path)
    try:
        if path.suffix in (".yaml", ".yml"):
            return yaml_reader.parse(text, path)
        return json5_reader.parse(text, path)
    except json5_reader.Json5Error as error:
        raise RefusalError(f"{path}, line {error.line}: is not valid JSON5") from None
    except yaml_reader.TooLargeError:
        raise RefusalError(f"{path}: its anchors describe too many values") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise RefusalError(f"{path}{line}: is not one valid YAML document") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise RefusalError(f"{path}: is not one valid YAML document") from None


def _text(path: Path) -> str:
    try:
        return read_limited(path, LARGEST_CONFIGURATION).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RefusalError(f"{path} is not text in UTF-8") from None


def _resolved(node: Node, root: Path, way: tuple[Path, ...]) -> Node:
    """Return a tree with its includes; `way` contains the files that led to it."""
    if isinstance(node.value, list):
        return node._replace(value=[_resolved(one, root, way) for one in node.value])
    if not isinstance(node.value, dict):
        return node
    own = {key: _resolved(one, root, way) for key, one in node.value.items() if key != INCLUDE}
    named = node.value.get(INCLUDE)
    if named is None:
        return node._replace(value=own)
    merged: Any = {}
    for one in named.nodes() or [named]:
        merged = _merged(merged, _included(one, root, way).value)
    return node._replace(value=_merged(merged, own))


def _included(named: Node, root: Path, way: tuple[Path, ...]) -> Node:
    where = f"{named.file}, line {named.line}"
    if not named.text:
        raise RefusalError(f"{where}: $include must name a file")
    path = named.file.parent / named.text
    target = path.resolve()
    if not target.is_relative_to(root.resolve()):
        raise RefusalError(f"{where}: $include leads out of {root}")
    if target in way:
        raise RefusalError(f"{where}: $include leads back to a file that includes it")
    if len(way) > DEEPEST_INCLUDE:
        raise RefusalError(f"{where}: $include is nested more than {DEEPEST_INCLUDE} deep")
    if not target.is_file():
        raise RefusalError(f"{where}: $include names a file that is not there")
    return _resolved(_parsed(path), root, (*way, target))


def _merged(below: Any, above: Any) -> Any:
    """Return two values as one: mappings by key, lists joined, else the one above wins."""
    if isinstance(below, list) and isinstance(above, list):
        return below + above
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    common = below.keys() & above.keys()
    both = {
        key: above[key]._replace(value=_merged(below[key].value, above[key].value))
        for key in common
    }
    return {**below, **above, **both}
