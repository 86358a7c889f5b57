"""Plays the parent of a run, for the tests that end it: a task, a PostgreSQL, a grandchild.

Prints the ids, ports and folder of all that it started, then does what its argument says.
"""

import json
import os
import signal
import subprocess
import sys
import time

import psutil

from rehearsal.host.ports import Ports
from rehearsal.host.postgres import PostgresServer
from rehearsal.host.processes import Processes

# A task that starts another process and, as a bad one does, takes no notice of SIGTERM.
TASK = """
import signal, subprocess, sys, http.server
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), None).serve_forever()
"""


def main(ending: str, kind: str) -> None:
    """Start everything, say so, and end."""
    ports = Ports()
    with Processes() as processes:
        port = ports.take()
        task = processes.start(
            [sys.executable, "-c", TASK, str(port), kind],
            name="task",
            environment={"PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
        )
        assert task.stdout is not None
        grandchild = int(task.stdout.readline())
        with (
            PostgresServer(processes=processes, ports=ports) as postgres,
            # A session that would keep a smart shutdown waiting.
            postgres.connect() as session,
        ):
            session.execute("SELECT 1")
            started = {
                "pids": [one.pid for one in psutil.Process().children(recursive=True)],
                "grandchild": grandchild,
                "ports": [port, postgres.port],
                "folder": str(processes.folder),
            }
            print(json.dumps(started), flush=True)
            end(ending)


def end(ending: str) -> None:
    """As the test wants it; "wait" is to be ended from outside."""
    if ending == "exception":
        raise RuntimeError("as planned")
    if ending == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if ending == "wait":
        time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
