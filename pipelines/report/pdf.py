"""A page printed to PDF by the machine's own Chromium, where it has one."""

import shutil
import subprocess
from pathlib import Path

from pipelines.errors import RefusalError

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60


def browser() -> str | None:
    """Return where Chromium is on this machine; None if it has none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def printed(page: Path) -> Path:
    """Print a page to a PDF of the same name next to it; return the file.

    Raises RefusalError where there is no browser, or it does not print.
    """
    program = browser()
    if program is None:
        raise RefusalError("no Chromium on this machine: open the page and print it there")
    target = page.with_suffix(".pdf")
    aside = page.with_suffix(".pdf.part")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    try:
        subprocess.run(  # noqa: S603 the machine's browser, on a page of ours
            [program, *flags, f"--print-to-pdf={aside}", page.as_uri()],
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RefusalError(f"{program} did not print {page.name}: {type(error).__name__}") from None
    aside.replace(target)
    return target
