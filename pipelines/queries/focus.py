"""A month's billed own usage as the FinOps Foundation's FOCUS 1.2, for finance.

A charge is a day, a scope and a model. Only what OpenRouter billed is one: of other bills no source
names the provider, which FOCUS requires.
"""

from datetime import date
from typing import NamedTuple

from pipelines.errors import RefusalError
from pipelines.queries.published import Connection, Rows, query

INSTANT = "'%Y-%m-%dT00:00:00Z'"

COLUMNS = {
    "BilledCost": "billed_usd",
    "BillingAccountId": "scope",
    "BillingAccountName": "scope",
    "BillingCurrency": "'USD'",
    "BillingPeriodEnd": f"strftime(month + INTERVAL 1 MONTH, {INSTANT})",
    "BillingPeriodStart": f"strftime(month, {INSTANT})",
    "ChargeCategory": "'Usage'",
    "ChargeClass": "NULL",
    "ChargeDescription": "format('Requests to {}: {}', model, requests)",
    "ChargePeriodEnd": f"strftime(date + INTERVAL 1 DAY, {INSTANT})",
    "ChargePeriodStart": f"strftime(date, {INSTANT})",
    "ContractedCost": "coalesce(list_usd, billed_usd)",
    "EffectiveCost": "billed_usd",
    "InvoiceIssuerName": "'OpenRouter'",
    "ListCost": "coalesce(list_usd, billed_usd)",
    "PricingQuantity": "tokens",
    "PricingUnit": "'Tokens'",
    "ProviderName": "'OpenRouter'",
    "PublisherName": "coalesce(vendor, 'Unknown')",
    "ServiceCategory": "'AI and Machine Learning'",
    "ServiceName": "'OpenRouter API'",
    "ConsumedQuantity": "tokens",
    "ConsumedUnit": "'Tokens'",
    "x_CachedTokens": "cache_read_tokens",
    "x_CompletionTokens": "completion_tokens",
    "x_IsListPriceKnown": "list_usd IS NOT NULL",
    "x_ModelPermaslug": "model_permaslug",
    "x_PromptTokens": "prompt_tokens",
}
"""The columns, the 21 mandatory ones first, and their values in SQL over `marts.usage_bill`.

Nobody has negotiated a price: the contracted cost is the list cost. Without a list price FOCUS
takes the billed cost instead, and `x_IsListPriceKnown` says so.
"""


class Charges(NamedTuple):
    """A month's charges, and what of the month is not in them or not known."""

    rows: Rows
    usd: float
    without_list_price: int
    tokens_left_out: int


def charges(connection: Connection, month: date) -> Charges:
    """Return what OpenRouter billed in a month; RefusalError if that is nothing."""
    columns = ", ".join(f'{value} AS "{name}"' for name, value in COLUMNS.items())
    found = query(
        connection,
        f"SELECT {columns} FROM marts.usage_bill WHERE month = $month AND is_openrouter "
        "ORDER BY date, scope, model",
        month=month,
    )
    if not found:
        raise RefusalError(f"OpenRouter billed nothing of {month:%Y-%m} that is published")
    (others,) = query(
        connection,
        "SELECT coalesce(sum(tokens), 0)::BIGINT AS tokens FROM marts.usage_bill "
        "WHERE month = $month AND NOT is_openrouter",
        month=month,
    )
    return Charges(
        found,
        float(sum(row["BilledCost"] for row in found)),
        sum(not row["x_IsListPriceKnown"] for row in found),
        others["tokens"],
    )
