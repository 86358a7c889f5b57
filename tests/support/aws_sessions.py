"""boto3 sessions that share what takes longest to make: the models of AWS's services, once read."""

from __future__ import annotations

import boto3
import botocore.loaders
import botocore.session

_LOADER = botocore.loaders.Loader()


def read_models_once(region: str | None = None) -> None:
    """Begin a default session for all clients made from now on."""
    session = botocore.session.Session()
    session.register_component("data_loader", _LOADER)
    boto3.setup_default_session(botocore_session=session, region_name=region)
