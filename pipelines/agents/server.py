"""The server: tools and the week's digest, over stdio or HTTP on this machine."""

from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from threading import Lock
from typing import Any

import duckdb
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from pipelines.agents import tools
from pipelines.errors import RefusalError
from pipelines.queries.sample_database import readable
from pipelines.settings import settings

HOST = "127.0.0.1"

ONE_AT_A_TIME = Lock()
"""The tools share one connection."""

INSTRUCTIONS = (
    "Weekly token rankings of OpenRouter with routes and prices. Weeks are named by their Monday. "
    "Shares are of all tokens unless a row says otherwise; NULL is unknown, never zero. Revenue is "
    "an estimate at list prices, success is predicted. Cite the line `citation`."
)


OF_SAMPLE = " There is no home here yet: all figures are of the recorded sample."


def server() -> MCPServer[None]:
    """Return the server with every tool and the digest."""
    is_sample = readable(settings()) != settings().database
    made: MCPServer[None] = MCPServer(
        "tokenhouse",
        instructions=INSTRUCTIONS + (OF_SAMPLE if is_sample else ""),
        version=version("tokenhouse"),
        log_level="ERROR",
    )
    for tool in tools.TOOLS:
        first = (tool.__doc__ or "").split("\n\n")[0]
        made.tool(name=tool.__name__, description=first, structured_output=False)(_answering(tool))
    made.resource("tokenhouse://digest", name="digest", mime_type="text/markdown")(tools.digest)
    return made


def _answering(tool: Callable[..., tools.Answer]) -> Callable[..., tools.Answer]:
    """Return a tool that answers one call at a time, and whose refusals are one line."""

    @wraps(tool)
    def called(*arguments: Any, **named: Any) -> tools.Answer:
        with ONE_AT_A_TIME:
            try:
                return tool(*arguments, **named)
            except ModuleNotFoundError as error:
                raise ToolError(f"this needs tokenhouse[pipeline]: {error.name}") from None
            except (RefusalError, duckdb.Error) as error:
                raise ToolError(f"{error}") from None

    return called


def run(port: int | None) -> None:
    """Serve on stdio, or on a port of this machine, until the client goes away."""
    try:
        if port is None:
            server().run("stdio")
        else:
            server().run("streamable-http", host=HOST, port=port)
    finally:
        tools.DATABASE.close()
