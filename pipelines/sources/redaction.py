"""Keys stay secret even if a server repeats them: a text is masked before it is stored or shown."""

import base64
import re
from collections.abc import Iterable, Iterator

SHORTEST_KEY = 6
"""Characters; anything shorter is a word that any response may contain, and not a secret."""


def pattern(keys: Iterable[str]) -> re.Pattern[bytes]:
    r"""Return a pattern that matches each key in upper or lower case, plain or encoded.

    Encoded is escaped as in JSON (`\u00xx`) or in a URL (`%xx`), or within base64.
    """
    secrets = sorted((key for key in keys if len(key) >= SHORTEST_KEY), key=len, reverse=True)
    forms = [b"(?i:%b)" % b"".join(map(_written, key)) for key in secrets]
    forms += [form for key in secrets for form in _in_base64(key.encode())]
    return re.compile(b"|".join(forms) or b"(?!)")


def masked(text: str, secret: re.Pattern[bytes]) -> str:
    """Return a text with its keys masked."""
    return secret.sub(b"[key]", text.encode(errors="replace")).decode(errors="replace")


def _written(character: str) -> bytes:
    plain = re.escape(character.encode())
    # The longer first: an escaped backslash is masked whole.
    code = ord(character)
    return b"(?:\\\\u00%02x|%%%02x|\\\\%b|%b)" % (code, code, plain, plain)


def _in_base64(key: bytes) -> Iterator[bytes]:
    """Yield the digits that a key gives within longer base64, at each of three places of it."""
    for before in range(3):
        digits = base64.b64encode(bytes(before) + key)
        whole = digits[-(-8 * before // 6) : 8 * (before + len(key)) // 6]
        yield re.escape(whole).replace(rb"\+", b"[-+]").replace(b"/", b"[_/]")
