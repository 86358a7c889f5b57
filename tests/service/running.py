"""The service as a process, and how the tests talk to it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.service.postgres import Access, free_port

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ROOT / "services" / "storefront"
REGION = "eu-west-1"


def base_environment() -> dict[str, str]:
    """What every run needs, with no credentials but made-up ones."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(SERVICE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def local_settings(access: Access) -> dict[str, str]:
    """Settings for a service on `access`, its secret in the environment, without TLS."""
    return {
        "ENVIRONMENT": "local",
        "DATABASE_TLS": "disable",
        "DATABASE_SECRET": json.dumps(access.secret()),
        "COLOUR": "blue",
        "VERSION": "1.2.3",
    }


def wait_until(holds: Callable[[], bool], *, what: str, seconds: float = 10) -> None:
    """Poll until `holds`; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.03)


class Service:
    """One running service. On exit it must have logged JSON only, and no password."""

    def __init__(self, settings: Mapping[str, str], folder: Path) -> None:
        self.port = free_port()
        self._output = folder / f"service-{self.port}.log"
        self.passwords = (
            {json.loads(settings["DATABASE_SECRET"])["password"]}
            if "DATABASE_SECRET" in settings
            else set()
        )
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "storefront"],
                env={**base_environment(), "HOST": "127.0.0.1", "PORT": str(self.port), **settings},
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", trust_env=False, verify=False, timeout=20
        )

    def wait_listening(self, seconds: float = 10) -> Self:
        """Wait until `/health` answers."""

        def alive() -> bool:
            assert self.process.poll() is None, self.text()
            try:
                return self.client.get("/health").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(alive, what=f"listening\n{self.text()}", seconds=seconds)
        return self

    def wait_ready(self, seconds: float = 10) -> Self:
        """Wait until `/ready` answers 200."""
        self.wait_listening()
        wait_until(
            lambda: self.client.get("/ready").status_code == 200, what="ready", seconds=seconds
        )
        return self

    def text(self) -> str:
        """All output so far."""
        return self._output.read_text()

    def lines(self, message: str | None = None) -> list[dict[str, Any]]:
        """The log lines so far, or those with this message."""
        parsed = [json.loads(line) for line in self.text().splitlines()]
        return [line for line in parsed if message in (None, line["message"])]

    def terminate(self) -> None:
        """Send SIGTERM and do not wait."""
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> int:
        """Stop with SIGTERM (SIGKILL after 10 s) and return the exit status."""
        self.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        status = self.stop()
        if error is None:
            assert status == 0, self.text()
            self.lines()
            for password in self.passwords:
                assert password not in self.text()


def run_to_end(settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the service until it ends by itself; settings only, nothing inherited."""
    return subprocess.run(
        [sys.executable, "-m", "storefront"],
        env={**base_environment(), **settings},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
