"""``make lock``: compile every requirements*.in into its lock file, hashed, for all platforms.

Uses uv in an environment of its own (``.venv-lock``). No address of a package index gets into a
lock file, so that each machine uses the one it is set up for.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
OLDEST_PYTHON = "3.11"
LOCKS = (
    "requirements",
    "requirements-ops",
    "services/storefront/requirements",
    "requirements-drivers",
    "requirements-rehearse",
    "requirements-dev",
)


def main() -> int:
    """Exit status 1 when a file cannot be compiled; the files before it are then already new."""
    environment = ROOT / ".venv-lock"
    uv = environment / "bin" / "uv"
    if not uv.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        subprocess.run([str(environment / "bin" / "pip"), "install", "-q", UV], check=True)
    for name in LOCKS:
        command = [
            *(str(uv), "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
            *("--python-version", OLDEST_PYTHON, "--no-emit-index-url", "--no-emit-find-links"),
            *("--custom-compile-command", "make lock", f"{name}.in", "-o", f"{name}.txt"),
            *sys.argv[1:],
        ]
        print(f"{name}.txt", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
