"""ECR: where an image is, which digest a tag has, and the credentials for docker."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from .aws_errors import AwsError, explain

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

_CONFIG = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard"})
_REPOSITORY = re.compile(
    r"(?P<host>(?P<account>[0-9]{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+)"
    r"/(?P<name>[a-z0-9]+(?:[._/-][a-z0-9]+)*)"
)


class RegistryError(Exception):
    """ECR refused or did not answer; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """An ECR repository. `uri` is `registry_host`/`name`."""

    registry_host: str
    account: str
    region: str
    name: str

    @property
    def uri(self) -> str:
        """The repository as image references and task definitions write it."""
        return f"{self.registry_host}/{self.name}"

    @classmethod
    def parse(cls, uri: str) -> Repository:
        """Return the repository that `uri` names, or raise `ValueError` with what is expected."""
        match = _REPOSITORY.fullmatch(uri)
        if match is None:
            raise ValueError(
                f"{uri!r} is not an ECR repository; expected "
                "<account>.dkr.ecr.<region>.amazonaws.com/<name>, without a tag"
            )
        return cls(
            registry_host=match["host"],
            account=match["account"],
            region=match["region"],
            name=match["name"],
        )


class Registry:
    """The ECR API of a repository's region.

    Needs ecr:DescribeImages on the repository; to push, ecr:GetAuthorizationToken too and the
    push actions that docker uses with it
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html).
    """

    def __init__(self, *, region: str) -> None:
        self._client: ECRClient = boto3.Session().client("ecr", region_name=region, config=_CONFIG)

    def digest_of(self, repository: Repository, tag: str) -> str | None:
        """Return the digest that `tag` has, None when there is no such tag."""
        try:
            answer = self._client.describe_images(
                registryId=repository.account,
                repositoryName=repository.name,
                imageIds=[{"imageTag": tag}],
            )
        except self._client.exceptions.ImageNotFoundException:
            return None
        except self._client.exceptions.RepositoryNotFoundException as error:
            raise RegistryError(
                f"there is no ECR repository {repository.name} in account {repository.account}, "
                f"{repository.region}; deploy the tools account's stack that creates it first"
            ) from error
        except AwsError as error:
            doing = f"looking for {repository.uri}:{tag}"
            raise RegistryError(
                explain(error, doing=doing, action="ecr:DescribeImages", on=repository.uri)
            ) from error
        digests = {detail["imageDigest"] for detail in answer["imageDetails"]}
        if len(digests) > 1:
            raise RegistryError(f"ECR has {len(digests)} images for {repository.uri}:{tag}")
        return digests.pop() if digests else None

    def credentials(self) -> tuple[str, str]:
        """Return the user and the password for docker, valid for 12 hours.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
        """
        try:
            answer = self._client.get_authorization_token()
        except AwsError as error:
            action = "ecr:GetAuthorizationToken"
            raise RegistryError(
                explain(error, doing="signing in to ECR", action=action, on="*")
            ) from error
        token = base64.b64decode(answer["authorizationData"][0]["authorizationToken"]).decode()
        user, _, password = token.partition(":")
        return user, password
