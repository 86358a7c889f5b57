"""moto in this process, without what makes it slow: AMIs, and reading boto3's models each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import boto3
import botocore.session
from botocore.loaders import Loader
from moto import mock_aws

# Models that are read once a process: https://github.com/boto/botocore/blob/develop/botocore/loaders.py
_LOADER = Loader()


def new_session() -> botocore.session.Session:
    """A session of botocore that shares the models already read."""
    session = botocore.session.get_session()
    session.register_component("data_loader", _LOADER)
    return session


@contextmanager
def mocked_aws(region: str) -> Iterator[None]:
    """An empty AWS of moto's; clients made within, by a handler too, find it at once."""
    settings = {"AWS_DEFAULT_REGION": region, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
    with patch.dict(os.environ, settings), mock_aws():
        # moto puts back what was there before.
        boto3.DEFAULT_SESSION = boto3.Session(botocore_session=new_session())
        yield
