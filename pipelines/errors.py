"""The one error a person is meant to read."""


class RefusalError(Exception):
    """Work was refused or failed; the message is one line: what, where, what to do."""
