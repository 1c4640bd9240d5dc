"""The files of the report's pages, for those who need not draw them."""

from pathlib import Path

from pipelines.home import paths
from pipelines.words.language import Language, languages


def are_current(home: Path, run_id: str) -> bool:
    """Whether the newest week's pages are those of this run."""
    try:
        return all(
            run_id in (paths.report(home) / file_name("index", language)).read_text()
            for language in languages()
        )
    except (OSError, UnicodeDecodeError):
        return False


def file_name(name: str, language: Language) -> str:
    """Return the name of a language's page; English is the one without a code."""
    return f"{name}.html" if language.code == "en" else f"{name}.{language.code}.html"
