"""The story of a week in words: a headline and lines, each from a fact of `report/story.py`."""

from collections.abc import Callable, Mapping
from typing import Any

from pipelines.words import routing
from pipelines.words.language import Language, isolated

WRITTEN: Mapping[str, Callable[[Language, Any], str]] = {
    "tokens": Language.tokens,
    "growth": Language.growth,
    "share": Language.percent,
    "part": Language.whole_percent,
    "usd": Language.price,
    "price": lambda language, change: _moved(language, change),
    "week": Language.day,
    "workload": lambda _, key: isolated(routing.workload(key)),
    "word": lambda language, key: language.say(f"story.{key}"),
}
"""How a value is written, by the first part of its name; other values stay as they are."""

Fact = Any


def headline(language: Language, fact: Fact, names: Mapping[str, str]) -> str:
    """Return a fact as a headline; `names` are what people call a slug."""
    return _said(language, "headline", fact, names)


def line(language: Language, fact: Fact, names: Mapping[str, str]) -> str:
    """Return a fact as a sentence with its numbers."""
    return _said(language, "line", fact, names)


def _moved(language: Language, change: float) -> str:
    return language.growth(change) if change else language.say("story.same")


def _said(language: Language, form: str, fact: Fact, names: Mapping[str, str]) -> str:
    key = f"story.{fact.kind}.{form}.{fact.variant}"
    return language.say(key, **_written(language, fact.kind, fact.values, names))


def _written(
    language: Language, kind: str, values: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in values.items():
        what = name.partition("_")[0]
        if what == "model":
            found[name] = isolated(names.get(value, value))
        elif what == "list":
            found[name] = ", ".join(_item(language, kind, one, names) for one in value)
        elif what in WRITTEN and value is not None:
            found[name] = WRITTEN[what](language, value)
        else:
            found[name] = value
    return found


def _item(
    language: Language, kind: str, values: Mapping[str, Any], names: Mapping[str, str]
) -> str:
    """Return one of a list, in the sentence that has its values."""
    key = f"story.{kind}.item.{'_'.join(values)}"
    return language.say(key, **_written(language, kind, values, names))
