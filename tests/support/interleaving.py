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


_this_thread = threading.local()


class Invocation:
    """A step of the function in a thread, held before each of its calls until it may go on."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.over = False
        self.error: BaseException | None = None
        self.calls: list[str] = []
        self._killed = False
        self._here = threading.Semaphore(0)
        self._go = threading.Semaphore(0)
        self._work = work
        threading.Thread(target=self._run, daemon=True).start()
        self._here.acquire()

    def step(self) -> None:
        """Let it make its next call, up to the one after that or its end."""
        if not self.over:
            self._go.release()
            self._here.acquire()

    def until(self, *last: str) -> None:
        """Let it go on until these are the calls that it made last; it must come there."""
        while tuple(self.calls[-len(last) :]) != last:
            assert not self.over, f"it made the calls {self.calls}, and never {last}"
            self.step()

    def kill(self) -> None:
        """It ends where it is, and makes no more calls."""
        self._killed = True
        self.step()

    def finish(self) -> None:
        """Let it go on to its end."""
        while not self.over:
            self.step()

    def wait(self, name: str) -> None:
        """Called by its thread before each call."""
        self._here.release()
        self._go.acquire()
        if self._killed:
            raise Killed
        self.calls.append(name)

    def _run(self) -> None:
        _this_thread.invocation = self
        try:
            self._work()
        except BaseException as error:
            self.error = error
        self.over = True
        self._here.release()


def hold(name: str) -> None:
    """Run ahead of every call: hold the invocation whose thread this is, if it is one's."""
    invocation = getattr(_this_thread, "invocation", None)
    if invocation is not None:
        invocation.wait(name)
