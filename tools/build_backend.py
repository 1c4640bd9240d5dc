"""How wheel and sdist are built: by hatchling, after the recorded sample has been published.

The published tables are written as Parquet into the package, where reading commands find them if
there is no home. An sdist contains them: a wheel that is built from one needs no more packages.
"""

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling import build
from hatchling.build import build_editable, get_requires_for_build_editable

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "pipelines" / "data" / "published"
NEEDED = {
    *("babel", "duckdb", "httpx", "numpy", "platformdirs", "polars", "pyarrow", "pydantic"),
    *("python-dotenv", "pytz", "pyyaml", "rich", "sqlglot", "stamina"),
}
"""The packages that building from the sample imports."""


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """Return the packages to build with, as locked; none where the tables are there."""
    if _is_sdist():
        return []
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [found[0] for line in lines if (found := re.match(r"([\w-]+)==[^\\]+", line))]
    return [pin.strip() for pin in pins if pin.partition("==")[0] in NEEDED]


get_requires_for_build_sdist = get_requires_for_build_wheel


def build_wheel(directory: str, config_settings: Any = None, metadata: str | None = None) -> str:
    """Build the wheel."""
    _publish_sample()
    return str(build.build_wheel(directory, config_settings, metadata))


def build_sdist(directory: str, config_settings: Any = None) -> str:
    """Build the sdist."""
    _publish_sample()
    return str(build.build_sdist(directory, config_settings))


def _is_sdist() -> bool:
    return (ROOT / "PKG-INFO").exists()


def _publish_sample() -> None:
    """Write the tables that others may read, as built from the recorded sample."""
    if _is_sdist():
        return
    from tools.published_sample import write

    shutil.rmtree(TABLES, ignore_errors=True)
    with tempfile.TemporaryDirectory() as home:
        write(Path(home), TABLES)
