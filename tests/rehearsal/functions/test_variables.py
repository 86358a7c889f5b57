"""The environment variables of a function's process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from rehearsal.aws.account import Account
from rehearsal.play.function_environment import FunctionEnvironment
from tests.support.mocked_aws import mocked_aws

ACCOUNT = "222222222222"
HERE = {443: "http://127.0.0.1:15000", 8443: "http://127.0.0.1:15001"}


@pytest.fixture
def environment() -> Iterator[FunctionEnvironment]:
    """Of an account whose API is somewhere."""
    with mocked_aws():
        yield FunctionEnvironment(
            account=Account(id=ACCOUNT, region="eu-west-1"),
            endpoint=lambda: "http://127.0.0.1:1",
            listeners=HERE,
            authority=Path("/authority.pem"),
        )


def test_a_function_has_its_variables_region_endpoint_and_role(
    environment: FunctionEnvironment,
) -> None:
    found = environment(_function(SERVICE="storefront"))
    assert found["SERVICE"] == "storefront"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert found["DATABASE_CA_BUNDLE"] == "/authority.pem"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "checks"
    session = boto3.Session(
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=found["AWS_SESSION_TOKEN"],
    )
    assert session.client("sts").get_caller_identity()["Account"] == ACCOUNT


@pytest.mark.parametrize(
    ("value", "here"),
    [
        ("https://shop.example.com:443", HERE[443]),
        ("https://shop.example.com:8443", HERE[8443]),
        ("https://shop.example.com:443/base", f"{HERE[443]}/base"),
        ("https://hooks.example.com/services/T0", None),
        ("https://shop.example.com:9443", None),
        ("arn:aws:sns:eu-west-1:222222222222:news:443", None),
    ],
)
def test_only_the_url_of_a_listener_is_moved(
    environment: FunctionEnvironment, value: str, here: str | None
) -> None:
    found = environment(_function(URL=value))
    assert found["URL"] == (here or value)
    assert environment.moved == ({f"URL {value}"} if here else set())


def _function(**variables: str) -> dict[str, object]:
    return {
        "FunctionName": "checks",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/checks",
        "Environment": {"Variables": variables},
    }
