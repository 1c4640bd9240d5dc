"""The one error a person is meant to read."""


class RefusalError(Exception):
    """Work was refused or failed; the message is one line: what, where, what to do.

    `reason` is one word of a fixed list for programs, where there is one.
    """

    def __init__(self, message: str, reason: str = "failed") -> None:
        super().__init__(message)
        self.reason = reason
