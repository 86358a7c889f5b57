"""What the four routes answer, and what each request leaves in the log."""

import os
import re
import subprocess
import sys

from tests.service.conftest import StartService
from tests.service.postgres import Access, Postgres, free_port
from tests.service.running import Service, base_environment, local_settings, wait_until


def test_the_front_page_counts_visits_in_the_database(shared: Service) -> None:
    first = shared.client.get("/").json()
    second = shared.client.get("/").json()
    assert second["visits"]["here"] == first["visits"]["here"] + 1
    assert second["visits"]["total"] == first["visits"]["total"] + 1


def test_a_browser_gets_the_front_page_as_html(shared: Service) -> None:
    answer = shared.client.get("/", headers={"accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "version <code>1.2.3</code>, colour blue" in answer.text


def test_version_names_service_version_environment_and_colour(shared: Service) -> None:
    assert shared.client.get("/version").json() == {
        "service": "storefront",
        "version": "1.2.3",
        "environment": "local",
        "colour": "blue",
    }


def test_visits_of_all_versions_add_up(access: Access, start: StartService) -> None:
    blue = start(local_settings(access)).wait_ready()
    green = start({**local_settings(access), "COLOUR": "green", "VERSION": "1.2.4"}).wait_ready()
    blue.client.get("/")
    assert green.client.get("/").json()["visits"] == {"here": 1, "total": 2}


def test_a_login_without_the_right_to_create_can_use_a_table_that_exists(
    postgres: Postgres, access: Access, start: StartService
) -> None:
    start(local_settings(access)).wait_ready().client.get("/")
    user = f"{access.dbname}_user"
    postgres.execute("CREATE ROLE {} LOGIN", user)
    postgres.set_password(user, access.password)
    postgres.execute(
        "GRANT SELECT, INSERT, UPDATE ON storefront_visits TO {}", user, dbname=access.dbname
    )
    limited = Access(access.port, access.dbname, access.owner, user, access.password)
    answer = start(local_settings(limited)).wait_ready().client.get("/")
    assert answer.json()["visits"]["here"] == 2


def test_health_and_version_answer_and_ready_says_why_without_a_database(
    access: Access, start: StartService
) -> None:
    gone = Access(free_port(), access.dbname, access.owner, access.username, access.password)
    settings = {**local_settings(gone), "READY_SECONDS": "0.3", "DATABASE_ACQUIRE_SECONDS": "0.3"}
    service = start(settings).wait_listening()
    assert service.client.get("/health").json() == {"status": "alive"}
    assert service.client.get("/version").status_code == 200
    for path in ("/ready", "/"):
        answer = service.client.get(path)
        assert answer.status_code == 503
        assert answer.json() == {
            "status": "unavailable",
            "reason": "the database cannot be reached",
        }


def test_each_request_is_one_json_line(shared: Service) -> None:
    trace = "Root=1-67891233-abcdef012345678912345678"
    answer = shared.client.get(
        "/version", headers={"x-amzn-trace-id": trace, "x-request-id": "order-66"}
    )
    assert answer.headers["x-request-id"] == "order-66"

    def logged() -> list[dict[str, object]]:
        return [line for line in shared.lines("request") if line["request_id"] == "order-66"]

    wait_until(lambda: len(logged()) == 1, what="the log line")
    line = logged()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line["time"]))
    expected = {
        "level": "info",
        "method": "GET",
        "path": "/version",
        "status": 200,
        "trace_id": trace,
        "service": "storefront",
        "environment": "local",
        "version": "1.2.3",
        "colour": "blue",
    }
    assert expected.items() <= line.items()
    assert isinstance(line["duration_ms"], float)


def test_a_request_id_that_could_forge_a_line_is_replaced(shared: Service) -> None:
    answer = shared.client.get("/version", headers={"x-request-id": 'a","level":"error'})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_successful_probes_are_logged_at_debug_only(shared: Service) -> None:
    for path in ("/health", "/ready", "/missing"):
        shared.client.get(path, headers={"x-request-id": "probe"})

    def levels() -> dict[str, str]:
        lines = [line for line in shared.lines("request") if line["request_id"] == "probe"]
        return {line["path"]: line["level"] for line in lines}

    wait_until(lambda: len(levels()) == 3, what="the log lines")
    assert levels() == {"/health": "debug", "/ready": "debug", "/missing": "info"}


def test_the_container_health_check_follows_the_service(shared: Service) -> None:
    def check(port: int) -> int:
        return subprocess.run(
            [sys.executable, "-m", "storefront.healthcheck"],
            env={**base_environment(), "PORT": str(port)},
            capture_output=True,
            check=False,
        ).returncode

    assert check(shared.port) == 0
    assert check(free_port()) == 1


def test_nothing_is_written_outside_tmp_so_that_a_read_only_root_works(
    access: Access, start: StartService, tmp_path: os.PathLike[str]
) -> None:
    guard = os.path.join(tmp_path, "sitecustomize.py")
    with open(guard, "w", encoding="utf-8") as file:
        file.write(
            "import os, sys\n"
            "def refuse(event, arguments):\n"
            "    if event == 'open' and isinstance(arguments[2], int):\n"
            "        writes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)\n"
            "        if writes and not str(arguments[0]).startswith(('/tmp/', '/dev/')):\n"
            "            os._exit(70)\n"
            "    elif event in ('os.mkdir', 'os.rename', 'os.remove'):\n"
            "        os._exit(71)\n"
            "sys.addaudithook(refuse)\n"
        )
    guarded = {**base_environment(), "PYTHONPATH": str(tmp_path)}
    planted = "open('/var/pase-planted', 'w')"
    assert (
        subprocess.run([sys.executable, "-c", planted], env=guarded, check=False).returncode == 70
    )
    paths = f"{tmp_path}{os.pathsep}{base_environment()['PYTHONPATH']}"
    service = start({**local_settings(access), "PYTHONPATH": paths}).wait_ready()
    assert service.client.get("/").status_code == 200
