"""An image is a repository and a digest, and says plainly when the digest is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aws_cdk import Stack

from config.load import load
from config.model.configuration import Configuration
from constructs_lib.released_image import (
    UNKNOWN_DIGEST,
    ReleasedImage,
    pull_statements,
    refuse_unknown_image,
)
from stacks.images import ImageFileInvalid, released_images
from tests.constructs.conftest import BuildStack
from tests.support.synthesis import ROOT, STOREFRONT_DIGEST, STOREFRONT_REPOSITORY

DIGEST = "sha256:" + "ab" * 32
PUBLIC = "public.ecr.aws/docker/library/python"


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    """The shipped example."""
    return load(ROOT)


def test_a_known_image_is_named_by_its_digest() -> None:
    image = ReleasedImage(repository=STOREFRONT_REPOSITORY, digest=DIGEST)

    assert image.known
    assert image.uri == f"{STOREFRONT_REPOSITORY}@{DIGEST}"


def test_an_unknown_image_is_named_by_a_digest_that_nothing_has() -> None:
    image = ReleasedImage(repository=STOREFRONT_REPOSITORY, digest=None)

    assert not image.known
    assert image.uri == f"{STOREFRONT_REPOSITORY}@{UNKNOWN_DIGEST}"


@pytest.mark.parametrize(
    ("repository", "arn"),
    [
        (
            STOREFRONT_REPOSITORY,
            "arn:aws:ecr:ap-southeast-1:111111111111:repository/pase/storefront",
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a",
            "arn:aws:ecr:eu-west-1:123456789012:repository/a",
        ),
        (PUBLIC, None),
        ("ghcr.io/example/shop", None),
        ("evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/a", None),
    ],
)
def test_only_a_private_ecr_repository_has_an_arn(repository: str, arn: str | None) -> None:
    assert ReleasedImage(repository=repository, digest=DIGEST).ecr_repository_arn == arn


def test_pulling_is_allowed_from_the_images_own_repository_and_needs_nothing_elsewhere() -> None:
    own = pull_statements(ReleasedImage(repository=STOREFRONT_REPOSITORY, digest=DIGEST))

    assert [(s.actions, s.resources) for s in own] == [
        (
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            ["arn:aws:ecr:ap-southeast-1:111111111111:repository/pase/storefront"],
        ),
        (["ecr:GetAuthorizationToken"], ["*"]),
    ]
    assert pull_statements(ReleasedImage(repository=PUBLIC, digest=DIGEST)) == []


@pytest.mark.parametrize(("digest", "refused"), [(DIGEST, False), (None, True)])
def test_only_an_unknown_image_makes_a_template_refuse_itself(
    built: BuildStack, digest: str | None, refused: bool
) -> None:
    image = ReleasedImage(repository=STOREFRONT_REPOSITORY, digest=digest)

    def make(stack: Stack) -> None:
        refuse_unknown_image(stack, image=image, service="storefront")

    template = built(make).to_json()

    assert ("ImageDigestKnown" in template.get("Rules", {})) is refused
    assert ("Pase::ImageDigest" in template.get("Metadata", {})) is refused


@pytest.mark.parametrize("inside", ["", "storefront"])
def test_a_digest_file_is_found_in_the_folder_and_in_a_folder_of_its_own(
    configuration: Configuration, tmp_path: Path, inside: str
) -> None:
    folder = tmp_path / inside
    folder.mkdir(exist_ok=True)
    content = {"repository": STOREFRONT_REPOSITORY, "digest": STOREFRONT_DIGEST}
    (folder / "storefront.json").write_text(json.dumps(content), encoding="utf-8")

    images = released_images(configuration, folder=tmp_path)

    assert images["storefront"].uri == f"{STOREFRONT_REPOSITORY}@{STOREFRONT_DIGEST}"


def test_without_a_digest_file_the_digest_is_unknown_but_a_configured_one_is_not(
    configuration: Configuration, tmp_path: Path
) -> None:
    for folder in (None, tmp_path):
        images = released_images(configuration, folder=folder)

        assert not images["storefront"].known
        assert images["inventory"].known


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a digest file"),
        ("[]", "not a digest file"),
        ('{"digest": "sha256:00"}', "not a digest file"),
        (
            json.dumps({"repository": "elsewhere/shop", "digest": DIGEST}),
            "the image is in 'elsewhere/shop'",
        ),
        (
            json.dumps({"repository": STOREFRONT_REPOSITORY, "digest": "latest"}),
            "\"digest\" is 'latest'",
        ),
        (
            json.dumps({"repository": STOREFRONT_REPOSITORY, "digest": DIGEST + "00"}),
            '"digest" is',
        ),
        (json.dumps({"repository": STOREFRONT_REPOSITORY, "digest": None}), '"digest" is None'),
    ],
)
def test_a_file_that_is_no_digest_file_of_this_service_is_refused(
    configuration: Configuration, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "storefront.json").write_text(content, encoding="utf-8")

    with pytest.raises(ImageFileInvalid) as refused:
        released_images(configuration, folder=tmp_path)

    assert message in str(refused.value)
    assert "storefront.json" in str(refused.value)


def test_a_folder_that_does_not_exist_is_refused(
    configuration: Configuration, tmp_path: Path
) -> None:
    with pytest.raises(ImageFileInvalid, match="there is no such folder"):
        released_images(configuration, folder=tmp_path / "absent")
