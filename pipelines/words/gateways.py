"""What people read of the findings about a configuration, in any language."""

from datetime import datetime
from math import floor
from typing import Any

from pipelines.gateways.findings import Finding
from pipelines.gateways.lint import Checked
from pipelines.words.language import Language

PRICES = ("prompt_saving", "completion_saving")
COUNTS = ("own", "first", "rank")


def finding(language: Language, one: Finding, as_of: datetime) -> str:
    """Return a finding as a sentence, with what to write instead where that is one thing."""
    values: dict[str, Any] = {**one.values}
    values |= {key: language.price(values[key]) for key in PRICES if key in values}
    values |= {key: language.count(values[key]) for key in COUNTS if key in values}
    if "factor" in values:
        values["factor"] = language.number(floor(10 * values["factor"]) / 10, 1)
    said = language.say(
        f"gateways.finding.{one.code}", subject=one.subject, day=f"{as_of:%Y-%m-%d}", **values
    )
    if one.nearest:
        said = language.say("gateways.nearest", said=said, nearest=one.nearest)
    if one.instead:
        said = language.say("gateways.instead", said=said, instead=one.instead)
    return said + language.say("gateways.times", count=one.times)


def line(language: Language, one: Finding, as_of: datetime) -> str:
    """Return a finding as a line that begins with its place, as compilers print it."""
    return language.say(
        "gateways.located",
        file=one.place.file,
        line=one.place.line,
        severity=language.say(f"gateways.severity.{one.severity}"),
        said=finding(language, one, as_of),
    )


def summary(language: Language, checked: Checked) -> list[str]:
    """Return the summary of a configuration, and what its findings together amount to."""
    lines = [
        language.say(
            "gateways.summary",
            path=checked.path,
            gateway=checked.gateway,
            count=checked.models,
            errors=sum(one.severity == "error" for one in checked.findings),
            warnings=sum(one.severity == "warning" for one in checked.findings),
        )
    ]
    if checked.unjudged:
        lines.append(language.say("gateways.unjudged", count=checked.unjudged))
    return lines + [language.say(f"gateways.pattern.{one}") for one in checked.patterns]
