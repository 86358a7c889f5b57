"""One account and Region of the rehearsal's AWS: credentials, and clients that reach it.

moto tells accounts apart by the access key, and gives out keys of an account when one of its roles
is assumed, as STS does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from ..wire import Api, attach
from .mocked import new_session


@dataclass(kw_only=True)
class Account:
    """An account and Region. ``models``: boto3's name of a service -> the model that answers it."""

    id: str
    region: str
    models: dict[str, Api] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)
    _session: boto3.Session | None = None

    def client(self, service: str) -> Any:
        """This process's one client of a service; it reaches moto, or the model."""
        if service not in self._clients:
            make: Any = self._own_session().client
            client = make(service)
            if service in self.models:
                attach(client, self.models[service])
            self._clients[service] = client
        return self._clients[service]

    def credentials(self, role: str) -> Mapping[str, str]:
        """The environment variables with which a process acts as a role of this account.

        ``role`` is the role's ARN or its name.
        """
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{self.id}:role/{role}"
        make: Any = boto3.client
        answer = make("sts", region_name=self.region).assume_role(
            RoleArn=arn, RoleSessionName="rehearsal"
        )["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": answer["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": answer["SecretAccessKey"],
            "AWS_SESSION_TOKEN": answer["SessionToken"],
        }

    def _own_session(self) -> boto3.Session:
        if self._session is None:
            keys = self.credentials("rehearsal")
            self._session = boto3.Session(
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=keys["AWS_SESSION_TOKEN"],
                region_name=self.region,
                botocore_session=new_session(),
            )
        return self._session
