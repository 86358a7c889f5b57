"""The four steps, so that each may die anywhere and be taken again, by several at once.

Whatever AWSCURRENT says works, at every instant. Three things see to that. A step makes sure of
what the steps before it should have done. AWSCURRENT moves only to a value that has just been
proved. And a value is put in place under a lock, after a last look at the versions under that
lock: a run that slept through a whole other rotation finds that its version is not AWSPENDING any
more, and changes nothing.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .errors import (
    NotPending,
    Overtaken,
    RotationDisabled,
    StaleValue,
    StoreFailed,
    TooYoung,
    UnknownVersion,
)
from .events import RotationEvent, Step
from .ports import CURRENT, PENDING, Credential, SecretStore, Value, VersionExists


class _Finished(Exception):
    """The event's version is AWSCURRENT already: another run was faster."""


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """One secret and what it opens. `take` a step; raises `RotationError` or the credential's.

    ``minimum_age``: a current value younger than that is not rotated (`TooYoung`), because some
    may still use the one before it.
    """

    store: SecretStore
    credential: Credential
    minimum_age: timedelta = timedelta()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def take(self, event: RotationEvent) -> str:
        """Take the step and say in a sentence what was done."""
        token = event.token
        try:
            self._check(token)
            match event.step:
                case Step.CREATE:
                    return self._create(token)
                case Step.SET:
                    return self._set(token)
                case Step.TEST:
                    return self._test(token)
                case Step.FINISH:
                    return self._finish(token)
        except _Finished:
            if event.step is Step.FINISH:
                self.credential.retire(self.store.current(), token)
            return "this version is AWSCURRENT already; nothing is left to do"

    def _check(self, token: str) -> None:
        """Raise unless this version is the one to be rotated to. Also called under the lock."""
        versions = self.store.versions()
        labels = versions.labels.get(token)
        if labels is None:
            raise UnknownVersion(f"the secret has no version {token} with a label")
        if CURRENT in labels:
            raise _Finished
        if PENDING not in labels:
            holder = versions.holder(PENDING) or "no version"
            raise NotPending(f"version {token} is not AWSPENDING; {holder} is")
        if not versions.rotation_enabled:
            raise RotationDisabled(
                "rotation of this secret is switched off or was cancelled; switch it on again "
                "(python -m ops rotate does not)"
            )

    def _create(self, token: str) -> str:
        made = self._ensure_value(token)
        return "a new value was made" if made else "the value had been made before"

    def _set(self, token: str) -> str:
        self._ensure_value(token)
        if self.credential.placed_in is not Step.SET:
            self._reach()
            return "nothing yet: the value takes the current one's place in finishSecret"
        # Without trying it first: a login that is refused would be in the server's log each time.
        self._place(self.store.current(), self._value(token))
        return "the new value works now"

    def _test(self, token: str) -> str:
        """Read only where it can be: AWS takes this step alone to try a new configuration.

        It does so with an AWSPENDING version that it makes and removes:
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
        """
        current, pending = self.store.current(), self.store.value(token)
        if pending is None or pending.text == current.text:
            if self.credential.blank(current):
                return "there is no value yet; the first rotation makes one"
            self.credential.prove(current)
            return "the current value works; there is no other one to be tried"
        if self.credential.placed_in is not Step.SET:
            self._reach()
            return "the new value is tried in finishSecret, where it takes the current one's place"
        self._ensure_placed(current, pending)
        return "the new value works"

    def _finish(self, token: str) -> str:
        self._ensure_value(token)
        current, pending = self.store.current(), self._value(token)
        self._ensure_placed(current, pending)
        # After AWSCURRENT was read: a run that slept here while its version became current, and
        # another one after it, would move AWSCURRENT back.
        self._check(token)
        try:
            self.store.promote(token, over=current.version)
        except (StoreFailed, Overtaken):
            # The call may have been carried out and its answer lost, or a twin was faster.
            if self.store.versions().holder(CURRENT) != token:
                raise
        self.credential.retire(pending, token)
        return f"AWSCURRENT moved to this version from {current.version}"

    def _ensure_value(self, token: str) -> bool:
        """Whether the value had to be made."""
        if self.store.value(token) is not None:
            return False
        current = self.store.current()
        age = self.now() - current.created
        if self.minimum_age and age < self.minimum_age:
            raise TooYoung(
                f"the current value is {_hours(age)} old, and is left alone for "
                f"{_hours(self.minimum_age)}: tasks that took the one before it from their "
                "environment may still run. The rotation is tried again later"
            )
        try:
            self.store.put(token, self.credential.make(current, token))
        except VersionExists:
            # A twin was faster; its value is the version's.
            return False
        return True

    def _ensure_placed(self, current: Value, pending: Value) -> None:
        """See that the pending value works, and put it in place when it does not."""
        if not self.credential.works(pending):
            self._place(current, pending)

    def _place(self, current: Value, pending: Value) -> None:
        token = pending.version
        try:
            self.credential.place(current, pending, lambda: self._confirm(token, current))
        except StaleValue:
            # A run that slept while another rotation went through puts such a value.
            self.store.give_up(token)
            raise
        self.credential.prove(pending)

    def _reach(self) -> None:
        """Raise when what the secret opens is out of reach; a current value that is refused is not
        a reason to stop, for the new one will take its place.
        """
        self.credential.works(self.store.current())

    def _confirm(self, token: str, current: Value) -> None:
        self._check(token)
        found = self.store.versions().holder(CURRENT)
        if found != current.version:
            raise Overtaken(f"AWSCURRENT moved from {current.version} to {found} meanwhile")

    def _value(self, token: str) -> Value:
        found = self.store.value(token)
        if found is None:
            raise UnknownVersion(f"version {token} has no value")
        return found


def _hours(age: timedelta) -> str:
    return f"{age.total_seconds() / 3600:.1f} h"
