"""What people read of a drill, in any language."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipelines.drill.card import Card
from pipelines.words.language import UNKNOWN, Language

if TYPE_CHECKING:  # `status` says this and must start in an instant
    from collections.abc import Sequence

    from pipelines.drill.losses import Losses
    from pipelines.drill.openclaw import Handling

ENDS = {
    "pass": "within_a_second",
    "slow": "slow",
    "fail": "unanswered",
    "your caller": "caller",
}
ANSWERS = {True: "kept", False: "lost", None: "unknown"}


def handling(language: Language, one: "Handling") -> str:
    """Return what OpenClaw does about a failure, what handles it, and how long that takes."""
    said = language.name("drilled", one["verdict"])
    if one["by"]:
        said = language.say(f"drill.by.{one['by']}", verdict=said)
    if one["seconds"]:
        low, high = (language.number(second) for second in one["seconds"])
        seconds = low if low == high else f"{low}–{high}"
        said = language.say("drill.seconds", verdict=said, seconds=seconds)
    return said


def losses(language: Language, one: "Losses") -> list[str]:
    """Return what a chain loses with one vendor, bloc and provider, its longest prompt and cost."""
    kept = (one["survives_vendor"], one["survives_bloc"], one["survives_provider"])
    return [
        *(language.say(f"drill.survives.{ANSWERS[is_kept]}") for is_kept in kept),
        language.say(f"drill.fits.{ANSWERS[one['holds_longest_prompt']]}"),
        UNKNOWN if one["cost_ratio"] is None else language.ratio(one["cost_ratio"]),
    ]


def summary(language: Language, card: Card) -> list[str]:
    """Return a line for each workload: how many failures had which end, and what it survives."""
    return [
        language.say(
            "drill.summary",
            workload=one["workload"],
            ends=", ".join(_ends(language, card, one["workload"])),
            vendor=losses(language, one)[0],
            bloc=losses(language, one)[1],
        )
        for one in card["losses"]
    ]


def _ends(language: Language, card: Card, workload: str) -> Iterator[str]:
    found = [one["verdict"] for one in card["outcomes"] if one["workload"] == workload]
    for name, said in ENDS.items():
        if name in found:
            yield f"{language.say(f'drill.{said}')} {found.count(name)}"


def verdict(language: Language, run_id: str, card: Card | None, objections: "Sequence[str]") -> str:
    """Return in a sentence whether the routes of a run have passed a drill.

    `objections` are those to the card, by which an export is refused too.
    """
    if card is None:
        return language.say("drill.undrilled", run_id=run_id)
    if objections:
        return language.say("drill.failed", run_id=run_id, why="; ".join(objections))
    return language.say("drill.passed", run_id=run_id)
