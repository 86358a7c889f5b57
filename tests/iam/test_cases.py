"""Every case comes out as it says, decided on the synthesized policies of all layers together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from tests.iam.cases import entries, guardrails_everywhere, guardrails_units, people
from tests.iam.cases.case import Case
from tests.iam.simulator import Policy, Reason, Request, Verdict, simulate
from tests.iam.world import World, read_world, without
from tests.support.templates import Templates

CASES: list[Case] = [
    *guardrails_everywhere.CASES,
    *guardrails_units.CASES,
    *people.CASES,
    *entries.CASES,
]
NAMES = [case.name for case in CASES]


@pytest.fixture(scope="session")
def world(templates: Templates) -> World:
    """The synthesized organization."""
    return read_world(templates)


@pytest.fixture(scope="session")
def verdicts(world: World) -> dict[str, Verdict]:
    """Case -> what IAM would decide; one process for all of them."""
    return dict(zip(NAMES, simulate([case.request(world) for case in CASES]), strict=True))


def disagreement(case: Case, verdict: Verdict) -> str:
    """What is not as the case says; empty when all is."""
    if verdict.error:
        return verdict.error
    found = sorted(reason.statement for reason in verdict.denied_by)
    if case.denied_by:
        return "" if found == sorted(case.denied_by) else f"{verdict.result}, denied by {found}"
    if case.unheard:
        agrees = verdict.result == "ImplicitlyDenied" and set(verdict.missing_allow) == set(
            case.unheard
        )
        return "" if agrees else f"{verdict.result}, without an allow of {verdict.missing_allow}"
    return "" if verdict.result == "Allowed" else f"{verdict}"


def test_there_are_enough_cases_and_no_name_twice() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert len(CASES) >= 120


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_case_comes_out_as_it_says(case: Case, verdicts: dict[str, Verdict]) -> None:
    assert disagreement(case, verdicts[case.name]) == ""


def test_no_statement_can_be_taken_away_unseen(world: World, verdicts: dict[str, Verdict]) -> None:
    """Each statement of each policy is taken away, and the cases that it decided decided anew."""
    statements = [
        Reason(policy.name, statement["Sid"])
        for policy in world.policies
        for statement in policy.document["Statement"]
    ]
    tries = [
        (reason, case)
        for reason in statements
        for case in CASES
        if reason in (*verdicts[case.name].denied_by, *verdicts[case.name].allowed_by)
    ]
    anew = simulate([_lacking(case.request(world), reason) for reason, case in tries])
    seen = {
        reason
        for (reason, case), verdict in zip(tries, anew, strict=True)
        if disagreement(case, verdict) and not verdict.error
    }

    assert len(statements) > 100
    assert [reason for reason in statements if reason not in seen] == []


def _lacking(request: Request, reason: Reason) -> Request:
    """The request as if that policy had not that statement."""

    def less(policy: Policy) -> Policy:
        if policy.name != reason.policy:
            return policy
        return Policy(policy.name, without(policy.document, reason.statement))

    def nodes(
        attached: Sequence[tuple[str, Sequence[Policy]]],
    ) -> list[tuple[str, Sequence[Policy]]]:
        return [(node, [less(policy) for policy in found]) for node, found in attached]

    trust, boundary = request.resource_policy, request.boundary
    return dataclasses.replace(
        request,
        identity=[less(policy) for policy in request.identity],
        boundary=less(boundary) if boundary else None,
        resource_policy=less(trust) if trust else None,
        scps=nodes(request.scps),
        rcps=nodes(request.rcps),
    )
