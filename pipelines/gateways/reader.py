"""Which gateway a configuration is for, and what it says about models."""

from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.gateways import files, litellm, openclaw, opencode
from pipelines.gateways.configuration import Configuration

READERS = (litellm, openclaw, opencode)
"""The most specific first."""


def read(path: Path) -> Configuration:
    """Read a configuration; RefusalError if it is none that we know, or names no model."""
    root = files.read(path)
    for reader in READERS:
        if reader.reads(root):
            found: Configuration = reader.read(root)
            if not found.chains:
                raise RefusalError(f"{path} names no model where {found.gateway} looks for one")
            return found
    raise RefusalError(f"{path} is no configuration of OpenClaw, LiteLLM or opencode")
