"""Building only what a test needs."""

import re

from pipelines.models import definition
from pipelines.settings import SQL


def models_of(text: str) -> tuple[definition.Model, ...]:
    """Return the models that make every table named in a text, in the order of the build.

    A few instead of a hundred, for tests that ask a few tables; macros, which every build makes,
    have theirs too.
    """
    read = text + (SQL / "macros.sql").read_text()
    return definition.upstream(definition.load(), re.findall(r"(?:staging|core|marts)\.\w+", read))
