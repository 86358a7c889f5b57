"""What is publicly accessible, and what of it can be made private. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A DB instance. `cluster`: the identifier of the cluster it is in, empty for none.

    `status` is RDS's word:
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
    """

    identifier: str
    arn: str
    status: str
    cluster: str
    public: bool


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A DB cluster. Only of Multi-AZ DB clusters RDS says that they are public; of Aurora's the
    instances are (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html).
    """

    identifier: str
    arn: str
    public: bool


class Answer(Enum):
    """What RDS answers to a database being made private."""

    ACCEPTED = auto()
    """It will be, or is already."""
    NOT_NOW = auto()
    """Its state, or its cluster's, allows no modification."""
    GONE = auto()
    """There is no such database any more."""


def to_be_reverted(instances: Sequence[Instance], clusters: Sequence[Cluster]) -> list[Instance]:
    """Return the public instances, but for those of public clusters.

    "You can't modify the DB instances within a Multi-AZ DB cluster":
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/modify-multi-az-db-cluster.html
    """
    multi_az = {one.identifier for one in clusters if one.public}
    return [one for one in instances if one.public and one.cluster not in multi_az]


def why_not(cluster: Cluster) -> str:
    """Why a public cluster stays public, and what a person has to do about it.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html has no
    PubliclyAccessible.
    """
    return (
        f"the Multi-AZ DB cluster {cluster.identifier} is publicly accessible, and RDS changes "
        "that of no existing cluster. Take the Internet out of its security groups now; then "
        "restore its snapshot as a cluster that is not (aws rds restore-db-cluster-from-snapshot "
        "--no-publicly-accessible), and delete this one"
    )
