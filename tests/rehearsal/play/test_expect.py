"""Each thing that a step may expect: held, not held, and in which words."""

from __future__ import annotations

import pytest

from rehearsal.recording import Expectation, Release

from .fakes import Road


@pytest.fixture
def road() -> Road:
    """Staging and Prod, both served by v1."""
    return Road("staging", "prod")


def said(one: Expectation) -> tuple[bool, str, str]:
    """All of it."""
    return one.held, one.text, one.measured


def released(road: Road) -> Release:
    """v2 is released everywhere."""
    road["prod"].seen.serves = "v2"
    return road["prod"].releases("v2", "released")


def test_a_release_as_far_as_it_was_to_go(road: Road) -> None:
    outcome, serves = road.judge(released(road))
    assert said(outcome) == (True, "v2 is released as far as prod", "released in prod")
    assert said(serves) == (True, "v2 serves prod afterwards", "v2 serves")


def test_a_release_that_failed_before(road: Road) -> None:
    ended = road["staging"].releases("v2", "failed", "ErrorRate\nand more")
    outcome, serves = road.judge(ended)
    assert said(outcome) == (
        False,
        "v2 is released as far as prod",
        "failed in staging: ErrorRate",
    )
    assert said(serves) == (False, "v2 serves prod afterwards", "v1 serves")


def test_a_release_that_did_not_go_as_far(road: Road) -> None:
    ended = road["staging"].releases("v2", "released")
    outcome, _ = road.judge(ended)
    assert (outcome.held, outcome.measured) == (False, "released in staging")


@pytest.mark.parametrize(
    ("result", "where", "held"),
    [("failed", "staging", True), ("failed", "prod", False), ("released", "staging", False)],
)
def test_a_failure_where_it_is_expected(road: Road, result: str, where: str, *, held: bool) -> None:
    ended = road[where].releases("v2", "failed" if result == "failed" else "released")
    outcome, serves = road.judge(ended, outcome="failed", at="staging", reason="x", serves="v1")[:2]
    assert (outcome.held, outcome.text) == (held, "v2 is stopped in staging")
    assert said(serves) == (True, "v1 serves staging afterwards", "v1 serves")


def test_nothing_that_serves(road: Road) -> None:
    ended = released(road)
    road["prod"].seen.serves = ""
    assert said(road.judge(ended)[1]) == (False, "v2 serves prod afterwards", "nothing serves")


@pytest.mark.parametrize(
    ("wanted", "held", "measured"),
    [
        ("ErrorRate", True, "alarm storefront-GreenErrorRate is on"),
        ("Latency", False, "Deployment d-1 failed\nalarm storefront-GreenErrorRate is on"),
    ],
)
def test_the_reason(road: Road, wanted: str, *, held: bool, measured: str) -> None:
    reason = "Deployment d-1 failed\nalarm storefront-GreenErrorRate is on"
    ended = road["prod"].releases("v2", "failed", reason)
    found = road.judge(ended, outcome="failed", at="prod", reason=wanted)[2]
    assert said(found) == (held, f"The reason names {wanted!r}", measured)


def test_no_request_that_failed(road: Road) -> None:
    road["staging"].requests(300)
    road["prod"].requests(700)
    road["prod"].recorder.totals.retried += 2
    found = road.judge(released(road), failed_requests=0)[2]
    assert said(found) == (
        True,
        "No request fails while v2 is released",
        "0 of 1000 failed; 2 sent again on a fresh connection",
    )


def test_one_request_that_failed_in_any_environment(road: Road) -> None:
    road["staging"].requests(300, timeout=1)
    road["prod"].requests(700)
    found = road.judge(released(road), failed_requests=0)[2]
    assert (found.held, found.measured) == (False, "1 of 1000 failed (1 x timeout)")


@pytest.mark.parametrize(("most", "held"), [(4, False), (5, True)])
def test_some_requests_that_failed(road: Road, most: int, *, held: bool) -> None:
    road["prod"].requests(700, timeout=2, refused=3)
    found = road.judge(released(road), failed_requests=most)[2]
    assert said(found) == (
        held,
        f"At most {most} requests fail while v2 is released",
        "5 of 700 failed (3 x refused, 2 x timeout)",
    )


@pytest.mark.parametrize(("most", "held"), [(0.4, False), (0.5, True)])
def test_a_share_of_requests_that_failed(road: Road, most: float, *, held: bool) -> None:
    road["staging"].requests(600)
    road["prod"].requests(400, timeout=5)
    found = road.judge(released(road), failed_percent=most)[2]
    assert said(found) == (
        held,
        f"At most {most:g} % of the requests fail while v2 is released",
        "0.50 %: 5 of 1000 failed (5 x timeout)",
    )


def test_only_requests_of_the_step_are_counted(road: Road) -> None:
    road["prod"].requests(1000, timeout=9)
    road.stand()
    road["prod"].requests(10)
    requests, percent = road.judge(released(road), failed_requests=0, failed_percent=0)[2:]
    assert requests.held
    assert percent.held
    assert requests.measured == "0 of 10 failed"


def test_without_any_request_nothing_about_requests_holds(road: Road) -> None:
    ended = released(road)
    road["prod"].deploys("d-1")
    road["prod"].seen.decided["d-1"] = 10
    found = road.judge(
        ended, failed_requests=5, failed_percent=5, share_within=50, rollback_seconds=5
    )[2:]
    assert [one.held for one in found] == [False] * 4
    assert found[0].measured == "0 of 0 failed"


@pytest.mark.parametrize(("within", "held"), [(2.0, True), (0.9, False)])
def test_the_share_of_a_version_at_each_step_of_the_shift(
    road: Road, within: float, *, held: bool
) -> None:
    road["prod"].shifts(100, 0, answers={"blue": 1000})
    road["prod"].shifts(80, 20, answers={"blue": 810, "green": 190, "": 500})
    road["prod"].shifts(50, 50, answers={"blue": 500, "green": 500})
    road["prod"].shifts(0, 100, answers={"green": 1000})
    found = road.judge(released(road), share_within=within)[2]
    assert said(found) == (
        held,
        f"v2's share of the answers is its weight, within {within:g} points",
        "19.0 % for 20 % in prod, 50.0 % for 50 % in prod",
    )


def test_the_share_is_that_of_the_colour_that_the_version_is_released_on(road: Road) -> None:
    road["prod"].seen.colours["v2"] = "blue"
    road["prod"].shifts(20, 80, answers={"blue": 200, "green": 800})
    found = road.judge(released(road), share_within=1)[2]
    assert (found.held, found.measured) == (True, "20.0 % for 20 % in prod")


def test_a_share_of_few_answers_says_so_and_does_not_hold(road: Road) -> None:
    road["prod"].shifts(80, 20, answers={"blue": 80, "green": 19, "": 900})
    found = road.judge(released(road), share_within=50)[2]
    assert not found.held
    assert found.measured == "only 99 answers at 20 % in prod, of 100 needed"


def test_a_share_of_few_answers_does_not_hide_another(road: Road) -> None:
    road["staging"].shifts(80, 20, answers={"blue": 8, "green": 2})
    road["prod"].shifts(80, 20, answers={"blue": 80, "green": 20})
    found = road.judge(released(road), share_within=1)[2]
    assert found.held
    assert found.measured == (
        "only 10 answers at 20 % in staging, of 100 needed, 20.0 % for 20 % in prod"
    )


def test_a_shift_that_was_not_seen_is_no_share(road: Road) -> None:
    road["prod"].shifts(100, 0, answers={"blue": 1000})
    road["prod"].shifts(0, 100, answers={"green": 1000})
    found = road.judge(released(road), share_within=50)[2]
    assert (found.held, found.measured) == (False, "no step of a shift was seen")


def test_shifts_of_an_earlier_step_are_not_looked_at(road: Road) -> None:
    road["prod"].shifts(80, 20, answers={"blue": 100, "green": 100})
    road["prod"].shifts(0, 100, answers={"green": 1000})
    road.stand()
    road["prod"].shifts(80, 20, answers={"blue": 80, "green": 20})
    found = road.judge(released(road), share_within=1)[2]
    assert (found.held, found.measured) == (True, "20.0 % for 20 % in prod")


@pytest.mark.parametrize(
    ("last", "held", "measured"),
    [
        (10.4, True, "the last such answer came 0.40 s after the decision"),
        (11.5, False, "the last such answer came 1.50 s after the decision"),
        (9.0, True, "the last such answer came 0.00 s after the decision"),
        (None, True, "it answered no user at all"),
    ],
)
def test_the_last_answer_after_the_decision_to_go_back(
    road: Road, last: float | None, *, held: bool, measured: str
) -> None:
    prod = road["prod"]
    prod.requests(100)
    prod.deploys("d-1")
    prod.seen.decided["d-1"] = 10.0
    if last is not None:
        prod.seen.last_answers["d-1"] = last
    ended = prod.releases("v2", "failed", "x")
    found = road.judge(ended, outcome="failed", at="prod", reason="x", rollback_seconds=1)[3]
    text = "1 s after the decision to go back no user is answered by v2"
    assert said(found) == (held, text, measured)


def test_a_release_that_was_not_taken_back(road: Road) -> None:
    road["prod"].requests(100)
    road["prod"].deploys("d-1")
    found = road.judge(released(road), rollback_seconds=1)[2]
    assert (found.held, found.measured) == (False, "nothing was taken back")


def test_a_decision_of_an_earlier_step_is_not_this_ones(road: Road) -> None:
    road["prod"].deploys("d-1")
    road["prod"].seen.decided["d-1"] = 10.0
    road.stand()
    road["prod"].requests(100)
    found = road.judge(released(road), rollback_seconds=1)[2]
    assert (found.held, found.measured) == (False, "nothing was taken back")


@pytest.mark.parametrize(
    ("during", "after", "held"),
    [
        ({3}, 5, (True, True)),
        ({3, 4}, 5, (False, True)),
        ({3}, 3, (True, False)),
        ({4}, 5, (False, True)),
        (set(), 5, (False, True)),
    ],
)
def test_scaling_after_the_release(
    road: Road, during: set[int], after: int, held: tuple[bool, bool]
) -> None:
    seen = road["prod"].seen
    seen.at_work.append(during)
    seen.desired = after
    same, more = road.judge(released(road), scaled="after")[2:]
    assert (same.held, more.held) == held
    shown = ", ".join(map(str, sorted(during))) or "none"
    assert same.measured == f"3 wanted before, {shown} meanwhile"
    assert more.measured == f"{after} wanted afterwards"


def test_only_what_the_step_asks_for_is_judged(road: Road) -> None:
    assert len(road.judge(released(road))) == 2


def test_the_environment_is_the_one_whose_release_it_was(road: Road) -> None:
    """Two that look the same: one an environment."""
    road["staging"].releases("v2", "released")
    outcome, _ = road.judge(released(road))
    assert (outcome.held, outcome.measured) == (True, "released in prod")


def test_so_many_rotations_succeed_and_none_fails(road: Road) -> None:
    road["prod"].rotates("failed", reason="before the step began")
    road.stand()
    ended = released(road)
    for _ in range(2):
        road["prod"].rotates("succeeded")
    found, logins = road.judge(ended, rotations=2)[2:]
    assert said(found) == (
        True,
        "At least 2 rotations succeed while v2 is released, and none fails",
        "2 of 2 succeeded, the longest in 2.0 s",
    )
    assert said(logins) == (True, "What AWSCURRENT says logs in afterwards", "accepted in prod")


def test_too_few_rotations(road: Road) -> None:
    ended = released(road)
    road["prod"].rotates("succeeded")
    found, _ = road.judge(ended, rotations=2)[2:]
    assert (found.held, found.measured) == (False, "1 of 1 succeeded, the longest in 2.0 s")


def test_a_rotation_that_failed(road: Road) -> None:
    ended = released(road)
    road["staging"].rotates("succeeded")
    road["prod"].rotates("failed", reason="testSecret: LoginRefused")
    found, _ = road.judge(ended, rotations=1)[2:]
    assert found.text == "At least 1 rotation succeeds while v2 is released, and none fails"
    assert not found.held
    assert found.measured.endswith("; one failed: testSecret: LoginRefused")


def test_no_rotation_at_all_proves_nothing(road: Road) -> None:
    found, logins = road.judge(released(road), rotations=1)[2:]
    assert not found.held
    assert (logins.held, logins.measured) == (False, "accepted in no environment")


def test_a_current_login_that_is_refused(road: Road) -> None:
    ended = released(road)
    road["prod"].rotates("succeeded")
    road["prod"].logs_in = False
    logins = road.judge(ended, rotations=1)[3]
    assert (logins.held, logins.measured) == (False, "refused in prod")


@pytest.mark.parametrize(("sessions", "held"), [(30, True), (31, False)])
def test_sessions_that_are_left(road: Road, sessions: int, *, held: bool) -> None:
    ended = released(road)
    road["prod"].at_the_database = (sessions, 3)
    found = road.judge(ended, sessions_per_task=10)[2]
    assert said(found) == (
        held,
        "No session is left at the databases beyond 10 for each task",
        f"0 of 0 tasks in staging, {sessions} of 3 tasks in prod",
    )
