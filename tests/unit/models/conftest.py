from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.home import kept
from pipelines.models import syntax

Begin = Callable[[], None]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Return a function that forgets what this process knows, as a new process would."""

    def forget() -> None:
        syntax.tables.cache_clear()
        kept._known.cache_clear()
        kept._made.clear()

    monkeypatch.setattr(kept, "_cache_file", lambda subject: tmp_path / "cache" / f"{subject}.json")
    forget()
    return forget
