"""The API's standing resources: applications, configurations, groups and revisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .appspec import Revision
from .clock import Clock
from .errors import ApiError
from .groups import Application, Group, group_of, predefined_routings

Method = Callable[[Mapping[str, Any]], dict[str, Any]]


class Registry:
    """What deployments refer to."""

    def __init__(self, *, clock: Clock, new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._applications: dict[str, Application] = {}
        self._groups: dict[tuple[str, str], Group] = {}
        self._routings = predefined_routings()
        self._created = clock.now()

    def operations(self) -> dict[str, Method]:
        """The operations answered here."""
        return {
            "CreateApplication": self._create_application,
            "DeleteApplication": self._delete_application,
            "ListApplications": self._list_applications,
            "GetApplication": self._get_application,
            "CreateDeploymentConfig": self._create_config,
            "DeleteDeploymentConfig": self._delete_config,
            "GetDeploymentConfig": self._get_config,
            "CreateDeploymentGroup": self._create_group,
            "DeleteDeploymentGroup": self._delete_group,
            "UpdateDeploymentGroup": self._update_group,
            "GetDeploymentGroup": self._get_group,
            "ListDeploymentGroups": self._list_groups,
            "GetApplicationRevision": self._get_revision,
            "ListApplicationRevisions": self._list_revisions,
        }

    def application(self, name: str) -> Application:
        """The application, or ApplicationDoesNotExistException."""
        if name not in self._applications:
            raise ApiError(
                "ApplicationDoesNotExistException", f"No application found for name: {name}"
            )
        return self._applications[name]

    def group(self, application: str, name: str) -> Group:
        """The deployment group, or DeploymentGroupDoesNotExistException."""
        self.application(application)
        group = self._groups.get((application, name))
        if group is None:
            raise ApiError(
                "DeploymentGroupDoesNotExistException",
                f"No Deployment Group found for name: {name}",
            )
        return group

    def routing(self, name: str) -> Mapping[str, Any]:
        """The TrafficRoutingConfig of a configuration."""
        if name not in self._routings:
            raise ApiError(
                "DeploymentConfigDoesNotExistException",
                f"No Deployment Configuration found for name: {name}",
            )
        return self._routings[name]

    def register(self, application: str, revision: Revision) -> None:
        """Remember a revision that is deployed, with the moment it was deployed first."""
        revisions = self.application(application).revisions
        revisions.setdefault(revision.sha256, (revision, self._clock.now()))

    def _create_application(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = parameters["applicationName"]
        if name in self._applications:
            raise ApiError(
                "ApplicationAlreadyExistsException", f"Application already exists: {name}"
            )
        if parameters.get("computePlatform") != "ECS":
            raise ApiError(
                "InvalidComputePlatformException",
                f"This model knows the compute platform ECS only, not "
                f"{parameters.get('computePlatform', 'Server')}",
            )
        self._applications[name] = Application(name)
        return {"applicationId": self._new_id()}

    def _delete_application(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Its groups go with it; what is not there is deleted already.

        https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeleteApplication.html
        """
        name = parameters["applicationName"]
        self._applications.pop(name, None)
        for key in [key for key in self._groups if key[0] == name]:
            del self._groups[key]
        return {}

    def _list_applications(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"applications": sorted(self._applications)}

    def _get_application(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = self.application(parameters["applicationName"]).name
        return {"application": {"applicationName": name, "computePlatform": "ECS"}}

    def _create_config(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = parameters["deploymentConfigName"]
        if name in self._routings:
            raise ApiError(
                "DeploymentConfigAlreadyExistsException",
                f"Deployment Configuration already exists: {name}",
            )
        self._routings[name] = dict(parameters.get("trafficRoutingConfig") or {"type": "AllAtOnce"})
        return {"deploymentConfigId": self._new_id()}

    def _delete_config(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Refused while a group uses it, and for a predefined one.

        https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeleteDeploymentConfig.html
        """
        name = parameters["deploymentConfigName"]
        if name in predefined_routings():
            raise ApiError(
                "InvalidOperationException", f"{name} is predefined and cannot be deleted"
            )
        if any(group.config == name for group in self._groups.values()):
            raise ApiError("DeploymentConfigInUseException", f"{name} is in use")
        self._routings.pop(name, None)
        return {}

    def _get_config(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = parameters["deploymentConfigName"]
        return {
            "deploymentConfigInfo": {
                "deploymentConfigName": name,
                "createTime": self._created,
                "computePlatform": "ECS",
                "trafficRoutingConfig": self.routing(name),
            }
        }

    def _create_group(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        key = (parameters["applicationName"], parameters["deploymentGroupName"])
        self.application(key[0])
        if key in self._groups:
            raise ApiError(
                "DeploymentGroupAlreadyExistsException",
                f"Deployment Group already exists: {key[1]}",
            )
        group = group_of(parameters, id=self._new_id())
        self.routing(group.config)
        self._groups[key] = group
        return {"deploymentGroupId": group.id}

    def _delete_group(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What is not there is deleted already.

        https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeleteDeploymentGroup.html
        """
        self._groups.pop((parameters["applicationName"], parameters["deploymentGroupName"]), None)
        return {"hooksNotCleanedUp": []}

    def _update_group(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Later deployments run with the new settings; one that runs keeps its alarms and
        rollback. Not documented: which settings a running deployment takes over.
        """
        name = parameters["currentDeploymentGroupName"]
        group = self.group(parameters["applicationName"], name)
        given = {
            key: value
            for key, value in parameters.items()
            if key not in ("currentDeploymentGroupName", "newDeploymentGroupName")
        }
        changed = group_of({**group.parameters, **given}, id=group.id)
        self.routing(changed.config)
        changed.succeeded, changed.attempted = group.succeeded, group.attempted
        group.__dict__.update(changed.__dict__)
        return {}

    def _get_group(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        group = self.group(parameters["applicationName"], parameters["deploymentGroupName"])
        return {"deploymentGroupInfo": group.describe()}

    def _list_groups(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = self.application(parameters["applicationName"]).name
        groups = [group for application, group in self._groups if application == name]
        return {"applicationName": name, "deploymentGroups": sorted(groups)}

    def _get_revision(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The one operation that gives the content back: deployments only name its sha256."""
        application = self.application(parameters["applicationName"])
        location = parameters["revision"]
        inline = location.get("appSpecContent") or location.get("string") or {}
        found = application.revisions.get(inline.get("sha256", ""))
        if found is None:
            raise ApiError(
                "RevisionDoesNotExistException",
                "No application revision found for the given location",
            )
        revision, moment = found
        content = {"content": revision.content, "sha256": revision.sha256}
        return {
            "applicationName": application.name,
            "revision": {"revisionType": "AppSpecContent", "appSpecContent": content},
            "revisionInfo": _revision_info(moment),
        }

    def _list_revisions(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        application = self.application(parameters["applicationName"])
        found = list(application.revisions.values())
        if parameters.get("sortOrder") == "descending":
            found.reverse()
        return {"revisions": [revision.location for revision, _ in found]}


def _revision_info(moment: datetime) -> dict[str, Any]:
    return {"registerTime": moment, "firstUsedTime": moment, "lastUsedTime": moment}
