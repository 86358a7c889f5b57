"""Mistakes planted in the templates and in functions: the matching scenario sees each of them.

A rehearsal that held whatever the templates say would prove nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rehearsal.play.plan import Template
from tests.rehearsal.played.playing import play
from tests.releases.test_at_the_same_time import naming_blue
from tests.support.templates import Templates


def of_type(template: Template, type_: str) -> Iterator[dict[str, Any]]:
    """Properties of the resources of that type."""
    for one in template["Resources"].values():
        if one["Type"] == type_:
            yield one["Properties"]


def no_hook(template: Template) -> None:
    """Nobody asks the release checks: their answer is ignored."""
    for release in of_type(template, "Custom::Release"):
        release["HookFunction"] = ""


def alarms_of_blue_only(template: Template) -> None:
    """The release looks at one group's alarms."""
    for group in of_type(template, "AWS::CodeDeploy::DeploymentGroup"):
        alarms = group["AlarmConfiguration"]["Alarms"]
        group["AlarmConfiguration"]["Alarms"] = [
            one for one in alarms if "Blue" in str(one["Name"])
        ]


def broken(recording: Any) -> list[str]:
    """What did not hold."""
    return [one.text for one in recording.expectations if not one.held]


def test_a_listener_that_names_blue_is_seen_when_it_is_updated_while_green_is_live(
    templates: Templates,
) -> None:
    recording, told = play(
        "listener-update", assembly=templates.root, change=naming_blue, factor=60
    )

    assert "v2 serves staging afterwards" in broken(recording), told


def test_a_release_whose_checks_nobody_asks_is_seen(templates: Templates) -> None:
    """Users meet what the checks would have kept from them; only an alarm stops it then."""
    recording, told = play("hook-failing", assembly=templates.root, change=no_hook, factor=60)

    assert set(broken(recording)) >= {
        "The reason names 'its dependencies answer'",
        "No request fails while v2 is released",
    }, told


def test_a_release_that_looks_at_one_colours_alarms_only_is_seen(templates: Templates) -> None:
    """All users meet the errors; only the pipeline's gate stops it, when it has been released."""
    recording, told = play(
        "error-burst", assembly=templates.root, change=alarms_of_blue_only, factor=40
    )

    assert set(broken(recording)) >= {
        "v1 serves staging afterwards",
        "The reason names 'GreenErrorRate'",
        "At most 6.5 % of the requests fail while v2 is released",
    }, told


ROTATE = """title = "A secret rotates in the hot standby"
description = "The release has nothing to do with it."
environments = ["prod"]
[users]
rate = 30
[versions.v2]
[[steps]]
release = "v2"
outcome = "released"
rotations = 1
[[steps.actions]]
when = "HotStandby"
do = "rotate"
"""


def with_planted(assembly: Path, folder: Path, *, file: str, text: str, planted: str) -> Path:
    """The assembly's assets, with a text of a file replaced wherever they have that file."""
    folder.mkdir()
    found = 0
    for asset in assembly.glob("asset.*"):
        if not (asset / file).is_file():
            (folder / asset.name).symlink_to(asset)
            continue
        shutil.copytree(asset, folder / asset.name)
        code = (asset / file).read_text(encoding="utf-8")
        assert code.count(text) == 1, f"{file} has not {text!r} once"
        (folder / asset.name / file).write_text(code.replace(text, planted), encoding="utf-8")
        found += 1
    assert found, f"no function has {file}"
    return folder


def test_a_login_that_is_promoted_before_it_works_is_seen(
    templates: Templates, tmp_path: Path
) -> None:
    """Nobody gives the new login its password; connections that are open go on all the same."""
    scenario = tmp_path / "mine.toml"
    scenario.write_text(ROTATE, encoding="utf-8")
    placing = "def _place(self, current: Value, pending: Value) -> None:\n"
    code = with_planted(
        templates.root,
        tmp_path / "code",
        file="lambdas/rotation/protocol.py",
        text=placing,
        planted=f"{placing}        return\n",
    )

    recording, told = play(str(scenario), assembly=templates.root, code=code, factor=60)

    assert broken(recording) == ["What AWSCURRENT says logs in afterwards"], told
