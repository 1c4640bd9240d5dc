"""The citation that must accompany every figure that leaves the warehouse."""

from datetime import datetime

LICENCE = "CC BY 4.0"


def citation(as_of: datetime, is_exact: bool = True) -> str:
    """Return OpenRouter's citation line for figures as of an instant (UTC)."""
    when = f"{as_of:%Y-%m-%dT%H:%M:%SZ}" + ("" if is_exact else " at the latest")
    return f"Source: OpenRouter (openrouter.ai/rankings), as of {when}."
