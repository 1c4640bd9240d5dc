"""One language: its words, from the catalogues in `words/<code>/`, and its way to write numbers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent

WORDS = Path(__file__).parent

KEY = re.compile(r"^(\w+):", re.MULTILINE)
"""A first key of a catalogue: its words are indented, or in the same line."""

UNKNOWN = "–"
"""Printed where a number is not known, never a zero."""


@dataclass(frozen=True)
class Language:
    """Every figure and every sentence of a page goes through one of these."""

    code: str
    words: Mapping[str, Any]
    locale: Locale

    def say(self, key: str, /, **values: object) -> str:
        """Return the words at a dotted key with the values filled in.

        Words that depend on a count are a table of plural forms, chosen by the value `count`.
        KeyError where the catalogue lacks the key: a test reads all of them in every language.
        """
        found: Any = self.words
        for part in key.split("."):
            found = found[part]
        if isinstance(found, dict):
            count = values["count"]
            form = self.locale.plural_form(count if isinstance(count, float) else int(f"{count}"))
            found = found.get(form, found["other"])
        return str(found).format_map(values)

    def name(self, kind: str, value: str | None) -> str:
        """Return the word for one of the warehouse's own values, or the value if there is none."""
        return UNKNOWN if value is None else str(self.words[kind].get(value, value))

    @property
    def decimal(self) -> str:
        """What stands between the whole of a number and its parts."""
        return str(self.locale.number_symbols["latn"]["decimal"])

    def tokens(self, value: float | None, digits: int = 1) -> str:
        """Return tokens in short, as 62.8T."""
        return self._number(value, format_compact_decimal, fraction_digits=digits)

    def count(self, value: float | None) -> str:
        """Return a whole number."""
        return self._number(value, format_decimal, format="#,##0")

    def number(self, value: float | None, digits: int = 2) -> str:
        """Return any number with at most so many digits after the point."""
        return self._number(value, format_decimal, format=f"#,##0.{'#' * digits}")

    def quality(self, value: float | None) -> str:
        """Return a success as a fraction, or a place on an index, with up to three digits."""
        return self._number(value, format_decimal, format="#,##0.0##")

    def ratio(self, value: float | None) -> str:
        """Return a multiple, as 2.07×."""
        return self._number(value, format_decimal, format="#,##0.00") + ("×" if value else "")

    def percent(self, value: float | None) -> str:
        """Return a share, a fraction from 0 to 1, in percent."""
        return self._number(value, format_percent, format=self._percent_pattern)

    def whole_percent(self, value: float | None) -> str:
        """Return a share in percent without digits after the point."""
        pattern = str(self.locale.percent_formats[None].pattern)
        return self._number(value, format_percent, format=pattern)

    def part(self, value: float) -> str:
        """Return a share in percent; one too small to print is less than the smallest printed."""
        if 0 < value < 0.0005:
            return self.say("less_than", share=self.percent(0.001))
        return self.percent(value)

    def probability(self, value: float | None) -> str:
        """Return a probability after its sign: = 0.0123, or < 0.0001 where it is smaller."""
        if value is None:
            return UNKNOWN
        least = 0.0001
        return f"< {self.number(least, 4)}" if value < least else f"= {self.number(value, 4)}"

    def growth(self, value: float | None) -> str:
        """Return a growth, a fraction, in percent with its sign; what rounds to 0 has none."""
        if value is not None and round(value, 3) == 0:
            return self.percent(0)
        pattern = self._percent_pattern
        return self._number(value, format_percent, format=f"+{pattern};−{pattern}")

    def points(self, value: float | None) -> str:
        """Return percentage points, or a correlation, with the sign."""
        return self._number(value, format_decimal, format="+0.00;−0.00")

    def dollars(self, value: float | None) -> str:
        """Return an amount of USD in short, as $19.9M."""
        return "" if value is None else f"${self.tokens(value)}"

    def price(self, value: float | None) -> str:
        """Return a price in USD to the cent; below one dollar, with three significant digits."""
        if value is None:
            return UNKNOWN
        exact = Decimal(f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}")
        pattern = "$#,##0.00#########"
        return format_currency(exact, "USD", pattern, self.locale, currency_digits=False)

    def amount(self, value: float | None) -> str:
        """Return a sum of money in cents, or with two digits where that would be nothing."""
        if value is None or not 0 < value < 0.01:
            return self._number(value, format_decimal, format="#,##0.00")
        return self._number(Decimal(f"{value:.2g}"), format_decimal, format="0.00######")

    def day(self, value: date) -> str:
        """Return a day in short without its year, as Jul 13."""
        return self._day("MMMd", value)

    def long_day(self, value: date) -> str:
        """Return a day with its year, as July 13, 2026."""
        return self._day("yMMMMd", value)

    def month(self, value: date) -> str:
        """Return a month with its year, as Jul 2026."""
        return self._day("yMMM", value)

    def week(self, monday: date) -> str:
        """Return the seven days of a week."""
        from babel.dates import format_interval

        sunday = monday + timedelta(days=6)
        return format_interval(monday, sunday, skeleton="yMMMMd", locale=self.locale)

    def instant(self, value: datetime, is_exact: bool = True) -> str:
        """Return an instant in UTC; an archive may know only the latest possible one."""
        from babel.dates import format_datetime

        written = format_datetime(value, "d MMM y, HH:mm", locale=self.locale) + " UTC"
        return written if is_exact else self.say("at_the_latest", instant=written)

    def _day(self, skeleton: str, value: date) -> str:
        from babel.dates import format_skeleton  # it looks for the machine's time zone

        return format_skeleton(skeleton, value, locale=self.locale)

    @property
    def _percent_pattern(self) -> str:
        return str(self.locale.percent_formats[None].pattern).replace("0", "0.0")

    def _number(self, value: float | Decimal | None, write: Any, **options: Any) -> str:
        if value is None:
            return UNKNOWN
        return str(write(value, locale=self.locale, **options)).replace("-", "−")


FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def isolated(name: str) -> str:
    """Return a name that cannot turn the direction of the sentence around it."""
    if name.isascii():
        return name
    return f"{FIRST_STRONG_ISOLATE}{name}{POP_ISOLATE}"


@cache
def languages() -> tuple[Language, ...]:
    """Return all languages that have catalogues, English first."""
    codes = [folder.name for folder in sorted(WORDS.iterdir()) if any(folder.glob("*.yaml"))]
    return tuple(language(code) for code in sorted(codes, key=lambda code: code != "en"))


def english() -> Language:
    """Return the language of commands and exported files."""
    return language("en")


@cache
def language(code: str) -> Language:
    """Return a language; commands read the catalogue of one only."""
    return Language(code, catalogue(WORDS / code), Locale.parse(code))


def catalogue(folder: Path) -> "Words":
    """Return the words of one language; a key belongs to one file, one file to one subject."""
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        parts = KEY.split(path.read_text(encoding="utf-8"))
        read = dict(zip(parts[1::2], parts[2::2], strict=True))
        if twice := texts.keys() & read.keys():
            raise ValueError(f"{path}: {', '.join(sorted(twice))} is in two catalogues")
        texts |= read
    return Words(texts)


class Words(Mapping[str, Any]):
    """Words by their first key, read when they are wanted: a command wants few of them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._read: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._read:
            text = f"{key}:{self._texts[key]}"
            self._read |= yaml.load(text, yaml.CSafeLoader)
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
