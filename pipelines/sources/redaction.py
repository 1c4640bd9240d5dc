"""Keys stay secret even if a server repeats them: nothing that contains one is stored or shown."""

import re
from collections.abc import Iterable

SHORTEST_KEY = 6
"""Characters; anything shorter is a word that any response may contain, and not a secret."""


def pattern(keys: Iterable[str]) -> re.Pattern[bytes]:
    r"""Return a pattern that matches each key, plain or escaped as in JSON (`\u00xx`)."""
    secrets = sorted((key for key in keys if len(key) >= SHORTEST_KEY), key=len, reverse=True)
    either = b"|".join(b"".join(map(_written, key)) for key in secrets)
    return re.compile(either or b"(?!)")


def masked(text: str, secret: re.Pattern[bytes]) -> str:
    """Return a text with its keys masked."""
    return secret.sub(b"[key]", text.encode(errors="replace")).decode(errors="replace")


def _written(character: str) -> bytes:
    plain = re.escape(character.encode())
    # The longer first: an escaped backslash is masked whole.
    return b"(?:\\\\u00(?i:%02x)|\\\\%b|%b)" % (ord(character), plain, plain)
