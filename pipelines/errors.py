"""The error that is shown to people as one line, and the way to warn them."""

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

from pipelines.text import escaped

if TYPE_CHECKING:  # light commands read this module and need no contracts
    from pydantic import ValidationError


class RefusalError(Exception):
    """Work was refused or failed; the message is one line: what, where, what to do.

    `reason` is one word of a fixed list for programs, where there is one.
    """

    def __init__(self, message: str, reason: str = "failed") -> None:
        super().__init__(message)
        self.reason = reason


def first_fault(error: "ValidationError", whole: str) -> str:
    """Return the first field that breaks a contract, and why; `whole` names what has no field."""
    fault = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or whole
    return f"field {field}: {str(fault['msg']).removeprefix('Value error, ')}"


YELLOW, PLAIN = "\x1b[33m", "\x1b[0m"


@cache
def warn(message: str) -> None:
    """Print a warning as one line on stderr, once per process; a terminal shows it in yellow."""
    line = escaped(f"tokenhouse: warning: {message}")
    is_coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    sys.stderr.write(f"{YELLOW}{line}{PLAIN}\n" if is_coloured else f"{line}\n")
