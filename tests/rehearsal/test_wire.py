"""The API through boto3, in process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rehearsal.errors import ApiError
from rehearsal.wire import answer, in_process
from tests.support.mocked_aws import mocked_aws

from .world import SERVICE, World


class Refusing:
    """An API that refuses everything."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse."""
        raise ApiError("ApplicationDoesNotExistException", f"{operation}: {parameters}")


class Broken:
    """A model with a fault."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Break."""
        raise LookupError(f"{operation} {parameters}")


def test_a_refusal_is_the_modelled_exception_of_the_client() -> None:
    with mocked_aws(), in_process("codedeploy", Refusing()):
        client = boto3.client("codedeploy")
        with pytest.raises(client.exceptions.ApplicationDoesNotExistException):
            client.get_application(applicationName="x")


def test_clients_made_before_and_after_other_clients_reach_the_model() -> None:
    with mocked_aws():
        boto3.client("ecs")
        with in_process("codedeploy", Refusing()):
            for client in (boto3.client("codedeploy"), boto3.Session().client("codedeploy")):
                with pytest.raises(ClientError, match="ListApplications"):
                    client.list_applications()
        assert boto3.client("codedeploy").list_applications()["applications"] == []


def test_moto_keeps_answering_for_the_other_services(world: World) -> None:
    assert world.ecs.list_clusters()["clusterArns"]
    assert world.codedeploy.list_applications()["applications"] == [SERVICE]


def test_timestamps_are_numbers_of_seconds(world: World) -> None:
    world.group()
    id = world.deploy()
    status, body = answer(
        world.model, "CodeDeploy_20141006.GetDeployment", b'{"deploymentId": "%s"}' % id.encode()
    )
    assert status == 200
    assert b'"createTime": 1772452860.0' in body
    assert world.info(id)["createTime"] == world.clock.now()


def test_a_fault_in_the_model_is_raised_in_process() -> None:
    with pytest.raises(LookupError):
        answer(Broken(), "CodeDeploy_20141006.ListApplications", b"{}")
