"""The shipped example is valid, and says what the platform promises."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest

from config.checks_document import LARGEST_BYTES, checks_document
from config.load import load
from config.model.configuration import Configuration
from config.release_time import LIMIT_MINUTES, release_minutes
from lambdas.release_checks import definition
from tests.config.example import REPOSITORY, Example


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return load(REPOSITORY)


def test_the_shipped_example_is_valid(configuration: Configuration) -> None:
    assert [one.name for one in configuration.environments] == ["dev", "staging", "prod"]
    for one in configuration.environments:
        assert list(one.services) == ["inventory", "storefront"]


def test_the_copy_that_other_tests_break_is_valid(example: Example) -> None:
    assert example.errors() == ()


def test_each_environment_has_an_account_and_a_network_of_its_own(
    configuration: Configuration,
) -> None:
    told = {
        one.name: (one.environment.account, [cell.cidr for cell in one.regions])
        for one in configuration.environments
    }

    assert told == {
        "dev": ("222222222222", ["10.10.0.0/16"]),
        "staging": ("333333333333", ["10.15.0.0/16"]),
        "prod": ("444444444444", ["10.20.0.0/16"]),
    }
    assert configuration.platform.tools.account == "111111111111"


def test_task_sizes_and_counts_are_those_of_the_environments(
    configuration: Configuration,
) -> None:
    told = {
        (one.name, service): (
            content.container.cpu,
            content.container.memory,
            content.scaling.min_tasks,
            content.scaling.desired_tasks,
        )
        for one in configuration.environments
        for service, content in one.services.items()
    }

    assert told == {
        ("dev", "inventory"): (256, 512, 1, 1),
        ("dev", "storefront"): (256, 512, 1, 1),
        ("staging", "inventory"): (1024, 2048, 2, 2),
        ("staging", "storefront"): (1024, 2048, 2, 2),
        ("prod", "inventory"): (1024, 2048, 3, 3),
        ("prod", "storefront"): (1024, 2048, 3, 3),
    }


def test_an_override_keeps_what_it_does_not_name(configuration: Configuration) -> None:
    dev = configuration.environment("dev").services["storefront"]
    prod = configuration.environment("prod").services["storefront"]

    assert dev.container.local_command == prod.container.local_command
    assert dev.release.check_minutes == prod.release.check_minutes
    assert dev.scaling.peaks == ()
    assert dev.container.environment == {"LOG_LEVEL": "debug"}


def test_every_service_is_one_image_in_all_environments(configuration: Configuration) -> None:
    for service in ("storefront", "inventory"):
        images = {one.services[service].image for one in configuration.environments}
        assert len(images) == 1


def test_every_release_fits_the_hour(configuration: Configuration) -> None:
    for one in configuration.environments:
        for service in one.services.values():
            assert release_minutes(release=service.release) <= LIMIT_MINUTES


def test_the_checks_program_reads_the_checks_as_they_are_meant(
    configuration: Configuration,
) -> None:
    for one in configuration.environments:
        for service in one.services.values():
            document = checks_document(service.checks)
            read = definition.parse_checks(document, where="CHECKS")

            assert len(document) <= LARGEST_BYTES
            assert [
                (
                    check.name,
                    sorted(check.gates),
                    check.path,
                    check.method,
                    dict(check.headers),
                    check.request_body,
                    check.status,
                    check.body_contains,
                    dict(check.json),
                    dict(check.response_headers),
                    check.repetitions,
                    check.p95_ms,
                    check.timeout_seconds,
                )
                for check in read
            ] == [
                (
                    check.name,
                    sorted(check.gates),
                    check.path,
                    check.method,
                    check.headers,
                    check.request_body,
                    check.status,
                    check.body_contains,
                    check.json_equals,
                    check.response_headers,
                    check.repetitions,
                    check.p95_ms,
                    check.timeout_seconds,
                )
                for check in service.checks
            ]


def test_loading_takes_well_under_a_tenth_of_a_second() -> None:
    took = []
    for _ in range(3):
        start = time.process_time()
        load(REPOSITORY)
        took.append(time.process_time() - start)

    assert min(took) < 0.1


def test_the_configuration_knows_neither_the_cdk_nor_aws() -> None:
    for file in sorted((REPOSITORY / "config").rglob("*.py")):
        names = _imports(file)
        assert not names & {"aws_cdk", "boto3", "botocore", "constructs", "stacks", "lambdas"}, file
        if file.parent.name != "model":
            assert len(file.read_text(encoding="utf-8").splitlines()) < 250, file


def _imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
