"""Mistakes: each one has a line, a path and a sentence; none is a traceback."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.files.nodes import MAX_NODES
from harness.files.problems import BadInput
from harness.scenario.loading import load
from harness.scenario.schemas.modeline import MAX_BYTES

# Line 2 of the file is the first of these.
GOOD = """\
title: A title
reproduces: imap-authentication-error
stage: imap-login
cause: temporary-failure
source: RFC 5530
dialect: plain
state: [outage]
imap:
  rules:
    - when: {event: login, state: outage}
      then: {reply: temporary-failure}
remedy:
  - advice: retry-later
    apply: {state: []}
"""


def changed(*changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


MISTAKES = {
    "unknown key": (
        changed(("title:", "titel:")),
        ["2: titel: unknown key; did you mean 'title'?", "2: title: required"],
    ),
    "unknown key below": (
        changed(("{event: login, state", "{evnt: login, state")),
        [
            "11: imap.rules[0].when.event: required",
            "11: imap.rules[0].when.evnt: unknown key; did you mean 'event'?",
        ],
    ),
    "python's spelling of a key": (
        changed(("dialect: plain", "allow_list: [127.0.0.1]")),
        ["7: allow_list: unknown key; did you mean 'allow-list'?"],
    ),
    "python's spelling of a key below": (
        changed(("imap:", "imap:\n  max_message_bytes: 5")),
        ["10: imap.max_message_bytes: unknown key; did you mean 'max-message-bytes'?"],
    ),
    "key of another level": (
        changed(("imap:", "imap:\n  tls: {version: 1}")),
        ["10: imap.tls.version: unknown key; did you mean 'versions'?"],
    ),
    "text for a list": (changed(("[outage]", "outage")), ["8: state: expected a list"]),
    "number for text": (
        changed(("A title", "5")),
        ["2: title: expected text; put it in quotes"],
    ),
    "mapping for text": (
        changed(("RFC 5530", "[RFC 5530: section 3]")),
        ['6: source[0]: expected text; put it in quotes because of the ": " in it'],
    ),
    "text for a mapping": (
        changed(("remedy:", "customer: eva\nremedy:")),
        ["13: customer: expected a mapping"],
    ),
    "text for a number": (
        changed(("dialect: plain", "timeout-s: soon")),
        ["7: timeout-s: expected a number"],
    ),
    "infinite time-out": (
        changed(("dialect: plain", "timeout-s: .inf")),
        ["7: timeout-s: expected less than or equal to 600"],
    ),
    "digits in quotes for a number": (
        changed(("imap:", 'imap:\n  occupied: "5"')),
        ["10: imap.occupied: expected a whole number"],
    ),
    "text for a truth value": (
        changed(("imap:", 'imap:\n  proxy-protocol: "yes"')),
        ["10: imap.proxy-protocol: expected true or false"],
    ),
    "no title": (
        changed(("A title", '""')),
        ["2: title: the text should have at least 1 character"],
    ),
    "no source": (
        changed(("RFC 5530", "[]")),
        ["6: source: the list is empty: write an entry at least"],
    ),
    "no address": (
        changed(("dialect: plain", "allow-list: [here]")),
        ["7: allow-list[0]: 'here' does not appear to be an IPv4 or IPv6 network"],
    ),
    "missing remedy": (
        GOOD[: GOOD.index("remedy:")],
        ["2: remedy: required: at least one, so that the cure can be tried"],
    ),
    "unknown documented error": (
        changed(("imap-authentication-error", "imap-authentification-error")),
        [
            "3: reproduces: required: a documented error or connected, not "
            "'imap-authentification-error'; did you mean 'imap-authentication-error'?"
        ],
    ),
    "unclassified": (
        changed(("imap-authentication-error", "unclassified")),
        ["3: reproduces: required: a documented error or connected, not 'unclassified'; known: "],
    ),
    "unknown stage": (
        changed(("imap-login", "imap-logon")),
        ["4: stage: unknown word 'imap-logon'; did you mean 'imap-login'?"],
    ),
    "unknown cause": (
        changed(("cause: temporary-failure", "cause: temp-failure")),
        ["5: cause: unknown word 'temp-failure'; did you mean 'temporary-failure'?"],
    ),
    "unknown advice": (
        changed(("retry-later", "retry-latr")),
        ["14: remedy[0].advice: unknown word 'retry-latr'; did you mean 'retry-later'?"],
    ),
    "unknown dialect": (
        changed(("dialect: plain", "dialect: plan")),
        ["7: dialect: no dialect is called 'plan'; did you mean 'plain'?"],
    ),
    "unknown dialect of a service": (
        changed(("imap:", "imap:\n  dialect: plian")),
        ["10: imap.dialect: no dialect is called 'plian'; did you mean 'plain'?"],
    ),
    "unknown reply": (
        changed(("{reply: temporary-failure}", "[{delay-s: 1}, {reply: temporary-failur}]")),
        [
            "12: imap.rules[0].then[1].reply: the dialect 'plain' has no IMAP reply "
            "'temporary-failur'; did you mean 'temporary-failure'?"
        ],
    ),
    "reply of the other protocol": (
        changed(("{reply: temporary-failure}", "{reply: ehlo-ok}")),
        ["12: imap.rules[0].then.reply: the dialect 'plain' has no IMAP reply 'ehlo-ok'"],
    ),
    "reply of a protocol without dialects": (
        changed(("imap:", "imap:\n  protocol: http")),
        [
            "12: imap.rules[0].when.event: never fires: login is of imap and smtp, this service is",
            "13: imap.rules[0].then.reply: no dialect speaks HTTP: write the words with",
        ],
    ),
    "unknown action": (
        changed(("{reply: temporary-failure}", "clse")),
        ["12: imap.rules[0].then: expected one action of append"],
    ),
    "unknown parameter of an action": (
        changed(("{reply: temporary-failure}", "{slice: {byte: 1}}")),
        [
            "12: imap.rules[0].then.slice.byte: unknown key; did you mean 'bytes'?",
            "12: imap.rules[0].then.slice.bytes: required",
        ],
    ),
    "unknown service": (
        changed(
            (
                "remedy:",
                "services: {older: {protocol: imap}}\ncustomer: {imap: {service: oldr}}\nremedy:",
            )
        ),
        ["14: customer.imap.service: no service is called 'oldr'; did you mean 'older'?"],
    ),
    "a usual service among the others": (
        changed(("remedy:", "services: {smtp: {protocol: imap}}\nremedy:")),
        ["13: services.smtp: written as 'smtp' at the top of the file"],
    ),
    "state that is misspelt": (
        changed(("state: [outage]", "state: [outge]")),
        ["8: state[0]: no rule asks for 'outge'; did you mean 'outage'?"],
    ),
    "state that never holds": (
        changed(("state: outage}", "state: outrage}")),
        ["11: imap.rules[0].when.state: state never holds 'outrage'; did you mean 'outage'?"],
    ),
    "no allow-list to read": (
        changed(("state: outage}", "peer: not-allowed}")),
        ["11: imap.rules[0].when.peer: never: there is no allow-list"],
    ),
    "real password in place of its kind": (
        changed(("remedy:", "customer: {password: S3cret!}\nremedy:")),
        ["13: customer.password: expected one of account, app-password, wrong"],
    ),
    "also accepted without a reason": (
        changed(("remedy:", "also-accepted: {error: unauthorized}\nremedy:")),
        ["13: also-accepted.reason: required"],
    ),
    "also accepted what is expected": (
        changed(
            (
                "remedy:",
                "also-accepted: [{error: imap-authentication-error, reason: x}]\nremedy:",
            )
        ),
        ["13: also-accepted[0].error: the case reproduces 'imap-authentication-error' anyway"],
    ),
    "also accepted an error of another stage": (
        changed(("remedy:", "also-accepted: [{error: test-email-failed, reason: x}]\nremedy:")),
        ["13: also-accepted[0].error: imap-login never gives 'test-email-failed'; it gives: "],
    ),
    "also accepted a cause of another stage": (
        changed(
            (
                "remedy:",
                "also-accepted: [{error: unauthorized, cause: relay-denied, reason: x}]\nremedy:",
            )
        ),
        ["13: also-accepted[0].cause: 'relay-denied' is not possible at imap-login; possible at: "],
    ),
    "also accepted an unknown word": (
        changed(("remedy:", "also-accepted: [{error: unautorized, reason: x}]\nremedy:")),
        ["13: also-accepted[0].error: unknown word 'unautorized'; did you mean 'unauthorized'?"],
    ),
    "also accepted a connection that fails somewhere": (
        changed(
            (
                "remedy:",
                "also-accepted: [{error: connected, stage: imap-login, reason: x}]\nremedy:",
            )
        ),
        ["13: also-accepted[0].stage: whoever says 'connected' names none"],
    ),
    "stage outside the family": (
        changed(("imap-login", "smtp-mail")),
        [
            "4: stage: smtp-mail never gives 'imap-authentication-error'; "
            "it gives: test-email-failed"
        ],
    ),
    "cause impossible at the stage": (
        changed(("cause: temporary-failure", "cause: refused")),
        [
            "5: cause: 'refused' is not possible at imap-login; "
            "possible at: imap-connect, smtp-connect"
        ],
    ),
    "cause of another error": (
        changed(("cause: temporary-failure", "cause: app-password-required")),
        [
            "5: cause: 'app-password-required' never gives 'imap-authentication-error'",
            "15: remedy[0].apply.state: app-password-required is cured by a fact, not by decree: "
            "change customer.password, with the condition `password: account`",
        ],
    ),
    "certificate cause of another error": (
        changed(
            ("imap-login", "imap-tls"),
            ("imap-authentication-error", "imap-settings-incorrect"),
            ("cause: temporary-failure", "cause: weak-key"),
        ),
        ["5: cause: 'weak-key' never gives 'imap-settings-incorrect'"],
    ),
    "no stage": (changed(("stage: imap-login", "stage:")), ["4: stage: required"]),
    "connected, yet with a stage": (
        changed(("imap-authentication-error", "connected")),
        [
            "4: stage: a mailbox that reproduces 'connected' has none",
            "5: cause: a mailbox that reproduces 'connected' has none",
            "13: remedy: a mailbox that reproduces 'connected' has none",
        ],
    ),
    "remedy that changes rules": (
        changed(("{state: []}", "{imap: {rules: []}}")),
        ["15: remedy[0].apply.imap.rules: the cure must not delete the rule"],
    ),
    "remedy that changes nothing": (
        changed(("{state: []}", "{state: [outage]}")),
        ["15: remedy[0].apply: required: nothing changes, so nothing is cured"],
    ),
    "remedy with an unknown key": (
        changed(("{state: []}", "{stat: []}")),
        ["15: remedy[0].apply.stat: unknown key; did you mean 'state'?"],
    ),
    "remedy of the wrong kind": (
        changed(("{state: []}", "{imap: {occupied: many}}")),
        ["15: remedy[0].apply.imap.occupied: expected a whole number"],
    ),
    "remedy with an unknown service": (
        changed(
            ("retry-later", "confirm-server-and-port"),
            ("{state: []}", "{customer: {imap: {service: imp}}}"),
        ),
        [
            "15: remedy[0].apply.customer.imap.service: no service is called 'imp'; "
            "did you mean 'imap'?"
        ],
    ),
    "running mailbox that would have to be another": (
        changed(
            ("retry-later", "contact-it-or-provider"),
            ("{state: []}", "{imap: {certificate: expired}}\n    keep-mailbox: true"),
        ),
        [
            "16: remedy[0].keep-mailbox: a running mailbox changes its account, state, "
            "allow-list and occupied only"
        ],
    ),
    "rule shadowed by an earlier one": (
        changed(("    - when", "    - {when: {event: login}, then: close}\n    - when")),
        ["12: imap.rules[1]: never fires: rules[0] fires first whenever it could"],
    ),
    "rule after the end of every connection": (
        changed(("    - when", "    - {when: {event: greeting}, then: close}\n    - when")),
        ["12: imap.rules[1]: never fires: rules[0] ends every connection before"],
    ),
    "rule where nothing listens": (
        changed(("imap:", "imap:\n  listen: refused")),
        [
            "4: stage: imap-login is never reached: the port of imap is refused",
            "12: imap.rules[0]: never fires: the port is refused",
        ],
    ),
    "key written twice": (
        changed(("dialect: plain", "stage: imap-login")),
        ["7: stage: written twice; first on line 4"],
    ),
    "tag": (
        changed(("A title", "!!python/object:os.system x")),
        ["2: title: a text that begins with '!' must be in quotes; tags of YAML are not used here"],
    ),
    "no YAML": (
        changed(("[outage]", "[outage")),
        ["8:8: [ is not closed: ] is missing"],
    ),
    "tab": (changed(("  rules", "\trules")), ["10:1: a tab; YAML is indented with spaces"]),
    "unknown alias": (
        changed(("[outage]", "*outage")),
        ["8: state: *outage stands for nothing yet; a text that begins with '*' must be in quotes"],
    ),
    "two documents": (GOOD + "---\nmore: 1\n", ["16: expected one YAML document only"]),
    "complex key": (GOOD + "? [a]\n: 1\n", ["16: a key must be text"]),
    "no number": (
        changed(("dialect: plain", f"timeout-s: {'9' * 5000}")),
        ["7: timeout-s: '9999999999999999999999999999999999999999' is not a number"],
    ),
    "a list": ("- 1\n", ["2: expected a mapping"]),
    "nothing but the modeline": ("", ["1: the file is empty"]),
    "nothing but a comment": ("# nothing\n", ["1: the file is empty"]),
    "nothing but null": ("~\n", ["2: the file is empty"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_mistake_is_explained(problems, mistake):
    text, expected = MISTAKES[mistake]
    found = problems(text)
    assert len(found) == len(expected)
    for line, beginning in zip(found, expected, strict=True):
        assert line.startswith(beginning), line


def test_all_mistakes_of_a_file_are_told_at_once(problems):
    text = changed(
        ("A title", "5"), ("imap-login", "imap-logon"), ("state: [outage]", "states: [outage]")
    )
    assert [line.partition(":")[0] for line in problems(text)] == ["2", "4", "8"]


def test_the_real_password_is_not_repeated(problems):
    (line,) = problems(changed(("remedy:", "customer: {password: S3cret!}\nremedy:")))
    assert "S3cret" not in line


def test_a_problem_is_one_line_that_begins_with_the_file(write):
    file = write(changed(("A title", "5")))
    with pytest.raises(BadInput) as bad:
        load(file)
    assert str(bad.value) == f"{file}:2: title: expected text; put it in quotes"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "1: the file is empty"),
        (b"\n", "1: the file is empty"),
        (GOOD.encode(), "1: not a scenario: its first line must be the modeline, such as # yaml"),
        (
            b"# yaml-language-server: $schema=scenario.schema.json\n\ntitle: caf\xe9\n",
            "3: not UTF-8: byte 0xe9",
        ),
        (
            b"# yaml-language-server: $schema=scenario.schema.json\ntitle: \x00\n",
            "2:8: the character U+0000 is not allowed",
        ),
    ],
)
def test_files_that_are_no_scenarios(tmp_path: Path, data: bytes, message: str):
    file = tmp_path / "file.yaml"
    file.write_bytes(data)
    with pytest.raises(BadInput) as bad:
        load(file)
    assert str(bad.value).startswith(f"{file}:{message}")


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(BadInput, match=r"gone\.yaml: no such file"):
        load(tmp_path / "gone.yaml")


def test_a_pipe_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(BadInput, match="not a file"):
        load(tmp_path / "pipe.yaml")


def test_a_huge_file_is_refused_unread(write):
    file = write(GOOD)
    os.truncate(file, 100 * MAX_BYTES)  # sparse: it takes no room on the disk
    with pytest.raises(BadInput, match="bytes are too many for a scenario"):
        load(file)


def test_a_name_that_cannot_be_an_id(write):
    with pytest.raises(BadInput, match="'a file' is no id"):
        load(write(GOOD, "a file.yaml"))


def test_a_yaml_bomb_is_refused(problems):
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10)]
    (line,) = problems("\n".join(["l0: &l0 [lol, lol]", *levels]) + "\n")
    assert line.endswith("too many or too deeply nested values")


def test_an_alias_to_itself_is_refused(problems):
    (line,) = problems("state: &me [*me]\n")
    assert line.startswith("2: state[0]: *me stands for nothing yet")


@pytest.mark.parametrize("opening", ["[", "- ", "{a: ", "? "])
def test_deep_nesting_is_refused(problems, opening):
    (line,) = problems(opening * 100_000)
    assert "too many or too deeply nested values" in line or "a key must be text" in line


def test_too_many_values_are_refused(problems):
    (line,) = problems(f"state: [{'a, ' * MAX_NODES}]\n")
    assert line.endswith("too many or too deeply nested values")


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=4,
)


def places(value: object) -> list[tuple[Any, Any]]:
    """Every container in a value and a key or position in it."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    here = [(value, key) for key in keys]
    return here + [place for key in keys for place in places(value[key])]  # type: ignore[index]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_value_is_a_traceback(write, data: st.DataObject):
    base = GOOD + "matrix: {axis: [one, two]}\ncases: {one: {}}\ninsecure-allowed: {}\n"
    document = yaml.safe_load(base + "notes: <axis>\n")
    container, key = data.draw(st.sampled_from(places(document)))
    container[key] = data.draw(odd)
    file = write(yaml.safe_dump(document, allow_unicode=True))
    try:
        load(file)
    except BadInput as bad:
        for problem in bad.problems:
            assert problem.line > 0
            assert str(problem).startswith(f"{file}:{problem.line}: ")
