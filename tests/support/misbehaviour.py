"""A server that breaks HTTP or its timing: handlers in place of a response."""

import contextlib
import gzip
import json
import socket
import struct
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

from tests.support import wire

Handler = Callable[[BaseHTTPRequestHandler], None]

DAY = "2026-05-18"
GOOD = wire.rankings(DAY, DAY, "2026-10-11T00:27:00Z")


def _start(handler: BaseHTTPRequestHandler, length: int, **headers: str) -> None:
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def reset(handler: BaseHTTPRequestHandler) -> None:
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True


def reset_midway(handler: BaseHTTPRequestHandler) -> None:
    _start(handler, 10_000)
    handler.wfile.write(b'{"data": [')
    handler.wfile.flush()
    reset(handler)


def wrong_length(handler: BaseHTTPRequestHandler) -> None:
    body = json.dumps(GOOD).encode()
    _start(handler, len(body) + 100)
    handler.wfile.write(body)
    handler.close_connection = True


def truncated_json(handler: BaseHTTPRequestHandler) -> None:
    body = json.dumps(GOOD).encode()[:-50]
    _start(handler, len(body))
    handler.wfile.write(body)


def truncated_gzip(handler: BaseHTTPRequestHandler) -> None:
    body = gzip.compress(json.dumps(GOOD).encode())[:-40]
    _start(handler, len(body), Content_Encoding="gzip")
    handler.wfile.write(body)


def no_gzip(handler: BaseHTTPRequestHandler) -> None:
    body = json.dumps(GOOD).encode()
    _start(handler, len(body), Content_Encoding="gzip")
    handler.wfile.write(body)


def near_date(handler: BaseHTTPRequestHandler) -> None:
    """Ask to wait until the second after this one."""
    soon = datetime.now(UTC) + timedelta(seconds=1)
    handler.send_response(429)
    handler.send_header("Retry-After", format_datetime(soon, usegmt=True))
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def key_in_reason(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(401, f"bad {wire.KEY}")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def key_in_illegal_header(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(f"HTTP/1.1 200 OK\r\nbad {wire.KEY}\r\n\r\n".encode())
    handler.close_connection = True


def long_illegal_header(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"a" * 90_000 + b"\r\n\r\n")
    handler.close_connection = True


def key_in_status_line(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(f"HTTP/1.1 {wire.KEY}\r\n\r\n".encode())
    handler.close_connection = True


def silence(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1)
    handler.close_connection = True


def _drip(handler: BaseHTTPRequestHandler, drop: bytes) -> None:
    with contextlib.suppress(OSError):
        for _ in range(30):
            handler.wfile.write(drop)
            handler.wfile.flush()
            time.sleep(0.1)
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    _start(handler, 100_000)
    _drip(handler, b" ")


def drip_without_length(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(json.dumps(GOOD).encode())
    _drip(handler, b" ")


def header_drip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    _drip(handler, b"X-Drop: 1\r\n")


def gzip_drip(handler: BaseHTTPRequestHandler) -> None:
    """Begin a gzip header with a file name that never ends: not one byte can be decoded."""
    _start(handler, 100_000, Content_Encoding="gzip")
    handler.wfile.write(b"\x1f\x8b\x08\x08" + bytes(6))
    _drip(handler, b"a")


def endless(handler: BaseHTTPRequestHandler) -> None:
    _start(handler, 500 * 2**20)
    with contextlib.suppress(OSError):
        for _ in range(500):
            handler.wfile.write(b" " * 2**20)


def nested_gzip(handler: BaseHTTPRequestHandler) -> None:
    """Send 256 MB of zeros as some kilobytes of gzip within gzip."""
    body = gzip.compress(compressed_zeros())
    _start(handler, len(body), Content_Encoding="gzip, gzip")
    handler.wfile.write(body)


def compressed_zeros() -> bytes:
    """Return 256 MB of zeros in gzip, without its end: compressed blocks may be repeated."""
    compressor = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    first, second = (
        compressor.compress(bytes(2**20)) + compressor.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    return first + 255 * second


def good_gzip(handler: BaseHTTPRequestHandler) -> None:
    body = gzip.compress(json.dumps(GOOD).encode())
    _start(handler, len(body), Content_Encoding="gzip")
    handler.wfile.write(body)
