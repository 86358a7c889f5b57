"""The image command: real git, real boto3 against moto's ECR, and a stand-in for docker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from mypy_boto3_ecr import ECRClient

from ops.image import main
from ops.image_registry import Repository

from .conftest import ACCOUNT, REGION

ROOT = Path(__file__).parents[2]
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
# moto's GetAuthorizationToken.
PASSWORD = f"{ACCOUNT}-auth-token"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


class Machine:
    """A checkout with a service, a docker on PATH, and a repository in ECR of its own."""

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch, ecr: ECRClient) -> None:
        self.environment = environment
        self.ecr = ecr
        self.checkout = folder / "checkout"
        self.source = self.checkout / "services" / "shop"
        self.output = folder / "images" / "shop.json"
        self.log = folder / "docker.log"
        self.bin = folder / "bin"
        self.name = f"pase/{uuid.uuid4().hex}"
        self.ecr.create_repository(repositoryName=self.name, imageTagMutability="IMMUTABLE")

    def build(self, *more: str) -> int:
        return main(self.arguments(*more))

    def arguments(self, *more: str) -> list[str]:
        paths = ["--source", str(self.source), "--output", str(self.output)]
        return [
            *["build", "--service", "shop", "--repository", f"{HOST}/{self.name}"],
            *[*paths, *more],
        ]

    def calls(self) -> list[dict[str, Any]]:
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def commands(self) -> list[str]:
        return [call["arguments"][0] for call in self.calls()]

    def document(self) -> dict[str, str]:
        document: dict[str, str] = json.loads(self.output.read_text())
        return document

    def digests(self) -> dict[str, str]:
        details = self.ecr.describe_images(repositoryName=self.name)["imageDetails"]
        return {detail["imageTags"][0]: detail["imageDigest"] for detail in details}


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with the service `shop` in one commit. Tests work on copies of it."""
    checkout = tmp_path_factory.mktemp("committed")
    source = checkout / "services" / "shop"
    source.mkdir(parents=True)
    (source / "Dockerfile").write_text("FROM scratch AS production\n")
    (source / ".dockerignore").write_text("tests\n")
    (checkout / ".gitignore").write_text("*.pyc\n")
    git(checkout, "init", "--quiet")
    git(checkout, "config", "user.name", "nobody")
    git(checkout, "config", "user.email", "nobody@example.com")
    git(checkout, "add", ".")
    git(checkout, "commit", "--quiet", "-m", "first")
    return checkout


@pytest.fixture(scope="module")
def ecr(moto_url: str) -> ECRClient:
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
    return session.client("ecr", region_name=REGION, endpoint_url=moto_url)


@pytest.fixture
def machine(
    aws: str, ecr: ECRClient, committed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Machine:
    del aws
    machine = Machine(tmp_path, monkeypatch, ecr)
    shutil.copytree(committed, machine.checkout)
    machine.bin.mkdir()
    docker = machine.bin / "docker"
    script = (Path(__file__).parent / "fake_docker.py").read_text()
    docker.write_text(f"#!{sys.executable} -IS\n{script}")
    docker.chmod(0o755)
    found = shutil.which("git")
    assert found is not None
    (machine.bin / "git").symlink_to(found)
    monkeypatch.setenv("PATH", str(machine.bin))
    monkeypatch.setenv("FAKE_DOCKER_LOG", str(machine.log))
    return machine


def test_an_image_is_built_pushed_and_written_down_with_the_digest_of_ecr(
    machine: Machine,
) -> None:
    assert machine.build() == 0
    tree = git(machine.checkout, "rev-parse", "HEAD:services/shop")
    assert machine.document() == {
        "service": "shop",
        "repository": f"{HOST}/{machine.name}",
        "tag": tree,
        "digest": machine.digests()[tree],
    }
    build, login, push = (call["arguments"] for call in machine.calls())
    reference = f"{HOST}/{machine.name}:{tree}"
    revision = git(machine.checkout, "rev-parse", "HEAD")
    assert build[:-1] == [
        *["build", "--target", "production", "--platform", "linux/amd64", "--provenance=false"],
        *["--label", f"org.opencontainers.image.revision={revision}", "--tag", reference],
    ]
    assert login == ["login", "--username", "AWS", "--password-stdin", HOST]
    assert push == ["push", reference]


def test_the_same_sources_are_built_once(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.build()
    first = machine.document()
    (machine.checkout / "README").write_text("another folder changes")
    git(machine.checkout, "add", ".")
    git(machine.checkout, "commit", "--quiet", "-m", "second")
    (machine.bin / "docker").unlink()
    assert machine.build() == 0, "docker is not even needed"
    assert machine.document() == first
    assert "is there already; nothing is built" in capfd.readouterr().out


def test_other_sources_get_another_tag(machine: Machine) -> None:
    machine.build()
    first = machine.document()
    (machine.source / "Dockerfile").write_text("FROM scratch AS production\nUSER 1\n")
    git(machine.checkout, "commit", "--quiet", "-am", "second")
    assert machine.build() == 0
    assert machine.document()["tag"] != first["tag"]
    assert len(machine.digests()) == 2


def test_another_stage_or_platform_never_takes_the_tag_of_production(machine: Machine) -> None:
    machine.build()
    tree = machine.document()["tag"]
    assert machine.build("--target", "development", "--platform", "linux/arm64") == 0
    assert machine.document()["tag"] == f"{tree}-development-linux-arm64"
    build = machine.calls()[3]["arguments"]
    assert build[1:5] == ["--target", "development", "--platform", "linux/arm64"]


def test_what_git_ignores_does_not_reach_the_image(machine: Machine) -> None:
    (machine.source / "cache.pyc").write_text("stale")
    assert machine.build() == 0
    assert machine.calls()[0]["files"] == [".dockerignore", "Dockerfile"]


def test_a_build_that_loses_a_race_takes_the_winners_digest(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.environment.setenv("FAKE_DOCKER", "rival-push")
    assert machine.build() == 0
    said = capfd.readouterr()
    assert "AlreadyExistsException" in said.err
    assert "another build has pushed" in said.out
    assert machine.digests() == {machine.document()["tag"]: machine.document()["digest"]}


def test_the_password_is_in_no_argument_and_no_log(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.build()
    calls = machine.calls()
    assert calls[1]["input"] == PASSWORD
    assert all(PASSWORD not in argument for call in calls for argument in call["arguments"])
    said = capfd.readouterr()
    assert PASSWORD not in said.out + said.err


@pytest.mark.parametrize("command", ["build", "login", "push"])
def test_a_docker_that_fails_ends_with_1_and_leaves_the_output_alone(
    machine: Machine, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    machine.output.parent.mkdir()
    machine.output.write_text("before")
    machine.environment.setenv("FAKE_DOCKER", f"fail-{command}")
    assert machine.build() == 1
    assert machine.output.read_text() == "before"
    assert machine.commands()[-1] == command
    said = capfd.readouterr()
    assert f"image: docker {command}" in said.err
    assert PASSWORD not in said.out + said.err


def _outside_git(machine: Machine) -> None:
    machine.checkout.joinpath(".git").rename(machine.checkout / "not-git")


def _changed(machine: Machine) -> None:
    (machine.source / "Dockerfile").write_text("FROM scratch\n")


def _untracked(machine: Machine) -> None:
    (machine.source / "new.py").write_text("")


def _not_committed(machine: Machine) -> None:
    machine.source = machine.checkout / "services" / "new"
    machine.source.mkdir()
    (machine.source / "Dockerfile").write_text("FROM scratch\n")


def _absent(machine: Machine) -> None:
    machine.source = machine.checkout / "absent"


def _no_docker(machine: Machine) -> None:
    (machine.bin / "docker").unlink()


def _no_git(machine: Machine) -> None:
    (machine.bin / "git").unlink()


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_outside_git, "is not in a git checkout"),
        (_outside_git, "the source must be a full clone (CDK: code_build_clone_output=True)"),
        (_changed, "differs from the commit, so its image could not be made again: M services"),
        (_untracked, "?? services/shop/new.py. Commit or remove these files"),
        (_not_committed, "has nothing committed at HEAD; commit it first"),
        (_absent, "does not exist"),
        (_no_docker, "docker is not on PATH, and the image is not in ECR yet"),
        (_no_git, "git is not on PATH"),
    ],
)
def test_a_checkout_or_machine_that_cannot_be_used_ends_with_2(
    machine: Machine,
    capfd: pytest.CaptureFixture[str],
    happens: Callable[[Machine], None],
    reason: str,
) -> None:
    happens(machine)
    assert machine.build() == 2
    assert reason in capfd.readouterr().err
    assert machine.calls() == []
    assert not machine.output.exists()


def test_a_repository_that_is_not_there_is_named(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.ecr.delete_repository(repositoryName=machine.name)
    assert machine.build() == 1
    assert f"there is no ECR repository {machine.name} in account" in capfd.readouterr().err


def test_an_ecr_that_does_not_answer_is_a_sentence(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    machine.environment.delenv("AWS_ACCESS_KEY_ID")
    machine.environment.delenv("AWS_SECRET_ACCESS_KEY")
    assert machine.build() == 1
    assert "there are no AWS credentials; sign in" in capfd.readouterr().err


def test_ctrl_c_leaves_nothing_half_written(machine: Machine) -> None:
    machine.environment.setenv("FAKE_DOCKER", "hang-build")
    machine.environment.setenv("TMPDIR", str(machine.bin.parent))
    # A run in the background ignores SIGINT, and every child would inherit that.
    listening = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", listening, "-m", "ops.image", *machine.arguments()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        ends_at = time.monotonic() + 20
        while not machine.commands() and time.monotonic() < ends_at:
            time.sleep(0.05)
        # As a terminal does it: to the command and to docker alike.
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "image: interrupted; nothing was written" in said
    assert not machine.output.parent.exists()
    assert not list(machine.bin.parent.glob("pase-image-*"))


def test_the_output_is_replaced_whole(machine: Machine) -> None:
    machine.output.parent.mkdir()
    machine.output.write_text("before")
    with machine.output.open() as reader:
        assert machine.build() == 0
        assert reader.read() == "before", "the file that was there must not be written into"
    assert machine.document()["service"] == "shop"
    assert [path.name for path in machine.output.parent.iterdir()] == ["shop.json"]


@pytest.mark.parametrize(
    "uri",
    [
        f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/pase/shop",
        f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws/shop",
        f"{HOST}/a/b_c.d-e",
    ],
)
def test_every_form_of_ecr_repository_is_understood(uri: str) -> None:
    repository = Repository.parse(uri)
    assert repository.uri == uri
    assert repository.account == ACCOUNT


@pytest.mark.parametrize("uri", ["", "shop", "docker.io/shop", f"{HOST}/shop:latest", f"{HOST}/"])
def test_a_repository_that_is_not_ecrs_is_refused(
    uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = ["--source", "s", "--output", "o"]
    with pytest.raises(SystemExit) as ended:
        main(["build", "--service", "shop", "--repository", uri, *paths])
    assert ended.value.code == 2
    assert "is not an ECR repository; expected <account>.dkr.ecr" in capsys.readouterr().err
