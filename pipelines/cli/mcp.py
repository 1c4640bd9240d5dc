"""Let agents query what is published."""

from typing import Annotated

import typer

from pipelines.cli.app import app


@app.command()
def mcp(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Serve HTTP on this port of this machine, not stdio."),
    ] = None,
) -> None:
    """Serve the published database to agents, read-only, over the Model Context Protocol."""
    from pipelines.agents import server

    server.run(port)
