"""The settings of the service, read once at start.

The environment wins over the file named by CONFIG_FILE, which wins over the SSM parameter named
by CONFIG_PARAMETER, which wins over the defaults. File and parameter hold the same TOML: one key
per setting, in lower case (`port = 8080`). README.md lists all settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storefront import documents, secrets
from storefront.logs import LEVELS
from storefront.reader import Reader

COLOURS = ("blue", "green")
LOCAL = "local"
DEFAULT_CA_BUNDLE = Path("/etc/ssl/rds/global-bundle.pem")
_NAME = r"[A-Za-z][A-Za-z0-9-]{0,62}"
_NAME_ALLOWED = "1 to 63 letters, digits or hyphens, the first one a letter"
_ROLE = r"[a-z_][a-z0-9_]{0,62}"
_SECRET_NAMES = ("DATABASE_SECRET_ID", "DATABASE_SECRET", "DATABASE_SECRET_FILE")


class ConfigurationError(Exception):
    """The settings are refused; `problems` holds one sentence for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class DatabaseSettings:
    """How the database is reached; all times are seconds.

    `ca_bundle` is None when TLS is disabled, which only ENVIRONMENT=local allows.
    """

    ca_bundle: Path | None
    role: str | None
    pool_min: int
    pool_max: int
    pool_max_lifetime: float
    connect_timeout: int
    acquire_timeout: float
    statement_timeout: float
    ready_timeout: float


@dataclass(frozen=True)
class Settings:
    """All settings; all times are seconds. `names` lists every setting that exists."""

    service: str
    environment: str
    version: str
    colour: str | None
    host: str
    port: int
    log_level: str
    drain: int
    keep_alive: int
    aws_region: str | None
    task_metadata_uri: str | None
    secret_source: secrets.Source
    secret_minimum_interval: float
    database: DatabaseSettings
    names: tuple[str, ...] = field(repr=False)


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings. Raises ConfigurationError with all problems found."""
    reader = Reader(environ)
    reader.from_environment_only("CONFIG_FILE", "CONFIG_PARAMETER", "DATABASE_SECRET")
    config_file = reader.path("CONFIG_FILE")
    if config_file is not None:
        reader.add(documents.from_file(reader, config_file))
    region = reader.optional_text(
        "AWS_REGION", pattern=r"[a-z]{2}(-[a-z]+)+-[0-9]", allowed="an AWS region (eu-west-1)"
    )
    parameter = reader.optional_text(
        "CONFIG_PARAMETER",
        pattern=r"[A-Za-z0-9_./:-]{1,2048}",
        allowed="the name or ARN of an SSM parameter of type String that holds TOML",
    )
    if parameter is not None and region is None:
        reader.problem("AWS_REGION", "nothing, beside CONFIG_PARAMETER", "an AWS region")
    elif parameter is not None and region is not None:
        reader.add(documents.from_parameter(reader, parameter, region))

    environment = reader.text("ENVIRONMENT", pattern=_NAME, allowed=_NAME_ALLOWED)
    settings = Settings(
        service=reader.text("SERVICE", pattern=_NAME, allowed=_NAME_ALLOWED, default="storefront"),
        environment=environment,
        version=reader.text(
            "VERSION",
            pattern=r"[A-Za-z0-9@:._/+-]{1,256}",
            allowed="1 to 256 letters, digits or any of @:._/+-",
            default="unversioned",
        ),
        colour=reader.optional_choice("COLOUR", allowed=COLOURS),
        host=reader.text(
            "HOST", pattern=r"[0-9A-Fa-f.:]{2,45}", allowed="an IP address", default="0.0.0.0"
        ),
        port=reader.integer("PORT", default=8080, low=1, high=65535),
        log_level=reader.choice("LOG_LEVEL", allowed=LEVELS, default="info"),
        drain=reader.integer("DRAIN_SECONDS", default=25, low=1, high=110),
        keep_alive=reader.integer("KEEP_ALIVE_SECONDS", default=75, low=1, high=4000),
        aws_region=region,
        task_metadata_uri=environ.get("ECS_CONTAINER_METADATA_URI_V4"),
        secret_source=_secret_source(reader, region),
        secret_minimum_interval=reader.seconds(
            "SECRET_MINIMUM_INTERVAL_SECONDS", default=2, low=0.1, high=300
        ),
        database=_database(reader, environment),
        names=tuple(reader.names),
    )
    reader.refuse_unknown_keys()
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return settings


def _database(reader: Reader, environment: str) -> DatabaseSettings:
    tls = reader.choice("DATABASE_TLS", allowed=("verify-full", "disable"), default="verify-full")
    ca_bundle = reader.path("DATABASE_CA_BUNDLE")
    if tls == "disable" and environment not in (LOCAL, ""):
        reader.problem(
            "DATABASE_TLS",
            f"'disable' with ENVIRONMENT '{environment}'",
            f"'verify-full'; 'disable' only with ENVIRONMENT '{LOCAL}'",
        )
    if tls == "verify-full" and ca_bundle is None:
        ca_bundle = DEFAULT_CA_BUNDLE
        refused = reader.refused("DATABASE_TLS") or reader.refused("DATABASE_CA_BUNDLE")
        if not refused and not ca_bundle.is_file():
            reader.problem(
                "DATABASE_CA_BUNDLE",
                f"nothing, and the default {DEFAULT_CA_BUNDLE} does not exist",
                "the absolute path of a file of CA certificates in PEM",
            )
    pool_min = reader.integer("DATABASE_POOL_MIN", default=1, low=0, high=100)
    pool_max = reader.integer("DATABASE_POOL_MAX", default=10, low=1, high=100)
    if pool_min > pool_max:
        reader.problem("DATABASE_POOL_MIN", str(pool_min), f"at most DATABASE_POOL_MAX, {pool_max}")
    return DatabaseSettings(
        ca_bundle=None if tls == "disable" else ca_bundle,
        role=reader.optional_text(
            "DATABASE_ROLE",
            pattern=_ROLE,
            allowed="a role name: 1 to 63 lower-case letters, digits or underscores",
        ),
        pool_min=pool_min,
        pool_max=pool_max,
        pool_max_lifetime=reader.seconds(
            "DATABASE_POOL_MAX_LIFETIME_SECONDS", default=1800, low=1, high=86400
        ),
        connect_timeout=reader.integer("DATABASE_CONNECT_SECONDS", default=3, low=1, high=30),
        acquire_timeout=reader.seconds("DATABASE_ACQUIRE_SECONDS", default=10, low=0.1, high=60),
        statement_timeout=reader.seconds(
            "DATABASE_STATEMENT_SECONDS", default=10, low=0.1, high=60
        ),
        ready_timeout=reader.seconds("READY_SECONDS", default=2, low=0.1, high=30),
    )


def _secret_source(reader: Reader, region: str | None) -> secrets.Source:
    secret_id = reader.optional_text(
        "DATABASE_SECRET_ID",
        pattern=r"[A-Za-z0-9/_+=.@:!-]{1,2048}",
        allowed="the name or ARN of a Secrets Manager secret",
    )
    text = reader.secret("DATABASE_SECRET", secrets.parse, secrets.SHAPE)
    path = reader.path("DATABASE_SECRET_FILE")
    values = (secret_id, text, path)
    given = [name for name, value in zip(_SECRET_NAMES, values, strict=True) if value is not None]
    if len(given) != 1 and not any(map(reader.refused, _SECRET_NAMES)):
        reader.problem(
            ", ".join(_SECRET_NAMES), " and ".join(given) or "none of them", "exactly one of them"
        )
    if secret_id is not None and region is None:
        reader.problem("AWS_REGION", "nothing, beside DATABASE_SECRET_ID", "an AWS region")
    if path is not None:
        return secrets.FileSource(path)
    if text is not None:
        return secrets.EnvironmentSource(text)
    return secrets.SecretsManagerSource(secret_id or "", region or "")
