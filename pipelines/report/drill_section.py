"""The drill of a run in its report: how failures ended, and what each chain loses."""

from collections import Counter
from datetime import datetime
from operator import itemgetter
from typing import Any

from pipelines.drill.card import Card
from pipelines.drill.faults import FAULTS
from pipelines.queries.published import Row
from pipelines.report.sections import Column, Table
from pipelines.words import drill as words
from pipelines.words import routing
from pipelines.words.language import Language

VERDICTS = {
    "within_a_second": "pass",
    "slow": "slow",
    "unanswered": "fail",
    "caller": "your caller",
}
LOSSES = ("one_vendor", "one_bloc", "one_provider", "longest_prompt", "cost")


def of(language: Language, card: Card | None) -> dict[str, Any]:
    """Return the section's text, and its table; without a card, how to get one."""
    if card is None:
        return {"text": language.say("drill.none"), "table": None}
    day = datetime.fromisoformat(card["drilled_at"])
    text = language.say("drill.text", count=len(FAULTS), day=language.instant(day))
    columns = [Column(language.say("drill.workload"), itemgetter("workload"), "workload text")]
    columns += [
        Column(language.say(f"drill.{name}"), itemgetter(name), name)
        for name in (*VERDICTS, "openclaw", *LOSSES)
    ]
    rows = [_row(language, card, one["workload"]) for one in card["losses"]]
    return {"text": text, "table": Table("drill", language.say("drill.title"), columns, rows)}


def _row(language: Language, card: Card, workload: str) -> Row:
    drilled = Counter[str](
        one["verdict"] for one in card["outcomes"] if one["workload"] == workload
    )
    left = sum(
        one["workload"] == workload and one["verdict"] == "your caller" for one in card["openclaw"]
    )
    (lost,) = (one for one in card["losses"] if one["workload"] == workload)
    return {
        "workload": routing.workload(workload),
        "openclaw": language.count(left),
        **{name: language.count(drilled[verdict]) for name, verdict in VERDICTS.items()},
        **dict(zip(LOSSES, words.losses(language, lost), strict=True)),
    }
