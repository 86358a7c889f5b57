"""Clusters, task definitions and services, in moto and in what the caller adds to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .base import Made, Place, Request, ResourceError, parameters

CreateService = Callable[..., Mapping[str, Any]]

_UPDATABLE = (
    "DeploymentConfiguration",
    "DesiredCount",
    "EnableECSManagedTags",
    "HealthCheckGracePeriodSeconds",
    "PlacementConstraints",
    "PlacementStrategies",
    "PropagateTags",
)


class Clusters:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ecs-cluster.html"""

    name_property = "ClusterName"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("ecs")

    def replaces(self, changed: Collection[str]) -> bool:
        """The name is for good."""
        return "ClusterName" in changed

    def create(self, request: Request) -> Made:
        """CreateCluster."""
        found = parameters(
            self._client,
            "CreateCluster",
            {
                "ClusterName": request.name(),
                "Settings": request.properties.get("ClusterSettings", []),
                **request.properties,
            },
            without=["ClusterSettings"],
        )
        cluster = self._client.create_cluster(**found.values)["cluster"]
        return Made(
            physical_id=cluster["clusterName"],
            attributes={"Arn": cluster["clusterArn"]},
            notes=found.notes("CreateCluster"),
        )

    def update(self, request: Request) -> Made:
        """UpdateCluster."""
        name = request.physical_id
        found = parameters(
            self._client,
            "UpdateCluster",
            {**request.properties, "Settings": request.properties.get("ClusterSettings", [])},
            without=["ClusterName", "ClusterSettings", "Tags"],
        )
        cluster = self._client.update_cluster(**found.values, cluster=name)["cluster"]
        return Made(physical_id=name, attributes={"Arn": cluster["clusterArn"]})

    def delete(self, request: Request) -> None:
        """DeleteCluster."""
        self._client.delete_cluster(cluster=request.physical_id)


class TaskDefinitions:
    """Every change registers a revision; the physical id is its ARN.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ecs-taskdefinition.html
    """

    # A family is no name that a replacement could collide with.
    name_property = ""
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("ecs")

    def replaces(self, changed: Collection[str]) -> bool:
        """Only tags can be changed."""
        return not set(changed) <= {"Tags"}

    def create(self, request: Request) -> Made:
        """RegisterTaskDefinition."""
        given = {"Family": request.name(), **request.properties}
        found = parameters(self._client, "RegisterTaskDefinition", given)
        answer = self._client.register_task_definition(**found.values)["taskDefinition"]
        return self._made(answer["taskDefinitionArn"], found.notes("RegisterTaskDefinition"))

    def update(self, request: Request) -> Made:
        """TagResource."""
        found = parameters(
            self._client, "TagResource", {"Tags": request.properties.get("Tags", [])}
        )
        self._client.tag_resource(**found.values, resourceArn=request.physical_id)
        return self._made(request.physical_id, ())

    def delete(self, request: Request) -> None:
        """DeregisterTaskDefinition: the revision becomes INACTIVE."""
        self._client.deregister_task_definition(taskDefinition=request.physical_id)

    def _made(self, arn: str, notes: tuple[str, ...]) -> Made:
        return Made(physical_id=arn, attributes={"TaskDefinitionArn": arn}, notes=notes)


class Services:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ecs-service.html

    A creation is complete at once: whether its tasks are well is not waited for.
    """

    name_property = "ServiceName"
    shortfall = ""

    def __init__(self, place: Place, *, create_service: CreateService | None) -> None:
        self._client = place.client("ecs")
        self._create_service = create_service or self._client.create_service

    def replaces(self, changed: Collection[str]) -> bool:
        """What the service is called, where it is and how it is scheduled is for good."""
        fixed = {"Cluster", "LaunchType", "Role", "SchedulingStrategy", "ServiceName"}
        return not fixed.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """CreateService. Without a desired count CloudFormation asks for one task."""
        given = {"ServiceName": request.name(255), "DesiredCount": 1, **request.properties}
        found = parameters(self._client, "CreateService", given)
        service = self._create_service(**found.values)["service"]
        return self._made(service, found.notes("CreateService"))

    def update(self, request: Request) -> Made:
        """UpdateService, which ECS refuses for what CodeDeploy has to change.

        Raises `ResourceError` with ECS's words.
        """
        properties = request.properties
        cluster = properties.get("Cluster", "default")
        answer = self._client.describe_services(cluster=cluster, services=[request.physical_id])
        service = answer["services"][0]
        controller = service.get("deploymentController", {}).get("type")
        if controller == "CODE_DEPLOY" and (what := self._refused(request, service)):
            raise ResourceError(
                f'Resource handler returned message: "Invalid request provided: UpdateService '
                f"error: Unable to update {what} on services with a CODE_DEPLOY deployment "
                "controller. Use AWS CodeDeploy to trigger a new deployment. (Service: AmazonECS; "
                'Status Code: 400; Error Code: InvalidParameterException)" '
                "(HandlerErrorCode: InvalidRequest)"
            )
        allowed = {name: properties[name] for name in _UPDATABLE if name in properties}
        found = parameters(self._client, "UpdateService", allowed)
        answer = self._client.update_service(
            **found.values, cluster=cluster, service=request.physical_id
        )
        return self._made(answer["service"], ())

    def delete(self, request: Request) -> None:
        """DeleteService with force, as CloudFormation does whatever still runs."""
        self._client.delete_service(
            cluster=request.properties.get("Cluster", "default"),
            service=request.physical_id,
            force=True,
        )

    def _refused(self, request: Request, service: Mapping[str, Any]) -> str:
        """What in the update only CodeDeploy may change, empty when there is nothing.

        CloudFormation sends the task definition and the network with every update, whichever
        property has changed, so that they are refused once a release has moved the service on:
        https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1529,
        https://github.com/aws/aws-cdk/issues/23564. These two are worded as ECS does; the words for
        the others are formed alike (not documented). What may be changed:
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
        """
        properties, old = request.properties, request.old
        definition = properties.get("TaskDefinition", "")
        if definition and self._revision(definition) != service.get("taskDefinition"):
            return "task definition"
        sent = parameters(self._client, "CreateService", properties).values
        if _network(sent) != _network(service):
            return "network parameters"
        for name, words in (
            ("PlatformVersion", "platform version"),
            ("LoadBalancers", "load balancers"),
            ("CapacityProviderStrategy", "capacity provider strategy"),
        ):
            if properties.get(name) != old.get(name):
                return words
        return ""

    def _revision(self, task_definition: str) -> str:
        answer = self._client.describe_task_definition(taskDefinition=task_definition)
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def _made(self, service: Mapping[str, Any], notes: tuple[str, ...]) -> Made:
        arn = service["serviceArn"]
        return Made(
            physical_id=arn,
            attributes={"ServiceArn": arn, "Name": service["serviceName"]},
            notes=notes,
        )


def _network(service: Mapping[str, Any]) -> tuple[object, ...]:
    found = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    return (
        sorted(found.get("subnets", [])),
        sorted(found.get("securityGroups", [])),
        found.get("assignPublicIp", "DISABLED"),
    )
