"""A deadline for a whole exchange: the time limits of the HTTP library are for one read each."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpcore
import httpx

Trace = Callable[[str, dict[str, Any]], None]


@contextmanager
def ending_at(instant: float) -> Iterator[Trace]:
    """Close the connection at an instant of the monotonic clock, however busy it is.

    Yields the `trace` extension of the request, which reports its connection: it must be a new one.
    Raises httpx.ReadTimeout if the exchange had not ended by then.
    """
    streams: list[httpcore.NetworkStream] = []
    is_over = threading.Event()

    def trace(_: str, reported: dict[str, Any]) -> None:
        if isinstance(stream := reported.get("return_value"), httpcore.NetworkStream):
            streams.append(stream)
        if is_over.is_set():
            raise httpx.ReadTimeout("too slow")

    def cut() -> None:
        is_over.set()
        for stream in streams[-1:]:  # TLS wraps the stream before it
            with suppress(OSError):  # for any class of sockets: it wakes the reading thread
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, instant - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    except httpx.HTTPError:
        if not is_over.is_set():
            raise
    finally:
        timer.cancel()
    if is_over.is_set():
        raise httpx.ReadTimeout("too slow")
