"""By its label the function knows a key that it made, for which secret and in which rotation."""

from __future__ import annotations

from dataclasses import dataclass

_BETWEEN = "#"


@dataclass(frozen=True, kw_only=True)
class Label:
    """The secret's whole ARN, for several accounts and Regions may share a provider's account.

    A secret's name has no ``#``:
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """

    secret_arn: str
    token: str

    def text(self) -> str:
        """As the provider is told it."""
        return f"{self.secret_arn}{_BETWEEN}{self.token}"


def parse_label(text: str) -> Label | None:
    """None: the key is none of a rotation's."""
    secret_arn, between, token = text.partition(_BETWEEN)
    if not (between and token and secret_arn.startswith("arn:")):
        return None
    return Label(secret_arn=secret_arn, token=token)
