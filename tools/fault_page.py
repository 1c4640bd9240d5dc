"""Write the table of faults in `docs/torture.md`; its numbers come from `make torture`."""

from pipelines.home.files import write_atomically
from pipelines.settings import ROOT
from tests.support.faults import FAULTS

PAGE = ROOT / "docs" / "torture.md"

TITLE = "## Faults\n"

INTRODUCTION = """
Whatever the fault, the lake stays as it was and the published database stays published. The message
is the part of the error line after the name of the request.

| fault | outcome | message |
|---|---|---|
"""


TRIED = "## Tried by hand"


def tried(page: str) -> str:
    """Return the part of the page that people write: what was tried once, and its tests."""
    found = page.find(TRIED)
    return page[found : page.find(TITLE)] if found >= 0 else ""


def with_faults(page: str) -> str:
    """Return the page with the table of the faults that the tests try."""
    rows = [
        f"| {fault.name} | {fault.happens} | {f'…{fault.reads}…' if fault.reads else '–'} |\n"
        for fault in FAULTS
    ]
    return "".join([page.partition(TITLE)[0], TITLE, INTRODUCTION, *rows])


if __name__ == "__main__":
    write_atomically(PAGE, with_faults(PAGE.read_text()).encode())
