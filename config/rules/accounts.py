"""Accounts, Regions and the road: who is who, and where anything may be created."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from config.errors import ConfigError, choices, shown
from config.keys import join
from config.model.environment import Environment
from config.model.platform import Platform
from config.parsed import PLATFORM_FILE, environment_file
from config.suggest import suggestion

CONNECTION_ACCOUNT = 4
"""Where an ARN has its account, counted from 0 between colons."""


def check_road(*, platform: Platform, files: Iterable[str]) -> Iterator[ConfigError]:
    """Each environment of the road has a file, and each file is on the road, once.

    ``files`` are the names that the environments' files give, readable or not.
    """
    names = sorted(files)
    for index, name in enumerate(platform.road):
        if name in platform.road[:index]:
            yield ConfigError(
                file=PLATFORM_FILE,
                key=join("road", index),
                message="This environment is on the road twice.",
                given=shown(name),
                hint="Name each environment once.",
            )
        elif name not in names:
            yield ConfigError(
                file=PLATFORM_FILE,
                key=join("road", index),
                message="This environment has no file.",
                given=shown(name),
                allowed=f"There are files for {', '.join(names) or 'no environment'}.",
                hint=suggestion(name, names) or f"Create {environment_file(name)}.",
            )
    for name in names:
        if name not in platform.road:
            yield ConfigError(
                file=environment_file(name),
                message="This environment is not on the road, so nothing would be deployed to it.",
                given=shown(name),
                allowed=f"road = {shown(platform.road)} in {PLATFORM_FILE}",
                hint="Add it to the road, or delete the file.",
            )


def check_accounts(
    *, platform: Platform, environments: Mapping[str, Environment]
) -> Iterator[ConfigError]:
    """No two environments share an account, and none is the tools account.

    An account is what stops a fault; and the connection is the tools account's own.
    """
    owners = {platform.tools.account: f"the tools account (tools.account in {PLATFORM_FILE})"}
    for name, environment in environments.items():
        owner = owners.setdefault(environment.account, f"the account of {name}")
        if owner != f"the account of {name}":
            yield ConfigError(
                file=environment_file(name),
                key="account",
                message=f"This is {owner} already.",
                given=shown(environment.account),
                allowed="An account of its own for each environment.",
                hint="Write the environment's own account id.",
            )
    account = platform.repository.connection_arn.split(":")[CONNECTION_ACCOUNT]
    if account != platform.tools.account:
        yield ConfigError(
            file=PLATFORM_FILE,
            key="repository.connection_arn",
            message="The connection belongs to another account than the pipeline.",
            given=shown(platform.repository.connection_arn),
            allowed=f"A connection in {shown(platform.tools.account)}, the tools account.",
            hint="Create the connection in the tools account, or correct tools.account.",
        )


def check_regions(
    *, platform: Platform, environments: Mapping[str, Environment]
) -> Iterator[ConfigError]:
    """Every Region is one of ``allowed_regions``; nothing names a Region twice."""
    allowed = platform.allowed_regions
    for index, region in enumerate(allowed):
        if region in allowed[:index]:
            yield _twice(file=PLATFORM_FILE, key=join("allowed_regions", index), region=region)
    if platform.tools.region not in allowed:
        yield _outside(
            file=PLATFORM_FILE, key="tools.region", region=platform.tools.region, allowed=allowed
        )
    for name, environment in environments.items():
        file = environment_file(name)
        regions = [cell.name for cell in environment.regions]
        for index, region in enumerate(regions):
            key = join("regions", index, "name")
            if region in regions[:index]:
                yield _twice(file=file, key=key, region=region)
            elif region not in allowed:
                yield _outside(file=file, key=key, region=region, allowed=allowed)


def _twice(*, file: str, key: str, region: str) -> ConfigError:
    return ConfigError(
        file=file,
        key=key,
        message="This Region is named twice.",
        given=shown(region),
        hint="Name each Region once.",
    )


def _outside(*, file: str, key: str, region: str, allowed: tuple[str, ...]) -> ConfigError:
    return ConfigError(
        file=file,
        key=key,
        message="This Region is not one of the allowed Regions.",
        given=shown(region),
        allowed=choices(allowed),
        hint=suggestion(region, allowed) or f"allowed_regions is in {PLATFORM_FILE}.",
    )
