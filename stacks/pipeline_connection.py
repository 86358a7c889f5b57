"""The right to use the connection to the source host, under its present name.

CodeStar Connections became CodeConnections: a connection made since has an ARN of
``codeconnections``, and the action that guards it has that prefix too
(https://docs.aws.amazon.com/dtconsole/latest/userguide/security_iam_id-based-policy-examples-connections.html).
The CDK grants the action under the old prefix only; both are needed where either may be asked.
"""

from __future__ import annotations

from typing import cast

from aws_cdk import aws_iam as iam
from aws_cdk import pipelines


def use_connection(connection_arn: str) -> iam.PolicyStatement:
    """What clones the repository needs: to use this connection."""
    return iam.PolicyStatement(
        actions=["codeconnections:UseConnection"], resources=[connection_arn]
    )


def source_role(pipeline: pipelines.CodePipeline) -> iam.Role:
    """The role of the source action, which the CDK makes when the pipeline is built."""
    source = pipeline.pipeline.node.find_child("Source").node.children[0]
    return cast(iam.Role, source.node.find_child("CodePipelineActionRole"))
