"""The database servers of Debian or Ubuntu that tests need: found, or installed where that may be.

``python tools/servers.py`` says what is used, and installs what is missing as root or where sudo
asks for no password; `.ci/packages` has the commands. What cannot be installed is said, and the
tests that need it are left out and named. With ``PASE_ALL_TESTS=1``, as in CI, that is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

INSTALL = Path(__file__).resolve().parent.parent / ".ci" / "packages"
_ROOT = Path("/")


@dataclass(frozen=True)
class Server:
    """A server that is installed: its version, and the folder of its program."""

    version: str
    folder: Path


@dataclass(frozen=True)
class Kind:
    """A kind of server; ``packages`` is what to install for it."""

    name: str
    packages: str
    find: Callable[[Path], Server | None]

    @property
    def missing(self) -> str:
        """Why a test is left out, and what to do."""
        return f"needs {self.name}; install {self.packages} (as root: .ci/packages servers)"


def find_postgresql(root: Path = _ROOT) -> Server | None:
    """The newest one of Debian's, if it was built with OpenSSL."""
    folders = sorted(
        root.glob("usr/lib/postgresql/*/bin"), key=lambda one: _number(one.parent.name)
    )
    for folder in reversed(folders):
        version = _says(folder / "postgres", "--version")
        if version and "openssl" in _says(folder / "pg_config", "--configure"):
            return Server(version=_number_in(version), folder=folder)
    return None


def find_mariadb(root: Path = _ROOT) -> Server | None:
    """MariaDB, with the program that makes its data folder."""
    program = root / "usr/sbin/mariadbd"
    version = _says(program, "--version")
    if not version or not (root / "usr/bin/mariadb-install-db").exists():
        return None
    return Server(version=_number_in(version), folder=program.parent)


POSTGRESQL = Kind("PostgreSQL with OpenSSL", "postgresql", find_postgresql)
MARIADB = Kind("MariaDB", "mariadb-server-core and mariadb-client-core", find_mariadb)
KINDS = (POSTGRESQL, MARIADB)


def all_needed() -> bool:
    """Whether no test may be left out."""
    return os.environ.get("PASE_ALL_TESTS") == "1"


def main() -> int:
    """Exit status 1 when a server is missing and none may be."""
    if any(kind.find(_ROOT) is None for kind in KINDS):
        _install()
    found = {kind: kind.find(_ROOT) for kind in KINDS}
    used = [f"{kind.name} {it.version} ({it.folder})" for kind, it in found.items() if it]
    print(f"servers: {', '.join(used) or 'none'}", flush=True)
    missing = [kind for kind, it in found.items() if it is None]
    for kind in missing:
        print(f"servers: the tests that are left out, and named below: {kind.missing}", flush=True)
    return 1 if missing and all_needed() else 0


def _install() -> None:
    command = installer()
    if not command:
        return
    print(f"servers: installing with {' '.join(command)} ...", flush=True)
    subprocess.run(command, check=False)


def installer() -> list[str]:
    """The command that installs the servers without asking; none where that cannot be."""
    if not shutil.which("apt-get"):
        return []
    command = [str(INSTALL), "servers"]
    if os.geteuid() == 0:
        return command
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode:
        sudo = None
    return [sudo, "-n", *command] if sudo else []


def _says(program: Path, *arguments: str) -> str:
    """What the program prints; nothing when it is not there or does not work."""
    try:
        done = subprocess.run(
            [str(program), *arguments], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _number_in(text: str) -> str:
    found = re.search(r"\d+(\.\d+)+", text)
    return found.group() if found else text.strip()


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


if __name__ == "__main__":
    sys.exit(main())
