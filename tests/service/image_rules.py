"""Rules for the image and the Compose files, beyond hadolint and the Compose schema."""

import json
import re
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stage:
    """One stage of a Dockerfile: its name and its instructions, continuation lines joined."""

    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def arguments(self, instruction: str) -> list[str]:
        """The arguments of each such instruction."""
        return [rest for word, rest in self.instructions if word == instruction]


def stages(dockerfile: str) -> dict[str, Stage]:
    """The stages by name, in the order of the file."""
    lines = [line for line in dockerfile.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found: dict[str, Stage] = {}
    current = Stage("")
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            current = Stage(rest.rpartition(" AS ")[2])
            found[current.name] = current
        current.instructions.append((word, " ".join(rest.split())))
    return found


def dockerfile_faults(dockerfile: str) -> list[str]:
    """What the Dockerfile breaks; empty when it is good."""
    found = stages(dockerfile)
    faults = []
    if list(found) != ["builder", "development", "production"]:
        faults.append("the stages are builder, development, production, in this order")
    for stage in found.values():
        base = stage.arguments("FROM")[0].split()[0]
        if not re.fullmatch(r"python:3\.\d+-slim(@sha256:[0-9a-f]{64})?", base):
            faults.append(f"{stage.name}: the base is python:3.x-slim, not {base}")
        if stage.name == "builder":
            continue
        users = stage.arguments("USER")
        if not users or not re.fullmatch(r"[1-9][0-9]*(:[1-9][0-9]*)?", users[-1]):
            faults.append(f"{stage.name}: the last USER is a number and not root")
        checks = stage.arguments("HEALTHCHECK")
        if len(checks) != 1 or not _is_exec_form(checks[0].partition("CMD ")[2]):
            faults.append(f"{stage.name}: one HEALTHCHECK in exec form")
        if not all(map(_is_exec_form, stage.arguments("CMD"))) or not stage.arguments("CMD"):
            faults.append(f"{stage.name}: CMD in exec form")
    if "production" in found:
        runs = " ; ".join(found["production"].arguments("RUN"))
        if re.search(r"\b(apt-get|apk|gcc|build-essential|make|curl|pip install)\b", runs):
            faults.append("production: nothing is installed or built in this stage")
        if "pip uninstall" not in runs or "ensurepip" not in runs:
            faults.append("production: pip and ensurepip are removed")
    return faults


def _is_exec_form(text: str) -> bool:
    try:
        words = json.loads(text)
    except ValueError:
        return False
    return isinstance(words, list) and bool(words) and all(isinstance(word, str) for word in words)


def compose_faults(document: dict[str, Any]) -> list[str]:
    """What any Compose file breaks."""
    faults = []
    for name, service in document["services"].items():
        if "healthcheck" not in service:
            faults.append(f"{name}: has a healthcheck")
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable and not variable.endswith("_FILE"):
                faults.append(f"{name}: {variable} is a mounted secret, not a variable")
            if "password" in str(value).lower() and not str(value).startswith("/run/secrets/"):
                faults.append(f"{name}: no password in {variable}")
        for waited in service.get("depends_on", {}).values():
            if waited.get("condition") != "service_healthy":
                faults.append(f"{name}: waits until what it depends on is healthy")
        for port in service.get("ports", []):
            if not str(port).startswith("127.0.0.1:"):
                faults.append(f"{name}: publishes on loopback only")
    return faults


def production_compose_faults(document: dict[str, Any]) -> list[str]:
    """What a production-like Compose file breaks."""
    faults = compose_faults(document)
    for name, service in document["services"].items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        rules = {
            "read_only": service.get("read_only") is True,
            "cap_drop ALL": service.get("cap_drop") == ["ALL"],
            "no-new-privileges": "no-new-privileges:true" in service.get("security_opt", []),
            "tmpfs /tmp": any(str(mount).startswith("/tmp") for mount in service.get("tmpfs", [])),
            "limits of cpus, memory and pids": {"cpus", "memory", "pids"} <= limits.keys(),
            "a restart policy": service.get("restart") in ("unless-stopped", "on-failure"),
            "secrets": bool(service.get("secrets")),
            "no privileged": not service.get("privileged"),
        }
        faults.extend(f"{name}: {rule}" for rule, kept in rules.items() if not kept)
    if document["services"]["storefront"].get("build", {}).get("target") != "production":
        faults.append("storefront: builds the production stage")
    return faults
