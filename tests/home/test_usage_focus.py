"""The file for finance: the mandatory columns of FOCUS 1.2, and what is in no charge."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pytest

from pipelines.queries import published
from tests.conftest import tokenhouse
from tests.support.ledger import LOCAL, SONNET, check_week, request, used

Run = Callable[..., CompletedProcess[str]]

INSTANT = r"\d{4}-\d\d-\d\dT00:00:00Z"
NUMBER = r"-?\d+(\.\d+)?"
TEXT = ".+"

MANDATORY = {
    "BilledCost": NUMBER,
    "BillingAccountId": TEXT,
    "BillingAccountName": TEXT,
    "BillingCurrency": "[A-Z]{3}",
    "BillingPeriodEnd": INSTANT,
    "BillingPeriodStart": INSTANT,
    "ChargeCategory": "Usage|Purchase|Tax|Credit|Adjustment",
    "ChargeClass": "(Correction)?",
    "ChargeDescription": TEXT,
    "ChargePeriodEnd": INSTANT,
    "ChargePeriodStart": INSTANT,
    "ContractedCost": NUMBER,
    "EffectiveCost": NUMBER,
    "InvoiceIssuerName": TEXT,
    "ListCost": NUMBER,
    "PricingQuantity": NUMBER,
    "PricingUnit": "([0-9]+ )?[A-Z][a-z]+s",
    "ProviderName": TEXT,
    "PublisherName": TEXT,
    "ServiceCategory": "AI and Machine Learning",
    "ServiceName": TEXT,
}
"""The 21 columns that every file of FOCUS 1.2 must have, and what a value must look like."""


@pytest.fixture(scope="module")
def connection(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    paid = {"cost_usd": "3", "cost_kind": "billed"}
    more = [
        request(8, model_raw=SONNET, source="litellm", **paid),
        request(9, cost_usd="1", cost_kind="byok"),
        request(10, model_raw=LOCAL, **paid),
        request(11, cost_usd="2", cost_kind="source_estimate"),
    ]
    with used(database, [*check_week(), *more]) as connection:
        yield connection


@pytest.fixture
def run(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    @contextmanager
    def reading(_: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        yield connection

    monkeypatch.setattr(published, "reading", reading)
    return lambda *arguments: tokenhouse(tmp_path, *arguments)


def test_every_charge_has_the_mandatory_columns_of_focus(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "focus.csv"
    done = run("usage", "focus", f"{path}", "--month", "2026-07")
    assert done.returncode == 0, done.stderr
    with path.open(newline="") as file:
        charges = [*csv.DictReader(file)]
    assert [*charges[0]][: len(MANDATORY)] == sorted(MANDATORY)
    assert {name for name in charges[0] if name not in MANDATORY and not name.startswith("x_")} == {
        "ConsumedQuantity",
        "ConsumedUnit",
    }
    wrong = [
        (name, row[name])
        for row in charges
        for name, shape in MANDATORY.items()
        if not re.fullmatch(shape, row[name])
    ]
    assert wrong == []
    for row in charges:
        start, end = (
            date.fromisoformat(row[f"ChargePeriod{one}"][:10]) for one in ("Start", "End")
        )
        assert end - start == timedelta(days=1)
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"]
        assert row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_charges_are_what_openrouter_billed_and_unknown_list_prices_are_marked(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "focus.csv"
    said = run("usage", "focus", f"{path}", "--month", "2026-07").stdout.splitlines()
    with path.open(newline="") as file:
        charges = {row["x_ModelPermaslug"] or LOCAL: row for row in csv.DictReader(file)}
    # Neither the estimate nor what an own key paid, nor a bill whose provider no source names.
    assert sum(Decimal(row["BilledCost"]) for row in charges.values()) == Decimal("290.75")
    assert Decimal(charges[SONNET]["ListCost"]) == 183
    assert (charges[SONNET]["PublisherName"], charges[SONNET]["x_CachedTokens"]) == (
        "anthropic",
        "90000000",
    )
    local = charges[LOCAL]
    assert (local["x_IsListPriceKnown"], Decimal(local["ListCost"])) == ("False", Decimal(3))
    assert said == [
        f"{path}: 4 charges, 290.75 USD",
        "1 of them has no list price: its billed cost is in ListCost, and x_IsListPriceKnown is "
        "false",
        "1.1K tokens that another provider billed are left out: no source names it",
    ]


def test_a_month_without_a_bill_writes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("usage", "focus", f"{tmp_path / 'focus.csv'}", "--month", "2026-05")
    assert (done.returncode, done.stdout) == (1, "")
    assert "OpenRouter billed nothing of 2026-05" in done.stderr
    assert not tmp_path.joinpath("focus.csv").exists()
