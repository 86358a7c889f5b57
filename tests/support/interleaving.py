"""Several invocations at once, in an order that a test chooses: one makes a call, then another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence


class Killed(BaseException):
    """The function was ended between two calls."""


class Invocations:
    """Runs functions in threads, of which only one moves at a time, from call to call.

    ``watch`` is given what is to be run ahead of every call of theirs, with the call's name.
    """

    def __init__(
        self,
        watch: Callable[[Callable[[str], None]], None],
        functions: Sequence[Callable[[], object]],
    ) -> None:
        self._here = threading.Semaphore(0)
        self._turns = [threading.Semaphore(0) for _ in functions]
        self._indexes: dict[int, int] = {}
        self._kill: set[int] = set()
        self._called: dict[int, list[str]] = {index: [] for index in range(len(functions))}
        self.running = set(range(len(functions)))
        self.errors: list[BaseException] = []
        watch(self._before_call)
        self._threads = [
            threading.Thread(target=self._run, args=(index, function), daemon=True)
            for index, function in enumerate(functions)
        ]
        for thread in self._threads:
            thread.start()
        for index in sorted(self.running):
            self.step(index)

    def step(self, index: int) -> None:
        """Let one function go on until it is about to make its next call, or has ended."""
        if index in self.running:
            self._turns[index].release()
            self._here.acquire()

    def last_calls(self, index: int) -> list[str]:
        """Return the two calls that a function made last."""
        return self._called[index][-2:]

    def kill(self, index: int) -> None:
        """End one function where it is, before its next call."""
        self._kill.add(index)
        self.step(index)

    def finish(self) -> None:
        """Let each go on to its end, one after the other."""
        for index in range(len(self._threads)):
            while index in self.running:
                self.step(index)

    def _run(self, index: int, function: Callable[[], object]) -> None:
        self._indexes[threading.get_ident()] = index
        self._turns[index].acquire()
        try:
            function()
        except Killed:
            pass
        except BaseException as error:
            self.errors.append(error)
        self.running.discard(index)
        self._here.release()

    def _before_call(self, name: str) -> None:
        index = self._indexes[threading.get_ident()]
        self._here.release()
        self._turns[index].acquire()
        if index in self._kill:
            raise Killed
        self._called[index].append(name)
