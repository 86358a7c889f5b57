"""Clients of this process that reach one account each."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.config import default_user_config

from rehearsal.aws.account import Account
from rehearsal.wire import left_alone

from .parts import BLUE, GREEN

Accounts = tuple[Account, Account]


def test_each_accounts_client_reaches_its_own_model(accounts: Accounts) -> None:
    blue, green = accounts
    assert blue.client("codedeploy").list_applications()["applications"] == [BLUE]
    assert green.client("codedeploy").list_applications()["applications"] == [GREEN]


def test_what_one_account_keeps_in_moto_the_other_does_not_see(accounts: Accounts) -> None:
    blue, green = accounts
    blue.client("ssm").put_parameter(Name="/only/here", Value="blue", Type="String")
    found = blue.client("ssm").get_parameter(Name="/only/here")["Parameter"]
    assert (found["Value"], found["ARN"].split(":")[4]) == ("blue", BLUE)
    with pytest.raises(green.client("ssm").exceptions.ParameterNotFound):
        green.client("ssm").get_parameter(Name="/only/here")


def test_a_client_is_made_once(accounts: Accounts) -> None:
    blue, green = accounts
    assert blue.client("ecs") is blue.client("ecs")
    assert blue.client("ecs") is not green.client("ecs")


def test_credentials_are_those_of_the_role(accounts: Accounts) -> None:
    for role in ("checks", f"arn:aws:iam::{GREEN}:role/path/checks"):
        keys = accounts[1].credentials(role)
        session = boto3.Session(
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys["AWS_SESSION_TOKEN"],
        )
        identity = session.client("sts").get_caller_identity()
        assert identity["Account"] == GREEN
        assert "checks" in identity["Arn"]


def test_a_refusal_of_the_model_is_the_modelled_exception(accounts: Accounts) -> None:
    client = accounts[0].client("codedeploy")
    with pytest.raises(client.exceptions.ApplicationDoesNotExistException, match=f"none in {BLUE}"):
        client.get_application(applicationName="storefront")


def test_an_error_in_the_model_is_raised_where_it_was_called(accounts: Accounts) -> None:
    with pytest.raises(LookupError, match="ListDeploymentConfigs is not modelled"):
        accounts[0].client("codedeploy").list_deployment_configs()


def test_without_a_model_moto_answers() -> None:
    """`left_alone` is taken back at its end, one service and the other."""
    before = dict(default_user_config["core"])
    with left_alone("codedeploy"):
        with left_alone("stepfunctions"):
            services = default_user_config["core"]["passthrough"]["services"]
            assert services[-2:] == ["codedeploy", "stepfunctions"]
        assert default_user_config["core"]["passthrough"]["services"][-1] == "codedeploy"
    assert default_user_config["core"] == before


def test_a_client_that_is_refused_by_moto_gets_motos_error(accounts: Accounts) -> None:
    with pytest.raises(ClientError, match="ClusterNotFoundException"):
        accounts[0].client("ecs").describe_services(cluster="none", services=["none"])
