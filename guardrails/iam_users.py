"""People come through roles: there are no IAM users and no keys that outlive a day's work.

https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
"""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.facts import Facts
from guardrails.guardrail import Guardrail
from guardrails.statement import Deny


def _statements(_: Facts) -> Sequence[Deny]:
    return [
        Deny(
            sid="IamUsers",
            actions=[
                "iam:CreateAccessKey",
                "iam:CreateLoginProfile",
                "iam:CreateServiceSpecificCredential",
                "iam:CreateUser",
                "iam:EnableMFADevice",
                "iam:UpdateAccessKey",
                "iam:UpdateLoginProfile",
                "iam:UploadSSHPublicKey",
                "iam:UploadSigningCertificate",
            ],
        )
    ]


GUARDRAIL = Guardrail(
    name="iam-users",
    sentence="Nobody makes an IAM user, a password or an access key.",
    statements=_statements,
)
