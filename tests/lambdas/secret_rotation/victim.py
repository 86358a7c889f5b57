"""Takes steps of rotations in forks of its process, and kills them at the call it is told.

Started as a program; a request is a line of JSON on its standard input, the answer one on its
standard output. A fork is killed without any clean-up, as Lambda's sandbox is when it dies: sockets
are closed by the kernel, nothing else happens.

Calls are counted where they leave the process: each call of the AWS API, and each message to the
database on its TLS connection. A call has two places: before it, and after its answer has come.
"""

from __future__ import annotations

import importlib
import json
import os
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import botocore.client

from lambdas.common.aws import aws_client

KILLED = 137


@dataclass
class Places:
    """The places passed so far, and the one to die at (-1: none)."""

    die_at: int
    passed: list[str] = field(default_factory=list)

    def passing(self, name: str) -> None:
        """Die here if it is to be here."""
        if len(self.passed) == self.die_at:
            os._exit(KILLED)
        self.passed.append(name)


def watch(places: Places) -> None:
    """Count what leaves this process from now on."""
    call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

    def watched_call(self: Any, operation: str, parameters: Any) -> Any:
        places.passing(f"before {operation}")
        answer = call(self, operation, parameters)
        places.passing(f"after {operation}")
        return answer

    botocore.client.BaseClient._make_api_call = watched_call  # type: ignore[attr-defined]
    waiting: set[int] = set()

    def sending(name: str) -> None:
        original = getattr(ssl.SSLSocket, name)

        def sent(self: ssl.SSLSocket, *arguments: Any) -> Any:
            places.passing("before a message")
            done = original(self, *arguments)
            waiting.add(id(self))
            return done

        setattr(ssl.SSLSocket, name, sent)

    def receiving(name: str) -> None:
        original = getattr(ssl.SSLSocket, name)

        def received(self: ssl.SSLSocket, *arguments: Any) -> Any:
            done = original(self, *arguments)
            if id(self) in waiting:
                waiting.discard(id(self))
                places.passing("after its answer")
            return done

        setattr(ssl.SSLSocket, name, received)

    # socket.makefile() reads with recv_into and writes with send.
    sending("send")
    receiving("recv_into")


def take(request: dict[str, Any], function: Callable[[Any, Any], None]) -> dict[str, Any]:
    """Take a step in a fork. Answers how it ended, and the places it passed."""
    os.environ.update(request["environ"])
    # Made here once, and inherited without a connection: making one takes a multiple of a step.
    aws_client("secretsmanager")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        places = Places(die_at=request.get("die_at", -1))
        watch(places)
        error = None
        log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(log, 1)
        try:
            function(request["event"], None)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        sys.stdout.flush()
        os.write(writing, json.dumps({"error": error, "passed": places.passed}).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"killed": status == KILLED, **(json.loads(said) if said else {})}


def main() -> None:
    """``python -m tests.lambdas.secret_rotation.victim MODULE``, with a ``handler`` in it."""
    function = importlib.import_module(sys.argv[1]).handler
    # What a function imports when it first meets a database of a kind is there from the start.
    for name in sys.argv[2:]:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(take(json.loads(line), function)), flush=True)


if __name__ == "__main__":
    main()
