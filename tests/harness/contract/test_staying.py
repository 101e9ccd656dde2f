"""States and orders: what is one, and what is said of what is none."""

from __future__ import annotations

import jsonschema
import pytest
from pydantic import ValidationError

from harness.contract.masking import Masking
from harness.contract.staying import (
    STATE_NAMES,
    Failing,
    MessageSeen,
    Order,
    Pace,
    order_schema,
    read_state,
    state_schema,
)

STATES = [
    {"state": "connected"},
    {"state": "failing", "error": "EAUTH", "retry_at_s": 0.5, "message": "no"},
    {"state": "message", "message_id": "<1@example.test>", "folder": "INBOX"},
    {"state": "sent", "message_id": "<1@example.test>", "check": "17", "version": 1},
    {"state": "stopped", "check": None},
]
NONE = [
    {},
    [],
    {"error": "connected"},
    {"state": "conected"},
    {"state": ["connected"]},
    {"state": "failing"},
    {"state": "failing", "error": ""},
    {"state": "failing", "error": "x", "retry_at_s": -1},
    {"state": "message"},
    {"state": "message", "message_id": ""},
    {"state": "connected", "version": 2},
    {"state": "connected", "check": 17},
]


@pytest.mark.parametrize("value", STATES)
def test_a_state_is_read_and_is_as_the_schema_says(value: dict[str, object]) -> None:
    state = read_state(value, "17")
    assert not isinstance(state, str) and state.state == value["state"]
    jsonschema.validate(value, state_schema())
    assert {each["state"] for each in STATES} == set(STATE_NAMES)


@pytest.mark.parametrize("value", NONE)
def test_what_is_none_is_told_in_one_line_and_is_not_as_the_schema_says(value: object) -> None:
    why = read_state(value, "17")
    assert isinstance(why, str) and "\n" not in why
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, state_schema())
    shown = why.partition(": ")[0]
    assert Masking(["state", "object", "said"]).reason(why).startswith(shown), "it is ours"


def test_a_state_of_another_life() -> None:
    assert read_state({"state": "connected", "check": "2"}, "1") == (
        "spoke of another life than '1': '2'"
    )
    assert read_state({"state": "failing", "error": "connected"}, "1") == (
        "said a state that cannot be read: failing.error = 'connected': "
        "Value error, expected an error, as it fails"
    )


def test_a_state_in_python_needs_no_name() -> None:
    assert read_state(MessageSeen(message_id="<1@x>").model_dump(), "1") == MessageSeen(
        message_id="<1@x>"
    )
    assert Failing(error="EAUTH").state == "failing"


ORDERS = [
    {"check": "1", "stop": True},
    {"send": {"to": "you@example.test", "message_id": "<1@example.test>"}},
]


@pytest.mark.parametrize("value", ORDERS)
def test_an_order_is_one_line_as_the_schema_says(value: dict[str, object]) -> None:
    line = Order.model_validate(value).line()
    assert line.count(b"\n") == 1 and Order.model_validate_json(line).stop == value.get("stop")
    jsonschema.validate(value, order_schema())


@pytest.mark.parametrize("value", [{}, {"check": "1"}, {**ORDERS[0], **ORDERS[1]}, {"stop": False}])
def test_an_order_has_one_key(value: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Order.model_validate(value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, order_schema())


def test_a_slower_pace_is_slower_in_everything() -> None:
    pace = Pace()
    slower = pace.slower(2.0)
    assert all(getattr(slower, each) == 2 * getattr(pace, each) for each in Pace.model_fields)


@pytest.mark.parametrize("schema", [state_schema, order_schema])
def test_every_key_has_its_sentence(schema: object) -> None:
    whole = schema()  # type: ignore[operator]
    ours = ("Pace", "Order", "ToSend", "Connected", "Failing", "MessageSeen", "MessageSent")
    objects = [whole, *(part for name, part in whole["$defs"].items() if name in ours)]
    for each in objects:
        for key, value in each.get("properties", {}).items():
            assert value["description"], key
