"""What is made of files that rarely change, kept for the next process in the user's cache folder.

Parsing all models takes half a second, reading their front matter a third of a query, and checking
the rows of the hand-kept tables as much as that. What was found is kept by a digest of the text,
the parsers and their callers, in a file for each subject; a file may be deleted at any time.
"""

import json
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import yaml
from platformdirs import user_cache_path

from pipelines.errors import RefusalError
from pipelines.home.files import write_atomically
from pipelines.settings import PACKAGE

MODELS = "models"
"""The subject of the texts in `sql/`."""

CODE = ("home/kept", "models/syntax", "models/front_matter", "models/python/registry")
CONTRACTS = ("reference/*", "arrow", "weeks")
"""The modules that what is kept follows from, whatever the subject."""

_made: dict[str, Any] = {}


def made(text: str, make: Callable[[str], Any], subject: str = MODELS) -> Any:
    """Return what `make` makes of a text, a value of JSON, if no earlier process has kept it."""
    digest, known = _digest(text), _known(subject)
    if digest not in _made:
        _made[digest] = known[digest] if digest in known else make(text)
    return _made[digest]


def remember(texts: Iterable[str], subject: str = MODELS) -> None:
    """Keep what was made of these texts, and nothing else of the subject, for the next process."""
    found = {digest: _made[digest] for digest in map(_digest, texts) if digest in _made}
    if found.keys() == _known(subject).keys():
        return
    try:
        content = json.dumps(found).encode()
        write_atomically(_cache_file(subject), content, durable=False, private=True)
    except RefusalError:  # a full or read-only disk: the next process makes it again
        return


def _cache_file(subject: str) -> Path:
    return user_cache_path("tokenhouse") / f"{subject}.json"


@cache
def _known(subject: str) -> dict[str, Any]:
    """Return what an earlier process kept of a subject, by the text's digest."""
    try:
        found = json.loads(_cache_file(subject).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(text: str) -> str:
    return sha256(f"{_version()} {text}".encode()).hexdigest()


@cache
def _version() -> str:
    code = [path for name in (*CODE, *CONTRACTS) for path in sorted(PACKAGE.glob(f"{name}.py"))]
    digest = sha256(b"".join(path.read_bytes() for path in code)).hexdigest()
    return f"{duckdb.__version__} {yaml.__version__} {metadata.version('pydantic')} {digest}"
