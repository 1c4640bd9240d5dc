"""Rows of the hand-kept tables about own usage: what counts, and what names and labels mean."""

from datetime import date
from typing import Literal

from pydantic import BaseModel

from pipelines.reference.types import Required


class UsageRule(BaseModel, extra="forbid", defer_build=True):
    """A row about one source of the ledger, with the reason for it and the day it was written."""

    source: Required
    why: Required
    recorded_on: date


class UsageScope(UsageRule):
    """Whether a source's tokens and dollars count in a scope; a source without a row counts.

    A witness reports the requests of another source again: it adds latency and failures only.
    """

    scope: Required
    role: Literal["counts", "witness"]


class UsageAlias(UsageRule):
    """The catalogue's permaslug for the name that a source gives to a model."""

    model_raw: Required
    model_permaslug: Required


class UsageWorkload(UsageRule):
    """The workload that a source's label belongs to."""

    label: Required
    workload: Required
