"""The organization: every account in its place, and people who can enter only where they should."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from config.errors import choices, shown
from config.model.access import People
from config.model.environment import Environment
from config.model.platform import Platform
from config.rules.finding import Finding

_KINDS = ("developer", "qa", "operator", "break_glass")


def check_root(*, platform: Platform) -> Iterator[Finding]:
    """An organization that exists is named by its root; one that is made has none yet."""
    organization = platform.organization
    if organization.create and organization.root is not None:
        yield Finding(
            keys=("organization.root",),
            message="An organization that is made has no root yet.",
            given=shown(organization.root),
            allowed="No root with create = true.",
            hint="Leave root out, or set create = false for an organization that exists.",
        )
    if not organization.create and organization.root is None:
        yield Finding(
            keys=("organization.root",),
            message="The root of the organization is missing; its new units are made under it.",
            allowed='Its id, such as "r-ab12".',
            hint="aws organizations list-roots, in the management account. Or create = true.",
        )


def check_places(
    *, platform: Platform, environments: Mapping[str, Environment]
) -> Iterator[Finding]:
    """The management account and the log account are nobody else's."""
    organization = platform.organization
    used = {"the tools account": platform.tools.account} | {
        f"the account of {name}": one.account for name, one in environments.items()
    }
    for who, account in used.items():
        if account == organization.management_account:
            yield Finding(
                keys=("organization.management_account",),
                message=f"The management account is {who} too, and no guardrail binds it.",
                given=shown(organization.management_account),
                allowed="An account in which nothing runs.",
            )
        if account == organization.log_account and who != "the tools account":
            yield Finding(
                keys=("organization.log_account",),
                message=f"The log account is {who} too; its people would be near its logs.",
                given=shown(organization.log_account),
                allowed="An account of its own, or the tools account.",
            )
    if organization.log_account == organization.management_account:
        yield Finding(
            keys=("organization.log_account",),
            message="The log account is the management account, whose objects no guardrail binds.",
            given=shown(organization.log_account),
            allowed="An account of its own, or the tools account.",
        )


def check_units(*, platform: Platform, files: Collection[str]) -> Iterator[Finding]:
    """Every environment of the road is in one unit, the production environment in Prod's.

    ``files``: the environments that have one; what is wrong with road and files is told elsewhere.
    """
    organization = platform.organization
    units = {"dev": organization.dev_unit, "prod": organization.prod_unit}
    for name, unit in units.items():
        for index, environment in enumerate(unit.environments):
            key = f"organization.{name}_unit.environments.{index}"
            if environment not in {*files, *platform.road}:
                yield Finding(
                    keys=(key,),
                    message="There is no such environment.",
                    given=shown(environment),
                    allowed=choices(sorted(files)),
                )
            elif name == "prod" and environment in organization.dev_unit.environments:
                yield Finding(
                    keys=(key,),
                    message="This environment is in both units; an account is in one.",
                    given=shown(environment),
                    allowed="Each environment in one unit.",
                )
    missing = [
        one
        for one in platform.road
        if one in files and not any(one in unit.environments for unit in units.values())
    ]
    if missing:
        yield Finding(
            keys=("organization.prod_unit.environments",),
            message=f"{', '.join(missing)} is in no unit, so no guardrail would bind it.",
            given=shown(organization.prod_unit.environments),
            allowed="Each environment of the road in dev_unit or prod_unit.",
        )
    if platform.parity.of in organization.dev_unit.environments:
        yield Finding(
            keys=("organization.dev_unit.environments",),
            message=f"{platform.parity.of} is production and belongs to prod_unit.",
            given=shown(organization.dev_unit.environments),
            allowed="Environments that are not production.",
        )


def check_people(*, platform: Platform, files: Collection[str]) -> Iterator[Finding]:
    """Everybody comes from somewhere, into environments that exist; into Prod with an approval."""
    access = platform.access
    if access.sign_in == "identity_center" and access.instance_arn is None:
        yield Finding(
            keys=("access.instance_arn",),
            message="People sign in through IAM Identity Center, and its instance is missing.",
            allowed='Its ARN, such as "arn:aws:sso:::instance/ssoins-1111111111111111".',
            hint="aws sso-admin list-instances, in the account of Identity Center.",
        )
    for kind in _KINDS:
        people: People = getattr(access, kind)
        if access.sign_in != "users" and people.session_hours > 1:
            yield Finding(
                keys=(f"access.{kind}.session_hours",),
                message="AWS ends a session that was entered from another role after an hour.",
                given=shown(people.session_hours),
                allowed=f"1 with sign_in = {shown(access.sign_in)}.",
            )
        yield from _origin(platform, kind, people)
        for index, environment in enumerate(people.environments):
            if environment not in {*files, *platform.road}:
                yield Finding(
                    keys=(f"access.{kind}.environments.{index}",),
                    message="There is no such environment.",
                    given=shown(environment),
                    allowed=choices(sorted(files)),
                )
    production = platform.parity.of
    for kind in ("developer", "qa"):
        if production in getattr(access, kind).environments:
            yield Finding(
                keys=(f"access.{kind}.environments",),
                message=f"{production} is production: Operator and break-glass enter it, "
                "with an approval.",
                given=shown(getattr(access, kind).environments),
                allowed="Environments that are not production.",
            )
    for kind in ("operator", "break_glass"):
        people = getattr(access, kind)
        if production in people.environments and people.approval is None:
            yield Finding(
                keys=(f"access.{kind}.approval",),
                message=f"{production} is entered with the reference of an approval.",
                allowed='What it must be like, such as "CHG-*".',
            )


def _origin(platform: Platform, kind: str, people: People) -> Iterator[Finding]:
    sign_in = platform.access.sign_in
    key = "groups" if sign_in == "identity_center" else sign_in
    if not getattr(people, key):
        yield Finding(
            keys=(f"access.{kind}.{key}",),
            message="Nobody could ever enter this role.",
            given=shown(getattr(people, key)),
            allowed=f"With sign_in = {shown(sign_in)}: at least one of {key}.",
        )
    for other in {"users", "roles", "groups"} - {key}:
        if getattr(people, other):
            yield Finding(
                keys=(f"access.{kind}.{other}",),
                message="This has no effect with the given sign_in.",
                given=shown(getattr(people, other)),
                allowed=f"With sign_in = {shown(sign_in)}: {key}.",
            )
