"""The raw store: the exact bytes of every successful response, and the request that got it.

A file is gzip over one line of JSON (request, status, headers, instant, checksum) and the body.
Its name contains the instant and the first digits of the content's SHA-256: it is written once and
never changed. No key is ever part of it. The lake's Parquet can be rebuilt from here alone.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.lake import present
from pipelines.sources.response import Request, Response
from pipelines.sources.tables import OWN, SCORED
from pipelines.weeks import monday

GZIP = zlib.MAX_WBITS | 16
"""Makes zlib read gzip: in one call, in two thirds of the time of the gzip module."""


def store(lake: Path, response: Response) -> Path:
    """Write a response into the raw store; the same response twice is one file."""
    header = {
        "table": response.request.table,
        "path": response.request.path,
        "query": response.request.query,
        "status": response.status,
        "headers": response.headers,
        "fetched_at": f"{response.fetched_at:%Y-%m-%dT%H:%M:%SZ}",
        "sha256": response.sha256,
    }
    content = json.dumps(header, sort_keys=True).encode() + b"\n" + response.body
    digest = hashlib.sha256(content).hexdigest()[:12]
    path = (
        paths.raw(lake)
        / response.request.table
        / f"week={monday(response.fetched_at.date())}"
        / f"{response.fetched_at:%Y%m%dT%H%M%SZ}-{digest}.json.gz"
    )
    is_private = response.request.table in OWN | SCORED
    write_atomically(path, gzip.compress(content, 6, mtime=0), private=is_private)
    return path


def read(path: Path) -> Response:
    """Read one raw file; RefusalError naming it if its bytes are not those once written."""
    name = present.RAW.fullmatch(path.name)
    try:
        content = zlib.decompress(path.read_bytes(), GZIP)
        if name and hashlib.sha256(content).hexdigest()[:12] == name[2]:
            line, _, body = content.partition(b"\n")
            header = json.loads(line)
            query = tuple((key, value) for key, value in header["query"])
            return Response(
                Request(header["table"], header["path"], query),
                header["status"],
                header["headers"],
                datetime.fromisoformat(header["fetched_at"]).astimezone(UTC),
                body,
            )
    except (OSError, zlib.error):
        pass
    raise RefusalError(f"{path} is damaged: move it away, its response cannot be replayed")


def files(lake: Path) -> Iterator[Path]:
    """Yield the raw files in order of table, week, instant and checksum."""
    yield from (lake / name for name in present.responses(lake))
