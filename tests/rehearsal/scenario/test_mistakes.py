"""What a person is told who made a mistake in a scenario: one line for each."""

from __future__ import annotations

import pytest

from rehearsal.scenario.errors import ScenarioError
from rehearsal.scenario.load import load_scenario

from .files import GOOD, HEAD, Files, configuration

V2 = "\n[versions.v2]\n"
FAULT = "[[versions.v2.faults]]\n"
STEP = '[[steps]]\nrelease = "v2"\n'
RELEASED = f'{STEP}outcome = "released"\n'
ACTION = f'{RELEASED}[[steps.actions]]\nwhen = "AllowTraffic"\n'
ONE = f'{HEAD}environments = ["staging"]\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            GOOD.replace("[[steps]]", "[[step]]"),
            "step: This key is unknown; given",
        ),
        (
            GOOD.replace("outcome", "outcmoe"),
            'steps.0.outcmoe: This key is unknown; given "released"; the keys here are actions, '
            "at, failed_percent, failed_requests, outcome, reason, release, rollback_seconds, "
            "rotations, scaled, serves, sessions_per_task, share_within, to; "
            'Did you mean "outcome"?',
        ),
        (
            GOOD.replace('title = "A title"', 'title = "A title"\nname = "mine"'),
            'name: This key is unknown; given "mine"; the keys here are ',
        ),
        (
            GOOD.replace('"released"', '"relaesed"'),
            'steps.0.outcome: This is none of the allowed values; given "relaesed"; allowed: '
            '"released", "failed"; Did you mean "released"?',
        ),
        (
            f"factor = 1000\n{GOOD}",
            "factor: This number is too large; given 1000; allowed: a number from 1 to 200; ",
        ),
        (
            f'factor = "20"\n{GOOD}',
            'factor: This is text, and something else is needed here; given "20"; allowed: a '
            "number from 1 to 200; Without quotes: 20",
        ),
        (
            GOOD.replace('"A title"', '"two\\nlines"'),
            'title: This is not of the form needed here; given "two\\nlines"; allowed: what it '
            "shows, in one line",
        ),
        (
            f'{GOOD}[users]\npaths = ["ready"]\n',
            'users.paths.0: This is not of the form needed here; given "ready"; allowed: a path',
        ),
        (
            f'environments = ["dev", "prd"]\n{GOOD}',
            "environments: There is no environment of that name on the road; given "
            '"prd"; allowed: "dev", "staging", "prod"; Did you mean "prod"?',
        ),
        (
            f'environments = ["prod", "dev"]\n{GOOD}',
            "environments: These are not in the road's order, each once; given "
            '["prod", "dev"]; allowed: "dev", "staging", "prod"',
        ),
        (
            f'service = "storfront"\n{GOOD}',
            'service: There is no service of that name; given "storfront"; allowed: '
            '"storefront"; Did you mean "storefront"?',
        ),
        (
            f'service = "inventory"\n{GOOD}',
            "service: This service cannot be played: it has no container.local_command; given "
            '"inventory"; allowed: "storefront"; Write one into config/services/inventory.toml',
        ),
        (
            f"{GOOD}[versions.v1]\n",
            'versions.v1: "v1" is what runs at the beginning and is not declared; Give',
        ),
        (
            f"{GOOD}[versions.V3]\n",
            'versions.V3: This is no name of a version; given "V3"; allowed: 1 to 16 lower-case',
        ),
        (
            GOOD.replace('release = "v2"', 'release = "v3"'),
            'steps.0.release: There is no version of that name; given "v3"; allowed: "v1", "v2"; '
            "Declare it with [versions.v3]",
        ),
        (
            GOOD.replace('release = "v2"', 'release = "next"'),
            'steps.0.release: There is no version of that name; given "next"; allowed: "v1", '
            '"v2"; Declare it with [versions.next]',
        ),
        (
            f'{GOOD}serves = "old"\n',
            'steps.0.serves: There is no version of that name; given "old"; allowed: "v1", "v2"',
        ),
        (
            f'{GOOD}to = "stagign"\n',
            "steps.0.to: There is no environment of that name on the road; given "
            '"stagign"; allowed: "dev", "staging", "prod"; Did you mean "staging"?',
        ),
        (
            f'{ONE}{V2}{RELEASED}to = "prod"\n',
            'steps.0.to: That environment is not opened in this scenario; given "prod"; allowed: '
            '"staging"',
        ),
        (
            f'{GOOD}at = "dev"\n',
            'steps.0.at: A step with outcome = "released" has no such key; given "dev"; Remove '
            'it, or write outcome = "failed"',
        ),
        (
            f'{GOOD}reason = "x"\n',
            'steps.0.reason: A step with outcome = "released" has no such key; given "x"',
        ),
        (
            f'{ONE}{V2}{STEP}outcome = "failed"\n',
            'steps.0.reason: This key is missing; outcome = "failed" needs it; A text that',
        ),
        (
            f'{HEAD}{V2}{STEP}outcome = "failed"\nreason = "x"\n',
            "steps.0.at: This key is missing; with more than one environment opened, a step that "
            'fails says in which; allowed: "dev", "staging", "prod"',
        ),
        (
            f'{HEAD}{V2}{STEP}outcome = "failed"\nreason = "x"\nto = "dev"\nat = "prod"\n',
            'steps.0.at: This step\'s release does not get that far; given "prod"; allowed: "dev"',
        ),
        (
            f'{HEAD}{V2}{FAULT}kind = "latency"\n{RELEASED}',
            'versions.v2.faults.0.milliseconds: This key is missing; kind = "latency" needs it; '
            "For example milliseconds = 400",
        ),
        (
            f'{HEAD}{V2}{FAULT}kind = "crash"\n{RELEASED}',
            'versions.v2.faults.0.seconds: This key is missing; kind = "crash" needs it; ',
        ),
        (
            f'{HEAD}{V2}{FAULT}kind = "slow_start"\n{RELEASED}',
            'versions.v2.faults.0.seconds: This key is missing; kind = "slow_start" needs it; ',
        ),
        (
            f'{HEAD}{V2}{FAULT}kind = "hang"\nstatus = 503\n{RELEASED}',
            'versions.v2.faults.0.status: A fault of kind "hang" has no such key; given 503; the '
            "keys here are above_rate, after_seconds, environments, kind, paths, share",
        ),
        (
            f'{HEAD}{V2}{FAULT}kind = "errors"\nstatus = 200\n{RELEASED}',
            "versions.v2.faults.0.status: This number is too small; given 200; allowed: a whole "
            "number from 400 to 599; ",
        ),
        (
            f'{HEAD}{V2}{FAULT}kind = "errors"\nshare = 0\n{RELEASED}',
            "versions.v2.faults.0.share: This number is too small; given 0; allowed: a number "
            "above 0",
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "kill_task"\n',
            'steps.0.actions.0.colour: This key is missing; do = "kill_task" needs it; For '
            'example colour = "green"',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "set_users"\n',
            'steps.0.actions.0.rate: This key is missing; do = "set_users" needs it; ',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "release"\n',
            'steps.0.actions.0.version: This key is missing; do = "release" needs it; ',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "release"\nversion = "v9"\n',
            'steps.0.actions.0.version: There is no version of that name; given "v9"; ',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "silence_function"\n',
            'steps.0.actions.0.function: This key is missing; do = "silence_function" needs it; ',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "silence_function"\nfunction = "release_check"\n',
            "steps.0.actions.0.function: There is no function of that name under lambdas/; given "
            '"release_check"; allowed: "api_key_rotation", "database_access", ',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "rollback"\nrate = 9\n',
            'steps.0.actions.0.rate: do = "rollback" has no such key; given 9.0; It belongs to '
            'do = "set_users"',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "rollback"\nevery_seconds = 5\n',
            'steps.0.actions.0.every_seconds: do = "rollback" has no such key; given 5.0; It '
            'belongs to do = "rotate"',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "rotate"\nevery_seconds = 0\n',
            "steps.0.actions.0.every_seconds: ",
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "rollback"\nin = "prodd"\n',
            "steps.0.actions.0.in: There is no environment of that name on the road; given "
            '"prodd"; allowed: "dev", "staging", "prod"; Did you mean "prod"?',
        ),
        (
            f'{ONE}{V2}{ACTION}do = "rollback"\nin = "dev"\n',
            "steps.0.actions.0.in: That environment is not opened in this scenario; given "
            '"dev"; allowed: "staging"',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "rollback"\nin = "prod"\n'.replace(
                "outcome", 'to = "dev"\noutcome'
            ),
            "steps.0.actions.0.in: This step's release does not get that far; given "
            '"prod"; allowed: "dev"',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "rollback"\nin = "prod"\n'.replace(
                '"released"', '"failed"\nat = "dev"\nreason = "x"'
            ),
            "steps.0.actions.0.in: This step's release does not get that far; given "
            '"prod"; allowed: "dev"',
        ),
        (
            f'{HEAD}{V2}{ACTION}do = "rollback"\nenvironment = "prod"\n',
            'steps.0.actions.0.environment: This key is unknown; given "prod"; the keys here are '
            "after_seconds, colour, do, every_seconds, function, in, rate, version, when; ",
        ),
        (
            f"{HEAD}{V2}",
            "steps: This key is missing; ",
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(mine: Files, text: str, problem: str) -> None:
    found = mine.problems(text)
    assert any(one.startswith(problem) for one in found), found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace('"v2"', "v2"), "This is not TOML: Invalid value, at line 6, column 11; "),
        (GOOD + GOOD, "This is not TOML: Cannot declare"),
        ("", "The file is empty"),
        ("\ufeff" + GOOD, "The file begins with a byte order mark"),
    ],
)
def test_a_file_that_is_not_toml_is_told_with_the_place(
    mine: Files, text: str, problem: str
) -> None:
    (found,) = mine.problems(text)
    assert found.startswith(problem)


def test_all_mistakes_are_told_at_once_whatever_kind_they_are(mine: Files) -> None:
    found = mine.problems(f"""{HEAD}
factor = 0
titel = "x"
environments = ["dev", "prod"]
[versions.V2]
[versions.v3]
[[versions.v3.faults]]
kind = "crash"
[[steps]]
release = "v4"
outcome = "released"
[[steps]]
release = "v3"
outcome = "maybe"
[[steps]]
release = "v3"
outcome = "failed"
at = "staging"
""")
    keys = [one.split(": ")[0] for one in found]
    assert keys == [
        "factor",
        "steps.0.release",
        "steps.1.outcome",
        "steps.2.at",
        "steps.2.reason",
        "titel",
        "versions.V2",
        "versions.v3.faults.0.seconds",
    ]


def test_control_characters_of_a_file_do_not_reach_the_terminal(mine: Files) -> None:
    (found,) = mine.problems(f'"\\u001b[2J\\u009b" = 1\n{GOOD}')
    assert found.isprintable()


def test_a_secret_is_rotated_only_of_a_service_that_has_a_database(mine: Files) -> None:
    text = f'{HEAD}{V2}{ACTION}do = "rotate"\nevery_seconds = 5\n'
    assert mine(text).steps[0].actions[0].every_seconds == 5
    shipped = configuration()
    services = {
        name: one.model_copy(update={"database": None})
        for name, one in shipped.environments[-1].services.items()
    }
    with pytest.raises(ScenarioError) as caught:
        load_scenario(mine.path, road=shipped.platform.road, services=services)
    (problem,) = caught.value.problems
    assert "steps.0.actions.0.do: storefront has no database" in problem
