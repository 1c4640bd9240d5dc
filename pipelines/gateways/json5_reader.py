"""JSON5 (json5.org) with the line of every value: comments, trailing commas, unquoted keys."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.gateways.tree import DEEPEST, Node

TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|//[^\n]*|/\*.*?\*/)+)
    |(?P<mark>[{}\[\]:,])
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<word>[^\s{}\[\]:,"'/]+)
    """,
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)", re.DOTALL)
ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
LITERALS = {"true": True, "false": False, "null": None}
END = "end"


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


class Json5Error(ValueError):
    """Text that is not JSON5, with the line of the first fault; it repeats nothing of the text."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def parse(text: str, file: Path) -> Node:
    """Return the tree of a JSON5 text; raises Json5Error. Of a repeated key the last one counts."""
    tokens = _tokens(text)
    node = _value(next(tokens), tokens, file, 0)
    rest = next(tokens)
    if rest.kind != END:
        raise Json5Error(rest.line)
    return node


def _tokens(text: str) -> Iterator[_Token]:
    place, line = 0, 1
    while place < len(text):
        match = TOKEN.match(text, place)
        if not match:
            raise Json5Error(line)
        kind, found = f"{match.lastgroup}", match[0]
        if kind != "space":
            yield _Token(kind, found, line)
        line += found.count("\n")
        place = match.end()
    while True:
        yield _Token(END, "", line)


def _value(token: _Token, tokens: Iterator[_Token], file: Path, depth: int) -> Node:
    if depth > DEEPEST:
        raise Json5Error(token.line)
    if token.text == "{" and token.kind == "mark":
        return Node(_members(tokens, file, depth), file, token.line)
    if token.text == "[" and token.kind == "mark":
        return Node(_elements(tokens, file, depth), file, token.line)
    return Node(_scalar(token), file, token.line)


def _members(tokens: Iterator[_Token], file: Path, depth: int) -> dict[str, Node]:
    members: dict[str, Node] = {}
    token = next(tokens)
    while token.text != "}":
        if token.kind not in ("string", "word"):
            raise Json5Error(token.line)
        key = _unquoted(token) if token.kind == "string" else token.text
        _expect(next(tokens), ":")
        members[key] = _value(next(tokens), tokens, file, depth + 1)
        token = _after(next(tokens), "}", tokens)
    return members


def _elements(tokens: Iterator[_Token], file: Path, depth: int) -> list[Node]:
    elements = []
    token = next(tokens)
    while token.text != "]" or token.kind != "mark":
        elements.append(_value(token, tokens, file, depth + 1))
        token = _after(next(tokens), "]", tokens)
    return elements


def _after(token: _Token, end: str, tokens: Iterator[_Token]) -> _Token:
    """Return the token after a comma, or the end of the list."""
    if token.kind == "mark" and token.text == end:
        return token
    _expect(token, ",")
    return next(tokens)


def _expect(token: _Token, mark: str) -> None:
    if token.kind != "mark" or token.text != mark:
        raise Json5Error(token.line)


def _scalar(token: _Token) -> Any:
    if token.kind == "string":
        return _unquoted(token)
    if token.kind != "word":
        raise Json5Error(token.line)
    if token.text in LITERALS:
        return LITERALS[token.text]
    try:
        return int(token.text, 0) if token.text.lstrip("+-")[:2].lower() == "0x" else _number(token)
    except ValueError:
        raise Json5Error(token.line) from None


def _number(token: _Token) -> float:
    """Return a number; underscores, which Python allows, are no JSON5."""
    if "_" in token.text:
        raise ValueError(token.line)
    return float(token.text)


def _unquoted(token: _Token) -> str:
    def replaced(match: re.Match[str]) -> str:
        found = match[1]
        if found[0] in "ux" and len(found) > 1:
            return chr(int(found[1:], 16))
        return "" if found in ("\n", "\r\n") else ESCAPED.get(found, found)

    text = ESCAPE.sub(replaced, token.text[1:-1])
    # Two escapes may be the halves of one character; half a character alone is replaced.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
