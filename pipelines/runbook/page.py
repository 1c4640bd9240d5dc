"""Writing the runbook: a page per language, in Markdown."""

from pathlib import Path

from pipelines.home import paths
from pipelines.home.files import write_atomically
from pipelines.home.lock import writing
from pipelines.runbook.contents import Runbook
from pipelines.words import runbook as words
from pipelines.words.language import Language, languages


def write(home: Path, runbook: Runbook) -> list[Path]:
    """Write the page in every language; return the files."""
    written = []
    with writing(home):
        for language in languages():
            path = paths.report(home) / file_name(language)
            page = words.page(language, runbook).encode()
            write_atomically(path, page, private=bool(runbook.own_paces))
            written.append(path)
    return written


def file_name(language: Language) -> str:
    """Return the name of a language's page; English is the one without a code."""
    return "runbook.md" if language.code == "en" else f"runbook.{language.code}.md"
