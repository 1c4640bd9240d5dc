"""The command that opens Dagster."""

import os
import sys
from typing import Annotated

import typer

from pipelines.cli.app import app
from pipelines.settings import settings


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 3000,
) -> None:
    """Open Dagster with its schedule on this machine."""
    from pipelines.orchestration.instance import prepare_instance

    prepare_instance(settings().dagster)
    arguments = ["dagster", "dev", "-m", "pipelines.definitions", "-h", "127.0.0.1"]
    os.execv(sys.executable, [sys.executable, "-m", *arguments, "-p", str(port)])  # noqa: S606
