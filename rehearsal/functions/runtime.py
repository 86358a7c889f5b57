"""The process of one execution environment: imports a handler once and runs it on each event.

Started as a file, with the function's package as its working folder and on its path, as Lambda has
it (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html). Reads
``{"event": ..., "seconds": ...}`` a line on standard input and answers ``{"answer": ...}`` or
``{"error": ..., "message": ...}`` a line on standard output. What the handler prints goes to
standard error. Errors are named as Lambda's own runtime names them:
https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/bootstrap.py
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any


class Context:
    """What a handler is told of its own invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left before the process is ended."""
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def main(handler: str) -> None:
    """Serve events until standard input ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    try:
        function = _load(handler)
    except Exception as error:
        traceback.print_exc()
        _reply(replies, _described(error))
        return
    _reply(replies, {"ready": True})
    for line in sys.stdin:
        _reply(replies, _run(function, json.loads(line)))


class _Fault(Exception):
    """An error that has a name of Lambda's own."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def _load(handler: str) -> Any:
    module, _, name = handler.rpartition(".")
    try:
        loaded = importlib.import_module(module)
    except ImportError as error:
        raise _Fault(
            "Runtime.ImportModuleError", f"Unable to import module '{module}': {error}"
        ) from error
    except SyntaxError as error:
        raise _Fault(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}"
        ) from error
    if not hasattr(loaded, name):
        raise _Fault("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'")
    return getattr(loaded, name)


def _run(function: Any, request: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = function(request["event"], Context(request["seconds"]))
        return {"answer": _through_json(answer)}
    except Exception as error:
        traceback.print_exc()
        return _described(error)


def _through_json(answer: Any) -> Any:
    try:
        return json.loads(json.dumps(answer))
    except (TypeError, ValueError) as error:
        raise _Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _described(error: Exception) -> dict[str, Any]:
    name = error.name if isinstance(error, _Fault) else type(error).__name__
    return {"error": name, "message": str(error)}


def _reply(replies: Any, content: dict[str, Any]) -> None:
    replies.write(json.dumps(content) + "\n")
    replies.flush()


if __name__ == "__main__":
    main(sys.argv[1])
