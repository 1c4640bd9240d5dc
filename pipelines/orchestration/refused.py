"""A step that is refused fails with one line on Dagster's page, without a stack.

Dagster shows an error of another process as that process described it, and every other error with
the frames of its own. A refusal has no frame that helps, so it is described as its line.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, TypeVar

from dagster._core.errors import DagsterUserCodeProcessError
from dagster_shared.error import SerializableErrorInfo

from pipelines.errors import RefusalError

Step = TypeVar("Step", bound=Callable[..., Any])


class RefusedStepError(RefusalError, DagsterUserCodeProcessError):
    """A refusal as Dagster records it; to everything else it is the refusal."""

    def __init__(self, error: RefusalError) -> None:
        line = SerializableErrorInfo(f"{error}\n", [], type(error).__name__)
        shown = {"user_code_process_error_infos": [line]}
        DagsterUserCodeProcessError.__init__(self, f"{error}", **shown)  # type: ignore[no-untyped-call]
        self.reason = error.reason


def in_one_line(step: Step) -> Step:
    """Let a refusal of a step, which may be a generator, be recorded as its line."""

    @wraps(step)
    def returning(*values: Any, **named: Any) -> Any:
        with _recorded_in_one_line():
            return step(*values, **named)

    @wraps(step)
    def yielding(*values: Any, **named: Any) -> Any:
        with _recorded_in_one_line():
            yield from step(*values, **named)

    return yielding if isgeneratorfunction(step) else returning  # type: ignore[return-value]


@contextmanager
def _recorded_in_one_line() -> Iterator[None]:
    try:
        yield
    except RefusalError as error:
        raise RefusedStepError(error) from None
