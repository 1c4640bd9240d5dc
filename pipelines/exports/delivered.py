"""What a folder contains of an export, read back."""

from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from pipelines.errors import RefusalError
from pipelines.exports.delivery import MANIFEST
from pipelines.exports.routing_document import RoutingDocument


def document(folder: Path) -> RoutingDocument:
    """Return the exported routes; RefusalError if there are none that can be read."""
    path = folder / "routing.json"
    try:
        return RoutingDocument.model_validate_json(path.read_bytes())
    except OSError:
        raise RefusalError(f"{folder} contains no export: run `tokenhouse export` first") from None
    except ValidationError:
        raise RefusalError(
            f"{path} is of another version, or edited: run `tokenhouse export` first"
        ) from None


def instant(folder: Path) -> datetime:
    """Return when the export was delivered."""
    return datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)
