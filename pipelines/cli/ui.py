"""The command that opens Dagster."""

import os
import socket
import sys
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import app
from pipelines.errors import RefusalError
from pipelines.settings import settings


class Server(StrEnum):
    """The servers of Dagster that can run by themselves."""

    WEBSERVER = "webserver"
    DAEMON = "daemon"


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages.")] = 3000,
    host: Annotated[str, typer.Option(help="Address of the pages.")] = "127.0.0.1",
    only: Annotated[
        Server | None, typer.Option(help="Start one server, as a container does; else both.")
    ] = None,
) -> None:
    """Open Dagster with its schedule on this machine."""
    from pipelines.orchestration.instance import prepare_instance

    if only is not Server.DAEMON:
        _check_port(host, port)
    prepare_instance(settings().dagster, settings().tokenhouse_record_url)
    pages = ["-h", host, "-p", f"{port}"]
    program, *arguments = {
        None: ["dagster", "dev", *pages],
        Server.WEBSERVER: ["dagster-webserver", *pages],
        Server.DAEMON: ["dagster-daemon", "run"],
    }[only]
    path = Path(sys.executable).with_name(program)
    # `dagster dev` warns of its successor `dg dev`, which is a package of its own.
    os.environ["PYTHONWARNINGS"] = "ignore:Function `dev_command` is superseded:FutureWarning"
    os.execv(path, [f"{path}", *arguments, "-m", "pipelines.definitions"])  # noqa: S606


def _check_port(host: str, port: int) -> None:
    """Raise RefusalError if a program listens on the port."""
    with closing(socket.socket()) as tried:
        if tried.connect_ex((host, port)) == 0:
            raise RefusalError(
                f"port {port} is taken, perhaps by another `tokenhouse ui`: stop that program, or "
                "choose another port with --port"
            )
