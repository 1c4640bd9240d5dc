"""Asking the user's own `openclaw` what it has resolved for each exported workload."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pipelines.errors import RefusalError
from pipelines.exports import openclaw
from pipelines.exports.routing_document import RoutingDocument, Target
from pipelines.probes import facts, loaded
from pipelines.probes.facts import Probe, hashed
from pipelines.probes.loaded import Comparison

PROGRAM = "openclaw"
SECONDS = 60.0
"""How long to wait for one answer; it takes a few seconds."""

Result = Literal["passed", "failed", "unknown"]


@dataclass(frozen=True)
class Verified:
    """What `openclaw` reports of one agent.

    `unasked` says why it could not be asked: it was silent, it refused, or its answer was not one
    that we know. `allowed` is whether its allow-list contains the whole chain.
    """

    comparison: Comparison
    allowed: Result
    secrets: Result
    unasked: Literal["silent", "refused", "unreadable"] | None = None

    @property
    def is_passed(self) -> bool:
        """Whether everything is known to be as exported."""
        return (self.comparison.result, self.allowed, self.secrets) == ("equal", "passed", "passed")


def verify(document: RoutingDocument, seconds: float = SECONDS) -> Iterator[Verified]:
    """Ask for every exported agent; RefusalError if there is no such program."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise RefusalError(f"{PROGRAM} is not on PATH: nothing was asked")
    for target in document.targets:
        yield _verified(program, target, seconds)


def _verified(program: str, target: Target, seconds: float) -> Verified:
    answer = _asked(program, target.name, seconds)
    if isinstance(answer, Probe):
        return Verified(
            loaded.agent(target, answer),
            _allows(target, answer.facts.get("allowed")),
            _result(answer.facts.get("secrets_resolved")),
        )
    unknown = Comparison("openclaw", target.name, "unknown")
    return Verified(unknown, "unknown", "unknown", answer)


def _asked(
    program: str, agent: str, seconds: float
) -> Probe | Literal["silent", "refused", "unreadable"]:
    command = [program, "models", "status", "--json", "--agent", agent]
    try:
        done = subprocess.run(  # noqa: S603 the path is of the program itself, the rest is ours
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "silent"
    except OSError:
        return "refused"
    if done.returncode:
        return "refused"
    try:
        (probe,) = facts.read(done.stdout.decode(errors="replace"), PROGRAM, datetime.now(UTC))
    except (RefusalError, ValueError):
        return "unreadable"
    is_this = probe.kind == "models_status" and probe.subject == hashed(agent)
    return probe if is_this else "unreadable"


def _allows(target: Target, allowed: list[str] | None) -> Result:
    """Return whether an allow-list, which an empty one is not, contains the chain."""
    if allowed is None:
        return "unknown"
    return _result(
        not allowed or all(_names(one) & {*allowed} for one in openclaw.references(target))
    )


def _names(reference: str) -> set[str]:
    """Return the hashes of a reference, and of the patterns that contain it."""
    parts = reference.split("/")
    patterns = ("/".join([*parts[:place], "*"]) for place in range(1, len(parts)))
    return {hashed(one) for one in (reference, *patterns)}


def _result(value: bool | None) -> Result:
    return "unknown" if value is None else "passed" if value else "failed"
