"""What a definition of a state machine may hold, and what is refused by name.

https://states-language.net/spec.html
"""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.state_language import DefinitionError, parse

from .test_state_machine import FUNCTION, RELEASE


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({"Type": "Parallel", "End": True}, "Type Parallel"),
        ({"Type": "Wait", "Timestamp": "2026", "End": True}, "Timestamp"),
        ({"Type": "Wait", "End": True}, "either Seconds or SecondsPath"),
        ({"Type": "Wait", "Seconds": 1}, "either Next or End"),
        ({"Type": "Wait", "Seconds": 1, "Next": "Nowhere"}, "Nowhere"),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringEquals": "b", "Next": "X"}]},
            "StringEquals",
        ),
        (
            {
                "Type": "Task",
                "Resource": FUNCTION,
                "End": True,
                "Retry": [{"ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL"}],
            },
            "JitterStrategy",
        ),
    ],
)
def test_what_is_not_understood_is_named(state: dict[str, Any], named: str) -> None:
    with pytest.raises(DefinitionError, match=named):
        parse({"StartAt": "X", "States": {"X": state}})


def test_a_definition_in_another_query_language_is_refused() -> None:
    with pytest.raises(DefinitionError, match="JSONata"):
        parse({**RELEASE, "QueryLanguage": "JSONata"})
    with pytest.raises(DefinitionError, match="StartAt"):
        parse({**RELEASE, "StartAt": "Nowhere"})


def test_an_intrinsic_function_is_refused() -> None:
    task = {
        "Type": "Task",
        "Resource": FUNCTION,
        "Parameters": {"text.$": "States.JsonToString($)"},
        "End": True,
    }
    with pytest.raises(DefinitionError, match="JsonToString"):
        parse({"StartAt": "X", "States": {"X": task}})
