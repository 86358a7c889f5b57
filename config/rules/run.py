"""All rules over everything that could be read, each error at the key where it is put right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from config.errors import ConfigError
from config.model.environment import Environment
from config.model.service import Service
from config.parity import check_parity
from config.parsed import PLATFORM_FILE, Parsed, environment_file
from config.rules import (
    accounts,
    checks,
    database,
    image,
    names,
    network,
    organization,
    peaks,
    production,
    release,
    rotation,
    size,
    tags,
)
from config.rules.finding import Finding

_OF_A_SERVICE = (
    size.check_task_size,
    size.check_task_counts,
    size.check_health_check,
    peaks.check_peaks,
    release.check_steps,
    release.check_total,
    release.check_standby,
    release.check_alarms,
    release.check_install,
    release.check_checks_fit,
    names.check_variables,
    names.check_user,
    network.check_allowed_cidrs,
    rotation.check_schedules,
    rotation.check_followed,
    rotation.check_api_keys,
    checks.check_checks,
)


def check(parsed: Parsed) -> Iterator[ConfigError]:
    """The errors that the rules find; a rule whose models could not be read is left out.

    An error of a service's base is found in every environment and is yielded once for each.
    """
    yield from _platform(parsed)
    for name, environment in parsed.environments.items():
        yield from _environment(parsed, name, environment)
    for source in parsed.services.values():
        yield from image.check_built_once(source=source)
    for name, services in parsed.resolved.items():
        for service, content in services.items():
            yield from _placed(parsed, name, service, _service(parsed, name, content))
        for service, finding in database.check_database_names(services=services):
            yield from _placed(parsed, name, service, [finding])
        for service, finding in rotation.check_room(services=services):
            yield from _placed(parsed, name, service, [finding])
        if name in parsed.environments:
            for service, finding in names.check_hosts(
                services=services, environment=parsed.environments[name]
            ):
                yield from _placed(parsed, name, service, [finding])


def _platform(parsed: Parsed) -> Iterator[ConfigError]:
    yield from network.check_networks(environments=parsed.environments)
    yield from network.check_zones(environments=parsed.environments)
    yield from network.check_hosted_zones(environments=parsed.environments)
    if parsed.platform is None:
        return
    platform, environments = parsed.platform, parsed.environments
    yield from accounts.check_road(platform=platform, files=parsed.environment_names)
    yield from accounts.check_accounts(platform=platform, environments=environments)
    yield from accounts.check_regions(platform=platform, environments=environments)
    yield from production.check_tiers(platform=platform, environments=environments)
    yield from _in_file(PLATFORM_FILE, tags.check_tags(tags=platform.tags))
    yield from _in_file(
        PLATFORM_FILE,
        [
            *organization.check_root(platform=platform),
            *organization.check_places(platform=platform, environments=environments),
            *organization.check_units(platform=platform, files=parsed.environment_names),
            *organization.check_people(platform=platform, files=parsed.environment_names),
        ],
    )
    yield from check_parity(parsed=parsed)


def _environment(parsed: Parsed, name: str, environment: Environment) -> Iterator[ConfigError]:
    file = environment_file(name)
    inherited = parsed.platform.tags if parsed.platform else {}
    yield from _in_file(file, tags.check_tags(tags=environment.tags, inherited=inherited))
    yield from _in_file(file, database.check_cluster(environment=environment))
    if environment.tier == "production":
        yield from _in_file(file, production.check_production_environment(environment=environment))


def _service(parsed: Parsed, name: str, service: Service) -> Iterator[Finding]:
    for rule in _OF_A_SERVICE:
        yield from rule(service=service)
    yield from image.check_image(service=service, root=parsed.root)
    environment = parsed.environments.get(name)
    if environment is None:
        return
    yield from production.check_gate(service=service, environment=environment, name=name)
    if environment.tier == "production":
        yield from production.check_production_service(service=service)


def _in_file(file: str, findings: Iterable[Finding]) -> Iterator[ConfigError]:
    for finding in findings:
        yield _error(file, finding.keys[0], finding)


def _placed(
    parsed: Parsed, environment: str, service: str, findings: Iterable[Finding]
) -> Iterator[ConfigError]:
    source = parsed.services[service]
    for finding in findings:
        key = source.written(environment=environment, keys=finding.keys)
        yield _error(source.file, key, finding)


def _error(file: str, key: str, finding: Finding) -> ConfigError:
    return ConfigError(
        file=file,
        key=key,
        message=finding.message,
        given=finding.given,
        allowed=finding.allowed,
        hint=finding.hint,
    )
