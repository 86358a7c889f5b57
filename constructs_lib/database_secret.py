"""A service's own login to its own database, as a secret."""

from __future__ import annotations

import json

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.acknowledge import acknowledge


def database_secret(
    scope: Construct,
    id: str,
    *,
    name: str,
    service: str,
    database: str,
    host: str,
    port: int,
    encryption_key: kms.IKey,
    removal_policy: RemovalPolicy,
) -> secretsmanager.Secret:
    """A secret with engine, host, port, dbname, username and a generated password.

    The keys are those of the rotation functions' format
    (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html).
    The username is the service's name with underscores.
    """
    secret = secretsmanager.Secret(
        scope,
        id,
        secret_name=name,
        description=f"The login of {service} to its database {database}",
        encryption_key=encryption_key,
        generate_secret_string=secretsmanager.SecretStringGenerator(
            secret_string_template=json.dumps(
                {
                    "engine": "postgres",
                    "host": host,
                    "port": port,
                    "dbname": database,
                    "username": service.replace("-", "_"),
                }
            ),
            generate_string_key="password",
            password_length=48,
            exclude_punctuation=True,
        ),
        removal_policy=removal_policy,
    )
    acknowledge(
        secret,
        "AwsSolutions-SMG4",
        "The login reaches one database, from the VPC only, and the service's roles alone may "
        "read it; rotation attaches to this secret with the rotation functions.",
    )
    return secret
