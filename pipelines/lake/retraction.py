"""Taking back what was accepted: vintages, responses, and acceptances of findings.

Nothing is deleted. A line of the log says from when on a file does not count, so that a view at an
earlier instant still contains it. `vintages.py` and `usage/ledger.py` leave such files out.
"""

from collections.abc import Collection
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.lake import inventory, log

SHOWN = 3
"""Names that a refusal lists."""


def retract(home: Path, names: Collection[str], why: str) -> list[str]:
    """Retract vintages, or lost responses, by the names of their files; return their paths.

    With a vintage its response need not be there either. What is retracted already keeps its
    reason. Raises RefusalError, and retracts nothing, for a name that is not in the log.
    """
    lake = paths.lake(home)
    inventory.complete(home)
    known = log.read(lake)
    found = _found({*known.vintages, *known.responses}, names, "the log of the lake")
    new = [file for file in found if file not in known.retracted]
    log.append_all(lake, ({"do": "retract", "file": file, "why": why} for file in new))
    return found


def restore(home: Path, names: Collection[str], why: str) -> list[str]:
    """Undo the retraction of files; return their paths. RefusalError if one is not retracted."""
    lake = paths.lake(home)
    found = _found(log.read(lake).retracted.keys(), names, "the files that were retracted")
    log.append_all(lake, ({"do": "restore", "file": file, "why": why} for file in found))
    return found


def unaccept(lake: Path, names: Collection[str], why: str) -> None:
    """Withdraw the acceptance of findings. RefusalError if one is not accepted."""
    found = _found(log.read(lake).accepted.keys(), names, "the accepted findings")
    log.append_all(lake, ({"do": "unaccept", "name": name, "why": why} for name in found))


def _found(known: Collection[str], names: Collection[str], where: str) -> list[str]:
    """Return what is known under each name, which may be a path or only the end of one."""
    by_name = {one.rpartition("/")[2]: one for one in sorted(known)}
    unknown = [name for name in names if name.rpartition("/")[2] not in by_name]
    if unknown:
        listed = ", ".join([*by_name][-SHOWN:]) or "none"
        raise RefusalError(f"not in {where}: {', '.join(unknown)}; the last there are: {listed}")
    return list(dict.fromkeys(by_name[name.rpartition("/")[2]] for name in names))
