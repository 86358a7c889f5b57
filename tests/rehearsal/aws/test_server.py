"""The whole API over HTTP: whose models and whose moto a request reaches."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from rehearsal.aws.account import Account
from rehearsal.aws.server import serve

from .parts import BLUE, GREEN, Model, over_http

Accounts = tuple[Account, Account]


@pytest.fixture
def url(accounts: Accounts) -> Iterator[str]:
    """Where both are served."""
    with serve(accounts, lock=threading.Lock()) as found:
        yield found


def test_credentials_tell_whose_model_is_asked(accounts: Accounts, url: str) -> None:
    for one in accounts:
        assert over_http("codedeploy", url, one).list_applications()["applications"] == [one.id]


def test_both_modelled_services_are_reached(accounts: Accounts, url: str) -> None:
    blue, green = accounts
    arn = "arn:aws:states:eu-central-1:333333333333:execution:m:e"
    answer = over_http("stepfunctions", url, green).describe_execution(executionArn=arn)
    assert answer["name"] == GREEN
    assert _model(green, "stepfunctions").asked == ["DescribeExecution"]
    assert _model(green, "codedeploy").asked == []
    assert _model(blue, "stepfunctions").asked == []


def test_credentials_tell_whose_moto_is_asked(accounts: Accounts, url: str) -> None:
    blue, green = accounts
    over_http("ssm", url, blue).put_parameter(Name="/a", Value="blue", Type="String")
    assert over_http("ssm", url, blue).get_parameter(Name="/a")["Parameter"]["Value"] == "blue"
    other = over_http("ssm", url, green)
    with pytest.raises(other.exceptions.ParameterNotFound):
        other.get_parameter(Name="/a")


@pytest.mark.parametrize("service", ["ecs", "sns", "secretsmanager", "cloudwatch"])
def test_everything_else_is_motos(accounts: Accounts, url: str, service: str) -> None:
    client = over_http(service, url, accounts[0])
    match service:
        case "ecs":
            assert client.create_cluster(clusterName="pase")["cluster"]["clusterArn"].split(":")[
                4
            ] == (BLUE)
        case "sns":
            assert client.create_topic(Name="news")["TopicArn"].split(":")[4] == BLUE
        case "secretsmanager":
            arn = client.create_secret(Name="database", SecretString="{}")["ARN"]
            assert arn.split(":")[4] == BLUE
        case _:
            assert client.describe_alarms()["MetricAlarms"] == []
    assert _model(accounts[0], "codedeploy").asked == []


def test_here_and_over_http_the_same_is_seen(accounts: Accounts, url: str) -> None:
    blue = accounts[0]
    blue.client("ssm").put_parameter(Name="/from/here", Value="1", Type="String")
    over_http("ssm", url, blue).put_parameter(Name="/from/there", Value="2", Type="String")
    for client in (blue.client("ssm"), over_http("ssm", url, blue)):
        names = ["/from/here", "/from/there"]
        found = client.get_parameters(Names=names)["Parameters"]
        assert {one["Name"]: one["Value"] for one in found} == dict(zip(names, "12", strict=True))
    blue.client("codedeploy").list_applications()
    over_http("codedeploy", url, blue).list_applications()
    assert _model(blue, "codedeploy").asked == ["ListApplications"] * 2


def test_a_refusal_of_the_model_is_the_modelled_exception(accounts: Accounts, url: str) -> None:
    client = over_http("codedeploy", url, accounts[1])
    refused = client.exceptions.ApplicationDoesNotExistException
    with pytest.raises(refused, match=f"none in {GREEN}"):
        client.get_application(applicationName="storefront")


def test_an_error_in_the_model_is_told_in_words(accounts: Accounts, url: str) -> None:
    client = over_http("codedeploy", url, accounts[0])
    with pytest.raises(
        ClientError, match=r"InternalFailure.*ListDeploymentConfigs is not modelled"
    ):
        client.list_deployment_configs()


def test_requests_wait_for_the_lock_model_and_moto_alike(accounts: Accounts) -> None:
    lock = threading.Lock()
    with serve(accounts, lock=lock) as url:
        model = over_http("codedeploy", url, accounts[0], read_timeout=0.5)
        moto = over_http("ssm", url, accounts[0], read_timeout=0.5)
        with lock:
            with pytest.raises(ReadTimeoutError):
                model.list_applications()
            with pytest.raises(ReadTimeoutError):
                moto.describe_parameters()
            assert _model(accounts[0], "codedeploy").asked == []
        patient = over_http("codedeploy", url, accounts[0])
        assert patient.list_applications()["applications"] == [BLUE]


def test_an_account_that_is_not_served_is_not_given_anothers_model(
    accounts: Accounts, url: str
) -> None:
    stranger = Account(id="444444444444", region="eu-central-1")
    assert over_http("codedeploy", url, stranger).list_applications()["applications"] == []
    assert [_model(one, "codedeploy").asked for one in accounts] == [[], []]


def test_another_region_is_not_given_the_models_of_this_one(accounts: Accounts, url: str) -> None:
    elsewhere = Account(id=BLUE, region="eu-west-1")
    assert over_http("codedeploy", url, elsewhere).list_applications()["applications"] == []
    assert _model(accounts[0], "codedeploy").asked == []


def test_afterwards_nothing_listens(accounts: Accounts) -> None:
    with serve(accounts, lock=threading.Lock()) as url:
        client = over_http("codedeploy", url, accounts[0])
        client.list_applications()
    fresh = over_http("codedeploy", url, accounts[0])
    with pytest.raises(EndpointConnectionError):
        fresh.list_applications()
    assert "aws" not in {one.name for one in threading.enumerate()}


def _model(account: Account, service: str) -> Model:
    found = account.models[service]
    assert isinstance(found, Model)
    return found
