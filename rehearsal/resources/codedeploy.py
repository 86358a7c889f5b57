"""Applications, deployment configurations and deployment groups, by CodeDeploy's API."""

from __future__ import annotations

from collections.abc import Collection

from .base import Made, Place, Request, parameters


class Applications:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codedeploy-application.html"""

    name_property = "ApplicationName"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("codedeploy")

    def replaces(self, changed: Collection[str]) -> bool:
        """Name and platform are for good."""
        return not {"ApplicationName", "ComputePlatform"}.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """CreateApplication."""
        given = {"ApplicationName": request.name(100), **request.properties}
        found = parameters(self._client, "CreateApplication", given)
        self._client.create_application(**found.values)
        name = found.values["applicationName"]
        return Made(physical_id=name, notes=found.notes("CreateApplication"))

    def update(self, request: Request) -> Made:
        """Tags only."""
        return Made(physical_id=request.physical_id, notes=("Tags: kept as they were created",))

    def delete(self, request: Request) -> None:
        """DeleteApplication."""
        self._client.delete_application(applicationName=request.physical_id)


class DeploymentConfigs:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codedeploy-deploymentconfig.html"""

    name_property = "DeploymentConfigName"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("codedeploy")

    def replaces(self, changed: Collection[str]) -> bool:
        """A configuration cannot be changed."""
        return bool(changed)

    def create(self, request: Request) -> Made:
        """CreateDeploymentConfig."""
        given = {"DeploymentConfigName": request.name(100), **request.properties}
        found = parameters(self._client, "CreateDeploymentConfig", given)
        self._client.create_deployment_config(**found.values)
        name = found.values["deploymentConfigName"]
        return Made(physical_id=name, notes=found.notes("CreateDeploymentConfig"))

    def update(self, request: Request) -> Made:
        """Never needed: every change replaces."""
        return Made(physical_id=request.physical_id)

    def delete(self, request: Request) -> None:
        """DeleteDeploymentConfig."""
        self._client.delete_deployment_config(deploymentConfigName=request.physical_id)


class DeploymentGroups:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codedeploy-deploymentgroup.html"""

    name_property = "DeploymentGroupName"
    shortfall = ""

    def __init__(self, place: Place) -> None:
        self._client = place.client("codedeploy")

    def replaces(self, changed: Collection[str]) -> bool:
        """The application is for good. (A name could be changed; ours never is.)"""
        return not {"ApplicationName", "DeploymentGroupName"}.isdisjoint(changed)

    def create(self, request: Request) -> Made:
        """CreateDeploymentGroup."""
        given = {"DeploymentGroupName": request.name(100), **request.properties}
        found = parameters(self._client, "CreateDeploymentGroup", given)
        self._client.create_deployment_group(**found.values)
        name = found.values["deploymentGroupName"]
        return Made(physical_id=name, notes=found.notes("CreateDeploymentGroup"))

    def update(self, request: Request) -> Made:
        """UpdateDeploymentGroup with every property."""
        without = ["DeploymentGroupName", "Tags"]
        found = parameters(
            self._client, "UpdateDeploymentGroup", request.properties, without=without
        )
        name = request.physical_id
        self._client.update_deployment_group(**found.values, currentDeploymentGroupName=name)
        return Made(physical_id=name, notes=found.notes("UpdateDeploymentGroup"))

    def delete(self, request: Request) -> None:
        """DeleteDeploymentGroup."""
        self._client.delete_deployment_group(
            applicationName=request.properties["ApplicationName"],
            deploymentGroupName=request.physical_id,
        )
