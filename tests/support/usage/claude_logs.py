"""Session logs in the size of a year's work, with every way in which responses are logged twice."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.support.usage import claude_line

LINES_A_SESSION = 3000


def write(folder: Path, lines: int) -> None:
    """Write logs below `projects`: a response is several lines, and some are logged elsewhere too.

    Blocks of a response repeat its usage or add to it, a session's side chains replay its responses
    with another request, and forks of a session copy responses under their own id.
    """
    choice = random.Random(7)  # noqa: S311 the same logs every time
    started = datetime(2026, 6, 1, tzinfo=UTC)
    earlier: list[dict[str, Any]] = []
    for first in range(0, lines, LINES_A_SESSION):
        session = f"s{first}"
        blocks: list[dict[str, Any]] = []
        while len(blocks) < min(LINES_A_SESSION, lines - first):
            number = first + len(blocks)
            at = f"{started + timedelta(seconds=10 * number):%Y-%m-%dT%H:%M:%S.000Z}"
            one = {"message": f"msg_{number}", "timestamp": at, "requestId": f"req_{number}"}
            for block in range(choice.randint(1, 3)):
                blocks.append({**one, "output": choice.choice((1, 5)) * (block + 1)})
            if choice.random() < 0.1:
                replayed = {"isSidechain": True, "requestId": f"side_{number}"}
                blocks.append({**choice.choice(blocks), **replayed})
            if earlier and choice.random() < 0.1:
                blocks.append(choice.choice(earlier))
        path = folder / "projects" / f"-p{first % 7}" / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(claude_line(**one, sessionId=session) for one in blocks))
        earlier += choice.sample([one for one in blocks if "isSidechain" not in one], 50)
