"""A provider's key as what a secret opens: made, published, proved; those before it ended.

Several runs may be at it, and each may be killed anywhere. What keeps AWSCURRENT's key alive: a
version's value is written once and for all, so that of the keys labelled with its token all but
the one in it are nobody's. A key of another token that is in no version is nobody's once the run
that made it is dead for sure; until then it may yet be put.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..rotation.events import Step
from ..rotation.ports import CURRENT, SecretStore, Value
from .errors import InvalidSecret, KeyGone, KeyRejected, KeyUnlisted, NoKey
from .label import Label, parse_label
from .patience import Patience
from .ports import Key, Provider
from .secret_value import api_key, has_key, key_id, parse, renewed

PREVIOUS = "AWSPREVIOUS"
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between looks at a key that a provider may not know everywhere yet."""
LISTED_AFTER = timedelta(minutes=5)
"""A key that a provider does not list for so long is gone."""
MAKER_LIFE = timedelta(hours=1)
"""After that nobody is left to put a key that was made: a Lambda lives for 15 minutes at most
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html); the rest is for a
provider's clock that is slow.
"""


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """`rotation.ports.Credential`: keys of the provider named ``name``, for one secret.

    ``overlap``: for how long a key goes on working after another one has become current.
    ``note`` is told what was ended.
    """

    provider: Provider
    name: str
    store: SecretStore
    secret_arn: str
    overlap: timedelta
    patience: Patience
    note: Callable[[str], None]
    now: Callable[[], datetime]

    @property
    def placed_in(self) -> Step:
        """A new key works beside the current one."""
        return Step.SET

    def blank(self, value: Value) -> bool:
        """See `rotation.ports.Credential`. A key that was put by hand is one."""
        return not has_key(value.text)

    def make(self, current: Value, token: str) -> str:
        """A further key. One that an earlier run of this rotation made and lost is ended first, if
        it is so old that its maker cannot put it any more; a younger one in `retire`.
        """
        value = parse(current.text)
        old = [key for key, label in self._ours() if label.token == token and self._settled(key)]
        # In this order: after the list nobody can have put one of them.
        if old and self.store.value(token) is None:
            for key in old:
                self._revoke(key, "it was made in this rotation, and its value was lost")
        label = Label(secret_arn=self.secret_arn, token=token)
        new = self.provider.create(label=label.text(), token=token)
        return renewed(value, new, provider=self.name)

    def place(self, current: Value, pending: Value, confirm: Callable[[], None]) -> None:
        """Publish the key, where the provider makes keys that do not work at once."""
        del current
        key = self._find(pending)
        if not key.active:
            confirm()
            self.provider.publish(key.id)

    def works(self, value: Value) -> bool:
        """See `rotation.ports.Credential`."""
        try:
            self.provider.verify(api_key(value.text))
        except (KeyRejected, NoKey, InvalidSecret):
            return False
        return True

    def prove(self, value: Value) -> None:
        """Show the key to the provider, several times while it is not known everywhere."""
        key = api_key(value.text)
        for pause in PAUSES:
            try:
                self.provider.verify(key)
                return
            except KeyRejected:
                if not self.patience.wait(pause):
                    raise
        self.provider.verify(key)

    def retire(self, current: Value, token: str) -> None:
        """End lost keys of this rotation now, and the keys before the current one after the
        overlap: by themselves where the provider can do that, else in a later rotation.

        Neither a key that this function did not make for this secret, nor one that a version with
        any label but AWSPREVIOUS has.
        """
        ours = self._ours()
        # After the list: a key that is old in it and in none of these is in none to come.
        versions = self.store.versions()
        if versions.holder(CURRENT) != token:
            return
        kept, previous = set(), None
        for version, labels in versions.labels.items():
            value = current if version == current.version else self.store.value(version)
            if value is None:
                continue
            if labels == {PREVIOUS}:
                previous = value
            else:
                kept.add(key_id(value.text))
        former = key_id(previous.text) if previous else ""
        for key, label in ours:
            if key.id in kept:
                continue
            if label.token == token:
                self._revoke(key, "it was made in this rotation, and another one is used")
            elif key.id == former or self._settled(key):
                self._end(key, former=key.id == former, previous=previous)

    def _end(self, key: Key, *, former: bool, previous: Value | None) -> None:
        """End a key that is not the current one, as late as the overlap demands.

        ``former``: it was current until now. Any other one was current, if ever, only until
        ``previous`` became that.
        """
        if key.expires is not None:
            return
        end = self.now() + self.overlap
        if self.overlap and self.provider.expire(key.id, end):
            self.note(f"key {key.id} ends by itself at {end:%Y-%m-%dT%H:%M:%SZ}")
        elif former and self.overlap:
            self.note(f"key {key.id} works until the next rotation, which revokes it")
        elif former or previous is None or previous.created + self.overlap <= self.now():
            self._revoke(key, "it is not used any more")

    def _revoke(self, key: Key, why: str) -> None:
        self.provider.revoke(key.id)
        self.note(f"key {key.id} was revoked: {why}")

    def _find(self, pending: Value) -> Key:
        """The provider's record of the key, several times while it may not be listed yet."""
        wanted = key_id(pending.text)
        for pause in (0.0, *PAUSES):
            if not self.patience.wait(pause):
                break
            for key in self.provider.list():
                if key.id == wanted:
                    return key
        if self.now() - pending.created < LISTED_AFTER:
            raise KeyUnlisted(
                f"the provider does not list key {wanted} yet, which is the pending one; the next "
                "try goes on from here"
            )
        raise KeyGone(
            f"the provider has no key {wanted or '(the value names none)'}, which is the pending "
            "one; it is given up, and the next rotation makes another one"
        )

    def _settled(self, key: Key) -> bool:
        return self.now() - key.created >= MAKER_LIFE

    def _ours(self) -> list[tuple[Key, Label]]:
        """The keys that this function made for this secret."""
        labelled = [(key, parse_label(key.label)) for key in self.provider.list()]
        return [
            (key, label)
            for key, label in labelled
            if label is not None and label.secret_arn == self.secret_arn
        ]
