"""The recorded sample: a transport that serves responses from files instead of the network.

Everything above the transport is the same code as for live responses.
"""

import gzip
import json
import re
import zlib
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from pipelines.errors import RefusalError
from pipelines.settings import SAMPLE
from pipelines.weeks import mondays, snapshot_window


@cache
def recorded_windows(folder: Path = SAMPLE) -> list[tuple[date, date]]:
    """Return the windows (days, both included) of the recorded rankings responses."""
    names = [path.name for path in sorted((folder / "rankings-daily").iterdir())]
    found = [re.fullmatch(r"(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)\.json", name) for name in names]
    if not any(found):
        raise RefusalError(f"{folder}: no recorded responses; restore them with git checkout")
    return [(date.fromisoformat(one[1]), date.fromisoformat(one[2])) for one in found if one]


def recorded_as_of(start: date, end: date, folder: Path = SAMPLE) -> datetime:
    """Return the as-of of the recording of a window."""
    return _instant_of_meta(_load(folder / "rankings-daily" / f"{start}_{end}.json"))


def recorded_weeks(folder: Path = SAMPLE) -> list[date]:
    """Return the Mondays of the recorded weeks."""
    return [week for start, end in recorded_windows(folder) for week in mondays(start, end)]


@cache
def recorded_catalogues(folder: Path = SAMPLE) -> list[datetime]:
    """Return the instants (UTC) at which the recorded catalogues were fetched."""
    names = sorted(
        path.name
        for path in (folder / "models").iterdir()
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d{4}Z\.json\.gz", path.name)
    )
    return [datetime.strptime(name, "%Y-%m-%dT%H%MZ.json.gz").replace(tzinfo=UTC) for name in names]


def recorded_parts(start: date, end: date) -> list[tuple[date, date]]:
    """Return the parts of a window (days, both included) that were recorded."""
    windows = [(max(start, a), min(end, b)) for a, b in recorded_windows()]
    return [(a, b) for a, b in windows if a <= b]


def catalogues_of(first: date, last: date) -> list[datetime]:
    """Return when the catalogues of these weeks were recorded."""
    start, end = snapshot_window(first, last)
    return [instant for instant in recorded_catalogues() if start <= instant.date() <= end]


class RecordedResponses(httpx.BaseTransport):
    """Serve the API's responses from the recordings in `folder`, as the server would at `now`."""

    def __init__(self, now: datetime, folder: Path = SAMPLE) -> None:
        self._now = now
        self._folder = folder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Serve one request; for one that was never recorded, an error in the API's own form."""
        path, query = request.url.path, request.url.params
        if path.endswith("/datasets/rankings-daily"):
            return self._rankings(query)
        if path.endswith("/datasets/app-rankings") and "category" not in query:
            return self._apps()
        if path.endswith("/models"):
            return self._catalogue()
        return _error(404, f"{path} was not recorded")

    def _rankings(self, query: httpx.QueryParams) -> httpx.Response:
        start, end = query["start_date"], query["end_date"]
        for first, last in recorded_windows(self._folder):
            if first <= date.fromisoformat(start) and date.fromisoformat(end) <= last:
                body = _load(self._folder / "rankings-daily" / f"{first}_{last}.json")
                rows = [row for row in body["data"] if start <= str(row.get("date")) <= end]
                meta = {**body["meta"], "start_date": start, "end_date": end}
                return _dated({"data": rows, "meta": meta}, _instant_of_meta(body))
        return _error(400, f"no recorded response covers {start}…{end}")

    def _apps(self) -> httpx.Response:
        body = _load(max(self._folder.joinpath("app-rankings").glob("*.json")))
        return _dated(body, _instant_of_meta(body))

    def _catalogue(self) -> httpx.Response:
        known = [instant for instant in recorded_catalogues(self._folder) if instant <= self._now]
        if not known:
            return _error(404, f"no catalogue was recorded before {self._now:%Y-%m-%d}")
        path = self._folder / "models" / f"{known[-1]:%Y-%m-%dT%H%MZ}.json.gz"
        return _dated(_load(path), known[-1])


def _instant_of_meta(body: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(body["meta"]["as_of"]).astimezone(UTC)


def _dated(body: dict[str, Any], instant: datetime) -> httpx.Response:
    """Return a response sent at an instant, which a recording does not contain."""
    return _as_stream(200, body, {"Date": format_datetime(instant, usegmt=True)})


def _load(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
        body: dict[str, Any] = json.loads(
            gzip.decompress(content) if path.suffix == ".gz" else content
        )
        if not all(isinstance(row, dict) for row in body["data"]):
            raise ValueError("data is not a list of objects")
        if path.suffix != ".gz":
            _instant_of_meta(body)
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise RefusalError(f"{path} cannot be read ({error}): restore it with git checkout") from (
            None
        )
    return body


def _error(status: int, message: str) -> httpx.Response:
    return _as_stream(status, {"error": {"code": status, "message": message}}, {})


def _as_stream(status: int, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response:
    """Return a response that the client reads as it does one from the network."""
    content = httpx.ByteStream(json.dumps(body, ensure_ascii=False).encode())
    headers = {"Content-Type": "application/json", **headers}
    return httpx.Response(status, headers=headers, stream=content)
