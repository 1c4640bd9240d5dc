"""The failures of a model that a drill tries."""

STATUSES = {
    "429": 429,
    "429_retry_after": 429,
    "402": 402,
    "404": 404,
    "500": 500,
    "503": 503,
    "overflow": 400,
}
"""Faults that are a status of their own."""

HANG = "hang"
FAULTS = (*STATUSES, "refused", "cut_body", HANG, "cut_stream", "filtered")
