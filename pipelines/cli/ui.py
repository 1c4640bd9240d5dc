"""The command that opens Dagster."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import app
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

    prepare_instance(settings().dagster, settings().tokenhouse_record_url)
    pages = ["-h", host, "-p", f"{port}"]
    program, *arguments = {
        None: ["dagster", "dev", *pages],
        Server.WEBSERVER: ["dagster-webserver", *pages],
        Server.DAEMON: ["dagster-daemon", "run"],
    }[only]
    path = Path(sys.executable).with_name(program)
    os.execv(path, [f"{path}", *arguments, "-m", "pipelines.definitions"])  # noqa: S606
