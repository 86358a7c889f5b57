"""Resources are made in the allowed Regions only.

Services with one endpoint for the whole world are asked in us-east-1 (or us-west-2), so they are
left out: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-requested-region.html
and https://docs.aws.amazon.com/controltower/latest/controlreference/primary-region-deny-policy.html.
CloudFront takes certificates and firewalls from us-east-1 only, so these may be made there too.

No role is left out, the bootstrap's not either: whoever may pass the role with which CloudFormation
deploys could make anything anywhere with it. A further Region is first allowed, then bootstrapped.
A request without a Region is denied: a condition with Not holds where its key is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny

GLOBAL = (
    "account:*",
    "aws-portal:*",
    "billing:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "consolidatedbilling:*",
    "cur:*",
    "ec2:DescribeRegions",
    "freetier:*",
    "globalaccelerator:*",
    "health:*",
    "iam:*",
    "invoicing:*",
    "networkmanager:*",
    "organizations:*",
    "payments:*",
    "pricing:*",
    "route53:*",
    "route53domains:*",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListAllMyBuckets",
    "savingsplans:*",
    "shield:*",
    "sts:*",
    "support:*",
    "supportplans:*",
    "tax:*",
    "trustedadvisor:*",
    "waf:*",
)
FOR_CLOUDFRONT = ("acm:*", "wafv2:*")


def _statements(facts: Facts) -> Sequence[Deny]:
    return [
        Deny(
            sid="AllowedRegions",
            all_but=[*GLOBAL, *FOR_CLOUDFRONT],
            conditions={"StringNotEquals": {"aws:RequestedRegion": facts.allowed_regions}},
        ),
        Deny(
            sid="AllowedRegionsForCloudFront",
            actions=FOR_CLOUDFRONT,
            conditions={
                "StringNotEquals": {"aws:RequestedRegion": [*facts.allowed_regions, "us-east-1"]}
            },
        ),
    ]


GUARDRAIL = Guardrail(
    name="regions",
    sentence="Resources are made in the allowed Regions only, but for services that have none.",
    statements=_statements,
)
