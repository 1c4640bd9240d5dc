"""Parameters of commands are read without pydantic where they are what was written.

Typer reads every parameter through pydantic, also one that was not given, and has no setting for
it; importing pydantic takes as long as a query.
"""

from typing import Any, NamedTuple

from typer import BadParameter
from typer.core import _TyperParameter

_by_typer = _TyperParameter.get_runtime_param


class _Plainly(NamedTuple):
    """How a parameter is read: by Typer only where it is more than a text."""

    parameter: _TyperParameter

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value that a command gets for what was written; a default has its type."""
        is_list = param.nargs != 1 or getattr(param, "multiple", False)
        wanted = param.type_descriptor
        is_text = wanted.annotation is str and wanted.parameter_info.parser is None
        if value is None or value is param.default or (is_text and not is_list):
            return value
        try:
            return _by_typer(self.parameter).coerce(value, param=param, ctx=ctx)
        except BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")  # pydantic's, not a word
            raise


def read_plainly() -> None:
    """Let every parameter be read so."""
    _TyperParameter.get_runtime_param = lambda one: _Plainly(one)  # type: ignore[method-assign, assignment, return-value]
