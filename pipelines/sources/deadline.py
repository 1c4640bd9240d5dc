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
    """Cut the connection at an instant of the monotonic clock, however busy it looks.

    Yields the `trace` extension of the request, which tells of its connection: it must be a new
    one. Raises httpx.ReadTimeout if the exchange had not ended by itself.
    """
    streams: list[httpcore.NetworkStream] = []
    is_over = threading.Event()

    def trace(_: str, told: dict[str, Any]) -> None:
        if isinstance(stream := told.get("return_value"), httpcore.NetworkStream):
            streams.append(stream)
        if is_over.is_set():
            raise httpx.ReadTimeout("too slow")

    def cut() -> None:
        is_over.set()
        for stream in streams[-1:]:  # TLS makes a stream of the one before it
            with suppress(OSError):  # of any class of sockets: wakes the thread that reads
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
