"""Makes, changes and deletes the resources of one stack.

A resource is changed exactly when the properties it would be given, all functions resolved, differ
from those it has been given:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html.
So one that uses a custom resource's attribute is changed when the answer is another one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from .intrinsics import TemplateError, resolve
from .resources.base import Made, Request, ResourceError
from .stack_calls import Calls
from .stack_run import Run, Step
from .stack_state import History, Resource
from .stack_values import Values
from .template import Declaration, Template

# Stated on the same page, as is that the resource is then left behind.
CLEAN_UP_ATTEMPTS = 3


class Changes:
    """The resources of a stack by logical id, and the ``garbage``: those that were replaced."""

    def __init__(self, *, history: History, calls: Calls) -> None:
        self._history = history
        self._calls = calls
        self.resources: dict[str, Resource] = {}
        self.garbage: list[Resource] = []
        self._creating: set[str] = set()

    def apply(
        self,
        template: Template,
        values: Values,
        *,
        before: Mapping[str, Resource] | None = None,
        skip: Collection[str] = (),
    ) -> Run:
        """Bring the resources to what a template says; the first failure ends it.

        ``before``: what the stack had before an update that is being rolled back. ``skip``: what is
        taken as rolled back.
        """
        for name in skip:
            self.resources[name] = replace(self.resources[name], incomplete=False)
            self._log(self.resources[name], "UPDATE_COMPLETE")
        return Run(
            {name: one for name, one in template.after.items() if name not in skip},
            begin=lambda name: self._applied(template.resources[name], values, before or {}),
            stop=True,
            cancel=self._cancelled,
        )

    def remove(self, doomed: Collection[Resource], *, clean_up: bool) -> Run:
        """Delete resources, each before those that it was made after.

        In a clean-up a deletion is tried again, and a resource that cannot be deleted is left
        behind; else it stays in the stack, and what it was made after is not tried.
        """
        by_key = {f"{one.logical_id} {one.physical_id}": one for one in doomed}
        return Run(
            {
                key: frozenset(
                    other for other, user in by_key.items() if one.logical_id in user.after
                )
                for key, one in by_key.items()
            },
            begin=lambda key: self._removed(by_key[key], clean_up=clean_up),
            stop=False,
            cancel=lambda _: None,
        )

    def _applied(
        self, declared: Declaration, values: Values, before: Mapping[str, Resource]
    ) -> Step:
        name = declared.logical_id
        current = self.resources.get(name)
        if current and not current.custom and name in before:
            current = self._reinstated(current, before[name])
        try:
            properties = resolve(declared.properties, values)
            if current is None:
                yield from self._create(declared, properties)
            elif properties != current.properties:
                yield from self._update(declared, current, properties, rolls_back=bool(before))
            else:
                self.resources[name] = _under(declared, current)
        except (ResourceError, TemplateError) as error:
            self._failed(declared, "UPDATE" if current else "CREATE", error)
            raise ResourceError(str(error)) from error

    def _create(self, declared: Declaration, properties: Mapping[str, Any]) -> Step:
        request = self._request(declared, properties)
        # A function that never answers may have made something: it is asked to delete it.
        provisional = Made(physical_id=request.name(255) if declared.custom else "")
        begun = replace(_resource(declared, properties, provisional), incomplete=True)
        self.resources[declared.logical_id] = begun
        self._creating.add(declared.logical_id)
        self._log(begun, "CREATE_IN_PROGRESS")
        made = yield from self._calls.create(request)
        self._complete(_resource(declared, properties, made), "CREATE_COMPLETE")

    def _update(
        self,
        declared: Declaration,
        current: Resource,
        properties: Mapping[str, Any],
        *,
        rolls_back: bool,
    ) -> Step:
        changed = {
            key
            for key in properties.keys() | current.properties.keys()
            if properties.get(key) != current.properties.get(key)
        }
        if self._calls.replaces(declared.type, changed):
            yield from self._replace(declared, current, properties, changed)
            return
        self._log(current, "UPDATE_IN_PROGRESS")
        # If it fails, the rollback goes back from what was tried; a rollback that fails is tried
        # again from there, too (not documented).
        tried = current.properties if rolls_back else properties
        self.resources[declared.logical_id] = replace(current, properties=tried, incomplete=True)
        made = yield from self._calls.update(self._request(declared, properties, current))
        if made.attributes is None:
            made = replace(made, attributes=current.attributes)
        if made.physical_id != current.physical_id:
            self._succeeds(declared, current, made)
        self._complete(_resource(declared, properties, made), "UPDATE_COMPLETE")

    def _succeeds(self, declared: Declaration, current: Resource, made: Made) -> None:
        """A function answered an update with another physical id: the former one is deleted later.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-update.html
        """
        self.garbage = [
            one
            for one in self.garbage
            if (one.logical_id, one.physical_id) != (declared.logical_id, made.physical_id)
        ]
        self.garbage.append(_under(declared, current))
        reason = "Requested update required the provider to create a new physical resource"
        self._log(current, "UPDATE_IN_PROGRESS", reason)

    def _replace(
        self,
        declared: Declaration,
        current: Resource,
        properties: Mapping[str, Any],
        changed: set[str],
    ) -> Step:
        named_by = self._calls.name_property(declared.type)
        if named_by in properties and named_by not in changed:
            raise ResourceError(
                "CloudFormation cannot update a stack when a custom-named resource requires "
                f"replacing. Rename {properties[named_by]} and update the stack again."
            )
        reason = (
            "Requested update requires the creation of a new physical resource; hence creating one."
        )
        self._log(current, "UPDATE_IN_PROGRESS", reason)
        made = yield from self._calls.create(self._request(declared, properties))
        self.garbage.append(_under(declared, current))
        self._complete(_resource(declared, properties, made), "UPDATE_COMPLETE")

    def _reinstated(self, current: Resource, before: Resource) -> Resource:
        """A replaced resource is still there: a rollback takes it up again.

        Its successor becomes garbage, and so UpdateReplacePolicy decides (not documented; nothing
        is lost that way).
        """
        if current.physical_id == before.physical_id:
            return current
        self.garbage = [one for one in self.garbage if one.physical_id != before.physical_id]
        self.garbage.append(current)
        self.resources[current.logical_id] = before
        return before

    def _removed(self, resource: Resource, *, clean_up: bool) -> Step:
        replaced = any(one is resource for one in self.garbage)
        policy = resource.update_replace_policy if replaced else resource.deletion_policy
        try:
            if policy == "Retain":
                self._log(resource, "DELETE_SKIPPED")
            else:
                yield from self._delete(resource, attempts=CLEAN_UP_ATTEMPTS if clean_up else 1)
        except ResourceError:
            if not clean_up:
                raise
        if replaced:
            self.garbage = [one for one in self.garbage if one is not resource]
        else:
            del self.resources[resource.logical_id]

    def _delete(self, resource: Resource, *, attempts: int) -> Step:
        request = self._request(resource, resource.properties, resource)
        for attempt in range(1, attempts + 1):
            self._log(resource, "DELETE_IN_PROGRESS")
            try:
                if resource.physical_id:
                    yield from self._calls.delete(request)
            except ResourceError as error:
                self._log(resource, "DELETE_FAILED", str(error))
                if attempt == attempts:
                    raise
            else:
                self._log(resource, "DELETE_COMPLETE")
                return

    def _failed(self, declared: Declaration, verb: str, error: Exception) -> None:
        """Note a failure; a failed creation may have left something behind."""
        name = declared.logical_id
        self._creating.discard(name)
        found = self.resources.get(name)
        left_behind = getattr(error, "physical_id", "")
        if verb == "CREATE" and found and left_behind:
            found = self.resources[name] = replace(found, physical_id=left_behind)
        physical_id = found.physical_id if found else ""
        self._history.resource(name, declared.type, physical_id, f"{verb}_FAILED", str(error))

    def _cancelled(self, name: str) -> None:
        resource = self.resources[name]
        verb, what = ("CREATE", "creation") if name in self._creating else ("UPDATE", "update")
        self._creating.discard(name)
        self._log(resource, f"{verb}_FAILED", f"Resource {what} cancelled")

    def _complete(self, resource: Resource, status: str) -> None:
        self._creating.discard(resource.logical_id)
        self.resources[resource.logical_id] = resource
        self._log(resource, status)

    def _request(
        self,
        declared: Declaration | Resource,
        properties: Mapping[str, Any],
        current: Resource | None = None,
    ) -> Request:
        return Request(
            stack=self._history.stack,
            stack_id=self._history.stack_id,
            logical_id=declared.logical_id,
            type=declared.type,
            properties=properties,
            physical_id=current.physical_id if current else "",
            old=current.properties if current else {},
        )

    def _log(self, resource: Resource, status: str, reason: str = "") -> None:
        self._history.resource(
            resource.logical_id, resource.type, resource.physical_id, status, reason
        )


def _resource(declared: Declaration, properties: Mapping[str, Any], made: Made) -> Resource:
    return Resource(
        logical_id=declared.logical_id,
        type=declared.type,
        physical_id=made.physical_id,
        properties=properties,
        attributes=made.attributes or {},
        after=declared.after,
        deletion_policy=declared.deletion_policy,
        update_replace_policy=declared.update_replace_policy,
        notes=made.notes,
        request_id=made.request_id,
    )


def _under(declared: Declaration, resource: Resource) -> Resource:
    """A resource as it is, under another template's policies and order."""
    return replace(
        resource,
        after=declared.after,
        deletion_policy=declared.deletion_policy,
        update_replace_policy=declared.update_replace_policy,
    )
