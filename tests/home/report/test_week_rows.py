"""The rows of a report: weeks that are read together, and weeks that are not there."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.queries.published import reading
from pipelines.report import week_rows


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.accept)])
def test_weeks_read_together_are_the_same_as_each_read_alone(database: Path, every: int) -> None:
    with reading(database) as connection:
        asked = [*reversed(week_rows.complete_weeks(connection))][::every]
        together = week_rows.reports(connection, asked)
        alone = [week_rows.reports(connection, [week])[0] for week in asked]
    assert [week["week"] for week in together] == asked
    assert together == alone


@pytest.mark.parametrize("week", [date(2024, 12, 30), date(2025, 2, 3)])
def test_a_week_without_rows_is_refused_wherever_it_is(database: Path, week: date) -> None:
    with (
        reading(database) as connection,
        pytest.raises(RefusalError, match=f"week {week} is not in the database, which contains"),
    ):
        week_rows.digests(connection, [week])
