"""Builds a service's image once: the same sources give the same tag, and a tag is pushed once.

The tag is git's hash of the source folder's content. In a repository with immutable tags
(https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html) a tag stands for
one digest for ever, so a commit that does not touch a service releases the digest that runs.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .image_registry import Registry, Repository

DEFAULT_TARGET = "production"
DEFAULT_PLATFORM = "linux/amd64"
# DescribeImages right after a push: ECR promises no read-after-write.
_LOOKS = 5


class BadInput(ValueError):
    """What was asked for, or the machine it was asked on, cannot be used."""


class BuildFailed(Exception):
    """Docker did not build, sign in or push, or git did not hand over the sources."""


class _GitError(BuildFailed):
    """git ended with an error; the message is its own."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A committed folder: `tree` is git's hash of its content, `revision` the commit."""

    checkout: Path
    tree: str
    revision: str


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image in ECR."""

    repository: str
    tag: str
    digest: str


def read_source(folder: Path) -> Source:
    """Return what git has of `folder`, or raise `BadInput` unless it is committed and unchanged.

    Files that git ignores do not count, and do not reach the image either: what is built is what
    git has.
    """
    if not folder.is_dir():
        raise BadInput(f"the source folder {folder} does not exist")
    if shutil.which("git") is None:
        raise BadInput("git is not on PATH; the image's tag is git's hash of its sources")
    try:
        checkout = _git(folder, "rev-parse", "--show-toplevel")
    except _GitError as error:
        raise BadInput(
            f"{folder} is not in a git checkout ({error}). The image's tag is git's hash of its "
            "sources. In CodePipeline the source must be a full clone "
            "(CDK: code_build_clone_output=True), not the default zip file"
        ) from None
    try:
        tree = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD:./")
        revision = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=all", "--", ".")
    except _GitError as error:
        raise BadInput(
            f"{folder} has nothing committed at HEAD; commit it first ({error})"
        ) from None
    if changed:
        lines = changed.splitlines()
        more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
        raise BadInput(
            f"{folder} differs from the commit, so its image could not be made again: "
            f"{', '.join(line.strip() for line in lines[:5])}{more}. Commit or remove these files"
        )
    return Source(checkout=Path(checkout), tree=tree, revision=revision)


def tag_of(source: Source, *, target: str, platform: str) -> str:
    """Return the image's tag: the tree's hash, and what else than the default goes into it."""
    extra = [target] if target != DEFAULT_TARGET else []
    extra += [platform.replace("/", "-")] if platform != DEFAULT_PLATFORM else []
    return "-".join([source.tree, *extra])


def build_once(
    *,
    source: Source,
    repository: Repository,
    registry: Registry,
    target: str = DEFAULT_TARGET,
    platform: str = DEFAULT_PLATFORM,
) -> Image:
    """Return the image of `source`, built and pushed only when ECR does not have it yet.

    The digest always comes from ECR. Two builds of the same sources may race: ECR refuses the
    second push of a tag, and the first one's digest is then the answer for both. Raises
    `BadInput` (no docker), `BuildFailed`, and `image_registry.RegistryError`.
    """
    tag = tag_of(source, target=target, platform=platform)
    digest = registry.digest_of(repository, tag)
    if digest is not None:
        print(f"{repository.uri}:{tag} is there already; nothing is built", flush=True)
        return Image(repository=repository.uri, tag=tag, digest=digest)
    docker = _find_docker()
    reference = f"{repository.uri}:{tag}"
    with tempfile.TemporaryDirectory(prefix="pase-image-") as temporary:
        context = _export(source, Path(temporary))
        build = ["build", "--target", target, "--platform", platform, "--provenance=false"]
        label = f"org.opencontainers.image.revision={source.revision}"
        _docker(docker, [*build, "--label", label, "--tag", reference, str(context)])
    _sign_in(docker, repository, registry)
    try:
        _docker(docker, ["push", reference])
    except BuildFailed:
        digest = registry.digest_of(repository, tag)
        if digest is None:
            raise
        print(f"another build has pushed {reference} first; its image is taken", flush=True)
    else:
        digest = _pushed(registry, repository, tag)
    return Image(repository=repository.uri, tag=tag, digest=digest)


def _pushed(registry: Registry, repository: Repository, tag: str) -> str:
    for look in range(_LOOKS):
        if look:
            time.sleep(1)
        digest = registry.digest_of(repository, tag)
        if digest is not None:
            return digest
    raise BuildFailed(f"docker pushed {repository.uri}:{tag}, but ECR does not have it")


def _find_docker() -> str:
    docker = shutil.which("docker")
    if docker is None:
        raise BadInput(
            "docker is not on PATH, and the image is not in ECR yet, so it must be built. Install "
            "docker; in CodeBuild use a standard image with privileged mode on"
        )
    return docker


def _docker(docker: str, arguments: Sequence[str]) -> None:
    print(f"$ docker {' '.join(arguments)}", flush=True)
    done = subprocess.run([docker, *arguments], check=False)
    if done.returncode != 0:
        raise BuildFailed(
            f"docker {arguments[0]} ended with status {done.returncode}; its own output is above"
        )


def _sign_in(docker: str, repository: Repository, registry: Registry) -> None:
    user, password = registry.credentials()
    # By standard input: an argument can be read by every process of the machine.
    done = subprocess.run(
        [docker, "login", "--username", user, "--password-stdin", repository.registry_host],
        input=password.encode(),
        check=False,
        capture_output=True,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").replace(password, "***").strip()
        raise BuildFailed(f"docker login to {repository.registry_host} failed: {said}")


def _export(source: Source, folder: Path) -> Path:
    """Write the committed files alone, so that nothing git ignores slips into the image."""
    archive = folder / "source.tar"
    _git(source.checkout, "archive", "--format=tar", f"--output={archive}", source.tree)
    context = folder / "source"
    with tarfile.open(archive) as tar:
        tar.extractall(context, filter="data")
    return context


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise _GitError(done.stderr.strip() or f"git {arguments[0]} found nothing")
    return done.stdout.strip()
