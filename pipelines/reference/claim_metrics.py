"""What a claim can state: its metrics, the units they count in, and how each names its subject."""

from dataclasses import dataclass
from typing import Literal

from pipelines.reference.origins import BLOCS

UNITS: dict[str, tuple[str, float]] = {
    "tokens": ("tokens", 1),
    "K": ("tokens", 1e3),
    "M": ("tokens", 1e6),
    "B": ("tokens", 1e9),
    "T": ("tokens", 1e12),
    "USD": ("money", 1),
    "KUSD": ("money", 1e3),
    "MUSD": ("money", 1e6),
    "BUSD": ("money", 1e9),
    "USD_per_M": ("price", 1),
    "percent": ("fraction", 0.01),
    "points": ("points", 0.01),
    "x": ("multiple", 1),
    "weeks": ("weeks", 1),
    "models": ("models", 1),
    "rank": ("rank", 1),
    "bool": ("truth", 1),
    "rho": ("correlation", 1),
}
"""Each unit's quantity, and its size in the warehouse's own unit."""

OPERATORS = ("eq", "about", "lt", "le", "gt", "ge")

NAME = r"[^/:;\s+>=]+"
MODEL = rf"{NAME}/{NAME}(?::[a-z][a-z0-9-]*)?"
VENDOR = rf"(?!all(?:[+;>:]|$)){NAME}"
BLOC = f"origin:(?:{'|'.join(BLOCS)})"
SERIES = f"series:{NAME}"
GROUP = rf"(?:{BLOC}|{SERIES}|weights:(?:open|closed)|price:(?:free|paid)|{MODEL}|{VENDOR})"
SUM = rf"(?:all|{GROUP}(?:\+{GROUP})*)"
"""One subject: all tokens, a group, or several groups counted together."""

EARNER = rf"(?:all|{BLOC}|{SERIES}|{MODEL}|{VENDOR})"
"""What has an estimate of its revenue."""

RANKED = rf"(?:origin:(?:CN|US|OTHER)|{MODEL}|{VENDOR})"
"""What has a place among its like: a model, a vendor, a bloc."""

PLACE = "[1-9][0-9]{0,8}"
PLACES = rf"ranks:(?P<first_rank>{PLACE})-(?P<last_rank>{PLACE})"
TOP = rf":(?P<top_n>{PLACE})"
LEAD = rf"{SUM}>{SUM}"
LEVEL = r":(?P<level>[0-9]{1,15}(?:\.[0-9]{1,9})?)(?P<level_unit>[KMBT%])"

Base = Literal["before", "week_before", "four_before", "year_before", "four_weeks"]
"""What a period is compared with, where the claim does not say since when."""

FIXED_BASES = ("week_before", "four_weeks")
"""Those that a claim cannot replace by another."""

Condition = Literal["rise", "lead", "top", "above", "record"]
"""What a claim about weeks in a row, or about a first time, says of each week."""

Data = Literal["rankings", "prices", "revenue", "catalogue", "sample", "calls", "index"]
"""Which data a metric is computed from."""


class Fault(Exception):  # noqa: N818 it is data of a row, not an error of the program
    """Why a row is no claim: a code, the field and its value, and what could be there."""

    def __init__(self, code: str, field: str, value: object = None, expected: str = "") -> None:
        super().__init__(code)
        self.code, self.field, self.value, self.expected = code, field, value, expected


@dataclass(frozen=True)
class Metric:
    """What a metric computes, in which quantity, for which subjects, compared with what, from what.

    `sql/core/claim` computes by `kind` and `condition`, and explains what is missing by `needs`.
    """

    kind: str
    quantity: str
    subject: str = SUM
    base: Base | None = None
    weeks_only: bool = False
    needs: Data = "rankings"
    condition: Condition | None = None


def _of_week(
    kind: str,
    quantity: str,
    subject: str = SUM,
    base: Base | None = None,
    needs: Data = "rankings",
) -> Metric:
    return Metric(kind, quantity, subject, base, weeks_only=True, needs=needs)


def _streak(condition: Condition, subject: str = SUM, base: Base | None = None) -> Metric:
    return Metric("streak", "weeks", subject, base, weeks_only=True, condition=condition)


def _first(condition: Condition, subject: str = SUM) -> Metric:
    return Metric("first_time", "truth", subject, weeks_only=True, condition=condition)


def _price(kind: str, quantity: str, subject: str = MODEL, base: Base | None = None) -> Metric:
    return Metric(kind, quantity, subject, base, needs="prices")


METRICS: dict[str, Metric] = {
    "tokens": Metric("tokens", "tokens"),
    "weekly_tokens": Metric("tokens", "tokens"),
    "vendor_tokens": Metric("tokens", "tokens"),
    "monthly_tokens": _of_week("month_tokens", "tokens", base="four_weeks"),
    "growth": Metric("growth", "fraction", base="before"),
    "wow": Metric("growth", "fraction", base="before"),
    "vendor_wow": Metric("growth", "fraction", base="before"),
    "multiple": Metric("multiple", "multiple", base="year_before"),
    "token_share": Metric("share", "fraction"),
    "share_change": Metric("share_change", "points", base="before"),
    "ratio": Metric("ratio", "multiple", rf"{SUM};{SUM}"),
    "all_rise": Metric("all_rise", "truth", rf"{SUM}(?:;{SUM})+", "before"),
    "both_rise": Metric("all_rise", "truth", rf"{SUM}(?:;{SUM})+", "before"),
    "rank": Metric("rank", "rank", RANKED),
    "rank_tokens": Metric("rank_tokens", "tokens", MODEL),
    "rank_range_low": Metric("range_low", "tokens", PLACES),
    "rank_range_high": Metric("range_high", "tokens", PLACES),
    "members": Metric("members", "models", rf"{MODEL}(?:;{MODEL})*(?:;{PLACES})?"),
    "skus_in_top": Metric("models_in_top", "models", GROUP + TOP),
    "models_in_top": Metric("models_in_top", "models", GROUP + TOP),
    "entered_top": _of_week("entered_top", "truth", MODEL + TOP, "four_before"),
    "left_top": _of_week("left_top", "truth", MODEL + TOP, "before"),
    "rising_streak": _streak("rise", base="week_before"),
    "lead_streak": _streak("lead", LEAD),
    "top_streak": _streak("top", RANKED + TOP),
    "above_streak": _streak("above", SUM + LEVEL),
    "first_time_lead": _first("lead", LEAD),
    "first_time_top": _first("top", RANKED + TOP),
    "first_time_above": _first("above", SUM + LEVEL),
    "record": _first("record"),
    "revenue_share": _of_week("revenue_share", "fraction", EARNER, needs="revenue"),
    "weekly_revenue": _of_week("weekly_revenue", "money", EARNER, needs="revenue"),
    "monthly_revenue": _of_week("monthly_revenue", "money", EARNER, needs="revenue"),
    "prompt_price": _price("prompt_price", "price"),
    "completion_price": _price("completion_price", "price"),
    "cache_read_price": _price("cache_read_price", "price"),
    "price_change": _price("price_change", "fraction", base="before"),
    "price_ratio": _price("price_ratio", "multiple", rf"{MODEL};{MODEL}"),
    "catalogue_models": _of_week("catalogue_models", "models", rf"all|{VENDOR}", needs="catalogue"),
    **{
        f"rank_correlation_index_{measure}": _of_week(
            f"index_{measure}", "correlation", "all", needs="index"
        )
        for measure in ("tokens", "paid_tokens", "revenue", "price")
    },
    "task_share": _of_week("task_share", "fraction", NAME, needs="sample"),
    "tool_call_share": _of_week("tool_call_share", "fraction", MODEL, needs="calls"),
}
"""The metrics by the name that a claims file writes; `docs/claims.md` explains each."""
