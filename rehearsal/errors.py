"""How an operation is refused."""

from __future__ import annotations


class ApiError(Exception):
    """A refusal with AWS's error code, as the API answers it (HTTP status 400)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class InvocationRefusedError(Exception):
    """Lambda did not take the invocation: no such function, or no permission.

    What the function does after Lambda has taken it is no concern of the caller's.
    """


class FunctionError(Exception):
    """A function that was invoked ended in an error. `error` is its type, as Lambda names it."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error = error
        self.message = message


class RehearsalError(Exception):
    """The rehearsal cannot begin or go on; the message says why and what to do, in one line."""
