"""The scenarios that come with the repository, and what a file leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from rehearsal.lifecycle import EVENTS
from rehearsal.scenario.builtin import find_scenarios, resolve
from rehearsal.scenario.errors import ScenarioError
from rehearsal.scenario.model import When

from .files import GOOD, HEAD, Files, configuration, read

NAMES = [path.stem for path in find_scenarios()]


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_here_is_valid_and_needs_no_other_file(name: str) -> None:
    scenario = read(resolve(name))
    assert scenario.name == name
    for step in scenario.steps:
        assert step.to in scenario.environments
        assert step.serves in ("v1", *scenario.versions)
        assert (step.at is None) == (step.outcome == "released")
        assert all(one.environment in scenario.environments for one in step.actions)
    used = {step.release for step in scenario.steps} | {
        action.version for step in scenario.steps for action in step.actions
    }
    assert set(scenario.versions) <= used


def test_an_action_can_wait_for_each_event_of_a_deployment() -> None:
    assert get_args(When) == ("Start", *EVENTS, "HotStandby")


def test_the_default_scenario_is_the_first_and_goes_all_the_way() -> None:
    assert NAMES[0] == "default"
    assert NAMES[1:] == sorted(NAMES[1:])
    scenario = read(resolve("default"))
    assert scenario.environments == ("dev", "staging", "prod")
    assert [(one.release, one.outcome) for one in scenario.steps] == [
        ("v2", "released"),
        ("v3", "failed"),
        ("v4", "failed"),
    ]


def test_each_fault_and_each_action_is_in_a_scenario_here() -> None:
    scenarios = [read(path) for path in find_scenarios()]
    faults = {
        fault.kind
        for one in scenarios
        for version in one.versions.values()
        for fault in version.faults
    }
    actions = {action.do for one in scenarios for step in one.steps for action in step.actions}
    # A task that hangs is one that is slow, and longer.
    assert faults == {"errors", "latency", "unhealthy", "crash", "slow_start"}
    assert actions == {
        *("kill_task", "restart_database", "set_users", "rollback"),
        *("release", "update_listener", "silence_function", "end_standby", "rotate"),
    }


def test_what_a_file_leaves_out_is_the_configurations(mine: Files) -> None:
    scenario = mine(GOOD)
    assert scenario.name == "mine"
    assert scenario.factor == 20
    assert scenario.environments == ("dev", "staging", "prod")
    assert scenario.service == "storefront"
    assert scenario.users.paths == ("/ready", "/version", "/")
    assert (scenario.users.rate, scenario.users.elsewhere, scenario.users.keep_alive) == (
        300,
        30,
        0.8,
    )
    (step,) = scenario.steps
    assert (step.to, step.at, step.serves) == ("prod", None, "v2")
    assert not scenario.versions["v2"].faults


def test_what_serves_afterwards_follows_from_the_steps_before(mine: Files) -> None:
    scenario = mine(f"""{HEAD}
[versions.v2]
[versions.v3]
[[steps]]
release = "v2"
to = "staging"
outcome = "released"
[[steps]]
release = "v3"
outcome = "failed"
at = "prod"
reason = "ErrorRate"
[[steps]]
release = "v2"
outcome = "failed"
at = "staging"
reason = "ErrorRate"
[[steps]]
release = "v1"
to = "dev"
outcome = "released"
serves = "v3"
[[steps]]
release = "v2"
outcome = "failed"
at = "dev"
reason = "ErrorRate"
""")
    assert [one.serves for one in scenario.steps] == ["v2", "v1", "v3", "v3", "v3"]


def test_an_action_is_in_the_environment_in_which_its_step_ends(mine: Files) -> None:
    action = '[[steps.actions]]\nwhen = "Install"\ndo = "rollback"\n'
    failed = GOOD.replace('"released"', '"failed"\nat = "staging"\nreason = "stopped"')
    assert mine(GOOD + action).steps[0].actions[0].environment == "prod"
    assert mine(failed + action).steps[0].actions[0].environment == "staging"
    assert mine(failed + action + 'in = "dev"\n').steps[0].actions[0].environment == "dev"
    short = GOOD.replace("outcome", 'to = "staging"\noutcome')
    assert mine(short + action).steps[0].actions[0].environment == "staging"


@pytest.mark.parametrize("key", ["factor", "steps", "name"])
def test_a_scenario_cannot_be_changed(mine: Files, key: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(mine(GOOD), key, 3)


def test_a_scenario_is_named_or_given_as_a_file(mine: Files, tmp_path: Path) -> None:
    mine(GOOD)
    assert resolve("good-release").name == "good-release.toml"
    assert resolve(str(mine.path)) == mine.path
    assert read(resolve(str(mine.path))).name == "mine"
    with pytest.raises(ScenarioError) as caught:
        resolve("good-relaese")
    (problem,) = caught.value.problems
    assert problem.startswith("good-relaese: There is no scenario of that name; the scenarios ")
    assert "are default, alarm-in-bake, " in problem
    assert 'Did you mean "good-release"?' in problem
    with pytest.raises(ScenarioError, match=r"gone\.toml: There is no such file; the scenarios"):
        resolve(str(tmp_path / "gone.toml"))


def test_the_rate_of_the_default_scenarios_faulty_version_is_only_reached_in_prod() -> None:
    """Its numbers, against the configured tasks: they decide whether it fails where it says."""
    scenario = read(resolve("default"))
    (fault,) = scenario.versions["v4"].faults
    assert fault.above_rate is not None
    for environment in configuration().environments:
        service = environment.services[scenario.service]
        tasks = service.scaling.desired_tasks
        if environment.name == scenario.environments[-1]:
            share = service.release.step_percent / 100
            assert scenario.users.rate * share / tasks > 1.1 * fault.above_rate
        else:
            assert scenario.users.elsewhere / tasks < 0.7 * fault.above_rate


def test_the_documentation_lists_every_scenario_with_its_title() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "rehearsal.md").read_text("utf-8")
    lines = page.splitlines()
    first = lines.index("| scenario | shows |") + 2
    scenarios = find_scenarios()
    listed = lines[first : first + len(scenarios) + 1]

    assert listed == [*(f"| `{path.stem}` | {read(path).title} |" for path in scenarios), ""]
