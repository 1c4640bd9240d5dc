"""What is made of the texts in `sql/`, kept for the next process in the user's folder for caches.

Parsing all models takes half a second, and reading their front matter a third of a query. What was
found is kept by a digest of the text, the parsers and their callers; the file may be deleted at any
time.
"""

import json
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import yaml
from platformdirs import user_cache_path

from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically

_made: dict[str, Any] = {}


def made(text: str, make: Callable[[str], Any]) -> Any:
    """Return what `make` makes of a text, a value of JSON, if no earlier process has kept it."""
    digest, known = _digest(text), _known()
    if digest not in _made:
        _made[digest] = known[digest] if digest in known else make(text)
    return _made[digest]


def remember(texts: Iterable[str]) -> None:
    """Keep what was made of these texts, and nothing else, for the next process."""
    found = {digest: _made[digest] for digest in map(_digest, texts) if digest in _made}
    if found.keys() == _known().keys():
        return
    try:
        write_atomically(_cache_file(), json.dumps(found).encode(), durable=False)
    except RefusalError:  # a full or read-only disk: the next process parses again
        return


def _cache_file() -> Path:
    return user_cache_path("tokenhouse") / "models.json"


@cache
def _known() -> dict[str, Any]:
    """Return what an earlier process kept, by the text's digest."""
    try:
        found = json.loads(_cache_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(text: str) -> str:
    return sha256(f"{_version()} {text}".encode()).hexdigest()


@cache
def _version() -> str:
    code = b"".join(
        Path(__file__).with_name(f"{one}.py").read_bytes() for one in ("kept", "syntax")
    )
    return f"{duckdb.__version__} {yaml.__version__} {sha256(code).hexdigest()}"
