"""Keys stay secret even if a server repeats them: nothing that holds one is kept or shown."""

import re
from collections.abc import Iterable

SHORTEST_KEY = 6
"""Characters; what is shorter is a word that any answer may hold, and no secret."""


def pattern(keys: Iterable[str]) -> re.Pattern[bytes]:
    r"""Return what matches each of the keys, plain or escaped as JSON may have it (`\u00xx`)."""
    secrets = sorted((key for key in keys if len(key) >= SHORTEST_KEY), key=len, reverse=True)
    either = b"|".join(b"".join(map(_written, key)) for key in secrets)
    return re.compile(either or b"(?!)")


def masked(text: str, secret: re.Pattern[bytes]) -> str:
    """Return a text without what must not be shown."""
    return secret.sub(b"[key]", text.encode(errors="replace")).decode(errors="replace")


def _written(character: str) -> bytes:
    plain = re.escape(character.encode())
    # The longer first: of an escaped backslash both go.
    return b"(?:\\\\u00(?i:%02x)|\\\\%b|%b)" % (ord(character), plain, plain)
