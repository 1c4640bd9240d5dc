"""Which date of a response is credible, given our clock and what is stored."""

from datetime import UTC, datetime

import pytest

from pipelines.errors import RefusalError
from pipelines.lake import clocks
from pipelines.sources.response import Request, Response

STORED = "2026-07-13"


@pytest.mark.parametrize(
    ("server", "ours", "newest", "is_credible"),
    [
        ("2026-07-20", "2026-07-20", None, True),
        ("2026-07-20", "2026-07-21", STORED, True),
        ("2026-07-20", "2026-07-22", STORED, False),
        ("2099-05-25", "2026-07-20", STORED, False),
        ("2025-05-25", "2026-07-20", STORED, False),
        ("2026-07-20", "2026-01-01", STORED, True),  # ours was set back, and the server goes on
        ("2026-07-20", "2026-01-01", None, False),
        ("2099-05-25", "2026-01-01", STORED, False),
        ("2026-07-01", "2026-01-01", STORED, False),
        ("2026-07-20", "2026-07-20", "2099-05-25", True),  # a home that was poisoned can go on
    ],
)
def test_a_date_counts_if_two_clocks_agree_or_ours_is_known_to_be_behind(
    server: str, ours: str, newest: str | None, is_credible: bool
) -> None:
    dates = (datetime.fromisoformat(f"{day}T08:00:00Z").astimezone(UTC) for day in (server, ours))
    sent, now = dates
    known = datetime.fromisoformat(f"{newest}T08:00:00Z").astimezone(UTC) if newest else None
    response = Response(Request("models", "models"), 200, {}, sent, b"{}")
    if is_credible:
        clocks.check(response, known, now)
    else:
        with pytest.raises(RefusalError, match=f"server's clock says {server} 08:00Z"):
            clocks.check(response, known, now)
