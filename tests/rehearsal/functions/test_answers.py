"""What an invocation comes to: its answer, or its error as Lambda names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.errors import FunctionError, InvocationRefusedError

from ..host.waiting import runs, wait_until
from .packages import HANDLER, Pool, inherited


def test_the_handlers_answer_is_the_functions(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        answer = pool("tell", deep={"list": [1, None, "ü\u2028\n"]})
        assert answer["event"] == {"do": "tell", "deep": {"list": [1, None, "ü\u2028\n"]}}
        assert pool("nothing of this name") is None
        assert len(pool("large", size=300_000)) == 300_000
        assert pool.errors == []


def test_an_exception_is_told_with_its_type_and_message(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        error = _error(pool, "raise", what="today")
        assert (error.error, error.message) == ("Refused", "not today")
        assert _error(pool, "raise").error == "KeyError"
        assert pool.errors[0] == ("small", "Refused: not today")
        assert "Traceback" in pool.log


def test_after_an_exception_the_process_goes_on(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        first = pool("tell")
        _error(pool, "raise", what="today")
        again = pool("tell")
        assert (again["pid"], again["calls"]) == (first["pid"], 3)


def test_what_the_handler_prints_goes_to_the_log(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        assert pool("print") == "answered"
        wait_until(lambda: "printed by the handler\n" in pool.log, what="the print in the log")
        assert "written to the descriptor\n" in pool.log
        assert pool("tell")["calls"] == 2


def test_an_answer_that_json_cannot_carry_is_a_marshal_error(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        error = _error(pool, "no JSON")
        assert error.error == "Runtime.MarshalError"
        assert error.message.startswith("Unable to marshal response: ")


def test_a_time_out_ends_the_process_and_the_next_invocation_has_a_new_one(tmp_path: Path) -> None:
    with Pool(tmp_path, time_out=1) as pool:
        before = pool("tell")["pid"]
        error = _error(pool, "hang", file=str(pool.file))
        assert (error.error, error.message) == (
            "Sandbox.Timedout",
            "Task timed out after 1.00 seconds",
        )
        assert pool.file.read_text(encoding="utf-8") == str(before)
        assert not runs(before)
        after = pool("tell")
        assert after["pid"] != before
        assert after["calls"] == 1


def test_a_handler_is_told_how_much_time_is_left(tmp_path: Path) -> None:
    with Pool(tmp_path, time_out=20) as pool:
        assert 1000 < pool("remaining") <= 20_000


def test_a_process_that_ends_is_an_error_and_the_next_invocation_has_a_new_one(
    tmp_path: Path,
) -> None:
    with Pool(tmp_path) as pool:
        error = _error(pool, "exit", status=3)
        assert error.error == "Runtime.ExitError"
        assert "status 3" in error.message
        assert pool("tell")["calls"] == 1


def test_half_an_answer_is_a_process_that_has_ended(tmp_path: Path) -> None:
    code = """
import os
import sys

def handler(event, context):
    if event["do"] == "tell":
        return "a whole one"
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b'{"answer": ')
        except OSError:
            pass
    os._exit(0)
"""
    with Pool(tmp_path, code=code) as pool:
        assert _error(pool, "half").error == "Runtime.ExitError"
        assert pool("tell") == "a whole one"


def test_a_process_that_was_killed_while_it_waited_is_replaced_unseen(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        before = pool("tell")["pid"]
        pool.started.processes[0].kill()
        pool.started.processes[0].wait()
        assert pool("tell")["pid"] != before
        assert pool.errors == []


def test_a_process_that_is_killed_meanwhile_is_an_error(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        pool.later("hang", file=str(pool.file))
        wait_until(pool.file.exists, what="the handler to run")
        pool.started.processes[0].kill()
        wait_until(lambda: bool(pool.errors), what="the error")
        assert pool.errors == [("small", "Runtime.ExitError: Runtime exited with error: status -9")]


@pytest.mark.parametrize(
    ("handler", "error", "message"),
    [
        (
            "lambdas.small.missing.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'lambdas.small.missing': "
            "No module named 'lambdas.small.missing'",
        ),
        (
            "lambdas.small.handler.missing",
            "Runtime.HandlerNotFound",
            "Handler 'missing' missing on module 'lambdas.small.handler'",
        ),
    ],
)
def test_a_handler_that_is_not_there_is_an_error_each_time(
    tmp_path: Path, handler: str, error: str, message: str
) -> None:
    with Pool(tmp_path) as pool:
        pool.register(handler=handler)
        for _ in range(2):
            found = _error(pool, "tell")
            assert (found.error, found.message) == (error, message)
        pool.register(handler=HANDLER)
        assert pool("tell")["calls"] == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [("def handler(:", "Runtime.UserCodeSyntaxError"), ("{}['configuration']", "KeyError")],
)
def test_a_module_that_cannot_be_run_is_an_error(tmp_path: Path, code: str, error: str) -> None:
    with Pool(tmp_path, code=code) as pool:
        assert _error(pool, "tell").error == error


def test_a_function_has_the_templates_variables_and_none_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_PARENT", "1")
    with Pool(tmp_path) as pool:
        pool.register(SERVICE="storefront", EMPTY="")
        found = pool("environment")
        assert found["SERVICE"] == "storefront"
        assert found["EMPTY"] == ""
        assert "OF_THE_PARENT" in inherited()
        assert not inherited() & set(found)


def test_a_function_runs_in_its_package_and_imports_from_it(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        found = pool("where")
        assert Path(found["folder"]) == pool.asset.resolve()
        assert found["here"] == ["lambdas"]
        assert found["path"][0] == str(pool.asset)
        assert not any(one.endswith("rehearsal/functions") for one in found["path"])


def test_a_function_that_is_not_registered_is_refused(tmp_path: Path) -> None:
    with Pool(tmp_path) as pool:
        for call in (pool.pool.invoke, pool.pool.invoke_later):
            with pytest.raises(InvocationRefusedError, match="Function not found: no-such"):
                call("no-such", {})


def _error(pool: Pool, do: str, **event: object) -> FunctionError:
    with pytest.raises(FunctionError) as caught:
        pool(do, **event)
    return caught.value
