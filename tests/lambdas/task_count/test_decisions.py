"""What is decided about a service's count, in every state it can be in."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.task_count.task_count import (
    InvalidRequest,
    Nothing,
    Refuse,
    RequestType,
    ServiceState,
    SetCount,
    Wait,
    Wanted,
    decide,
    parse,
)

COUNTS = st.integers(min_value=0, max_value=6)
WANTED = st.builds(
    Wanted,
    cluster=st.just("pase"),
    service=st.sampled_from(["shop", "shop2"]),
    tasks=COUNTS,
    scaling_enabled=st.booleans(),
)
STATES = st.builds(
    ServiceState,
    status=st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "DRAINING", "INACTIVE"]),
    desired=COUNTS,
    task_sets=st.integers(min_value=0, max_value=3),
)
ACTIVE = STATES.filter(lambda state: state.status == "ACTIVE")
REQUESTS: st.SearchStrategy[Literal[RequestType.CREATE, RequestType.UPDATE]] = st.sampled_from(
    (RequestType.CREATE, RequestType.UPDATE)
)
PREVIOUS = st.none() | WANTED
PROPERTIES = {"Cluster": "pase", "Service": "shop", "DesiredTasks": "3", "ScalingEnabled": "true"}


@given(REQUESTS, WANTED, PREVIOUS, ACTIVE)
def test_a_count_is_never_set_while_a_deployment_has_two_task_sets(
    request: Literal[RequestType.CREATE, RequestType.UPDATE],
    wanted: Wanted,
    previous: Wanted | None,
    service: ServiceState,
) -> None:
    decision = decide(request=request, wanted=wanted, previous=previous, service=service)
    if service.task_sets > 1:
        assert not isinstance(decision, SetCount)
    else:
        assert not isinstance(decision, Wait)


@given(REQUESTS, WANTED, PREVIOUS, ACTIVE)
def test_what_a_scaler_chose_is_never_lowered(
    request: Literal[RequestType.CREATE, RequestType.UPDATE],
    wanted: Wanted,
    previous: Wanted | None,
    service: ServiceState,
) -> None:
    decision = decide(request=request, wanted=wanted, previous=previous, service=service)
    if isinstance(decision, SetCount) and decision.tasks < service.desired:
        assert request is RequestType.UPDATE
        assert not wanted.scaling_enabled


@given(REQUESTS, WANTED, PREVIOUS, ACTIVE)
def test_doing_it_twice_changes_nothing_the_second_time(
    request: Literal[RequestType.CREATE, RequestType.UPDATE],
    wanted: Wanted,
    previous: Wanted | None,
    service: ServiceState,
) -> None:
    first = decide(request=request, wanted=wanted, previous=previous, service=service)
    if isinstance(first, SetCount):
        after = ServiceState(status="ACTIVE", desired=first.tasks, task_sets=service.task_sets)
        again = decide(request=request, wanted=wanted, previous=previous, service=after)
        assert isinstance(again, Nothing)


@given(REQUESTS, WANTED, PREVIOUS, ACTIVE)
def test_a_success_leaves_at_least_the_configured_tasks(
    request: Literal[RequestType.CREATE, RequestType.UPDATE],
    wanted: Wanted,
    previous: Wanted | None,
    service: ServiceState,
) -> None:
    if request is RequestType.UPDATE and wanted == previous:
        return
    match decide(request=request, wanted=wanted, previous=previous, service=service):
        case SetCount(tasks=tasks):
            assert tasks == wanted.tasks
        case Nothing(desired=desired):
            assert desired >= wanted.tasks


@given(WANTED, ACTIVE)
def test_an_update_that_changes_neither_property_touches_nothing(
    wanted: Wanted, service: ServiceState
) -> None:
    decision = decide(request=RequestType.UPDATE, wanted=wanted, previous=wanted, service=service)
    assert decision == Nothing(
        reason="neither DesiredTasks nor ScalingEnabled has changed", desired=service.desired
    )


@given(REQUESTS, WANTED, PREVIOUS, st.none() | STATES.filter(lambda s: s.status != "ACTIVE"))
def test_a_service_that_is_gone_is_an_error_that_names_it(
    request: Literal[RequestType.CREATE, RequestType.UPDATE],
    wanted: Wanted,
    previous: Wanted | None,
    service: ServiceState | None,
) -> None:
    decision = decide(request=request, wanted=wanted, previous=previous, service=service)
    assert isinstance(decision, Refuse)
    assert f"Service {wanted.service} in cluster pase " in decision.reason


def _wanted(tasks: int, *, scaling: bool, service: str = "shop") -> Wanted:
    return Wanted(cluster="pase", service=service, tasks=tasks, scaling_enabled=scaling)


@pytest.mark.parametrize(
    ("previous", "wanted", "desired", "becomes"),
    [
        (_wanted(2, scaling=True), _wanted(4, scaling=True), 3, 4),
        (_wanted(4, scaling=True), _wanted(2, scaling=True), 4, None),
        (_wanted(2, scaling=False), _wanted(4, scaling=False), 2, 4),
        (_wanted(4, scaling=False), _wanted(2, scaling=False), 4, 2),
        (_wanted(2, scaling=True), _wanted(2, scaling=False), 9, 2),
        (_wanted(2, scaling=False), _wanted(2, scaling=True), 2, None),
        (_wanted(2, scaling=False, service="old"), _wanted(2, scaling=False), 1, 2),
        (_wanted(2, scaling=False, service="old"), _wanted(2, scaling=False), 5, None),
        (None, _wanted(2, scaling=False), 5, 2),
    ],
)
def test_an_update_raises_with_scaling_and_is_exact_without(
    previous: Wanted | None, wanted: Wanted, desired: int, becomes: int | None
) -> None:
    service = ServiceState(status="ACTIVE", desired=desired, task_sets=1)
    decision = decide(request=RequestType.UPDATE, wanted=wanted, previous=previous, service=service)
    if becomes is None:
        assert isinstance(decision, Nothing)
    else:
        assert decision == SetCount(was=desired, tasks=becomes)


def test_properties_come_as_text() -> None:
    assert parse(PROPERTIES | {"ServiceToken": "arn"}) == _wanted(3, scaling=True)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (None, "the request has no ResourceProperties"),
        (PROPERTIES | {"Cluster": ""}, "Cluster must be a text that is not empty, got ''"),
        (PROPERTIES | {"Service": None}, "Service must be a text that is not empty, got None"),
        (PROPERTIES | {"DesiredTasks": "-1"}, r"DesiredTasks must be a whole number 0\.\.5000"),
        (PROPERTIES | {"DesiredTasks": "3.0"}, "DesiredTasks must be a whole number"),
        (PROPERTIES | {"DesiredTasks": "5001"}, "DesiredTasks must be a whole number"),
        (PROPERTIES | {"ScalingEnabled": "True"}, 'ScalingEnabled must be "true" or "false"'),
    ],
)
def test_wrong_properties_are_named_with_what_is_allowed(properties: object, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        parse(properties)
