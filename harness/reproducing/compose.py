"""From a failure to a scenario: a mailbox in which it happens again, and what cures it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any, Final, get_args

from fakeservers.spec import ImapCommand, Security
from harness.files.problems import BadInput
from harness.reproducing.credentials import Credentials, secrets_elsewhere
from harness.reproducing.cure import Cure, cure_of_reply, cure_without_words
from harness.reproducing.dialogue import Dialogue
from harness.reproducing.failure import Failure
from harness.reproducing.likeness import dialect_of
from harness.reproducing.placeholders import Ours, own_name, with_placeholders
from harness.reproducing.words import Composed, worded_service
from harness.scenario.cases import merge

Data = dict[str, Any]

_EVENTS: Final[dict[str, Data]] = {
    "connect": {"event": "connect"},
    "tls": {"event": "tls"},
    "greeting": {"event": "greeting"},
    "ehlo": {"event": "command", "command": ["EHLO", "HELO"]},
    "starttls": {"event": "command", "command": "STARTTLS"},
    "login": {"event": "login"},
    "mail": {"event": "command", "command": "MAIL"},
    "rcpt": {"event": "command", "command": "RCPT"},
    "data": {"event": "command", "command": "DATA"},
    "end-of-data": {"event": "end-of-data"},
}
"""What a fake calls the moment of a stage."""
_OPENING: Final = ["SELECT", "EXAMINE"]
_PATIENCE_S: Final = 2
_SENDER: Final = re.compile(r"MAIL FROM:\s*<([^>]+)>", re.IGNORECASE)
_RECIPIENT: Final = re.compile(r"RCPT TO:\s*<([^>]+)>", re.IGNORECASE)


def ours_in(found: Sequence[Dialogue], text: str) -> Ours:
    """The names and secrets of the customer, as far as the evidence tells them. `text`: all of it,
    with what is no dialogue."""
    every = [_credentials(dialogue) for dialogue in found]
    secrets = frozenset(secret for each in every for secret in each.secrets)
    secrets |= frozenset(secrets_elsewhere(text))
    users = frozenset(user for each in every for user in each.users)
    words = {word: name for each in found for word, name in names_in(each).items()}
    return Ours(words, users - secrets, secrets)


def _credentials(dialogue: Dialogue) -> Credentials:
    credentials = Credentials()
    for line in dialogue.said:
        if line.direction == "C":
            credentials.client(line.text)
        elif line.direction == "S":
            credentials.server(line.text)
    return credentials


def names_in(dialogue: Dialogue) -> dict[str, str]:
    """What the server calls itself, and whom the client named; by what stands for them."""
    words = {own_name(dialogue.greeting): "host"}
    for line in dialogue.said:
        if line.direction == "C":
            words |= dict.fromkeys(_SENDER.findall(line.text), "sender")
            words |= dict.fromkeys(_RECIPIENT.findall(line.text), "recipient")
    return words


def compose(
    failure: Failure,
    ours: Ours,
    origin: str,
    provider: str | None = None,
    security: Security | None = None,
) -> Composed:
    """The scenario. `provider`, `security`: where they are known. Raises BadInput where there is
    no way of making the failure happen."""
    diagnosis, protocol = failure.diagnosis, failure.protocol
    greeting = [with_placeholders(line, ours) for line in failure.dialogue.greeting]
    lines = [with_placeholders(line, ours) for line in failure.lines]
    dialect, alike = _dialect(failure, provider, [*greeting[:1], *lines])
    made = Composed({}, dialect, lines, unknown=list(failure.notes))
    if provider is None and failure.inferred is None and dialect == "plain":
        made.unknown.append("whose server it is: the dialect `plain` stands in for it")
    elif provider is None and failure.inferred is None:
        made.taken.append(f"the dialect {dialect}, whose words are {alike:.0%} alike")
    security = security or _security(failure, made)
    cure = _cure(failure, security)
    service = _service(failure, made, security, ours, cure)
    facts = merge({"dialect": dialect, **cure.facts}, {protocol: service} if service else {})
    advice = {"advice": cure.advice, "apply": cure.apply}
    made.data = {
        "title": f"As in {origin}: {diagnosis.cause} at {failure.stage}",
        "reproduces": diagnosis.error,
        "stage": failure.stage,
        "cause": diagnosis.cause,
        "source": f"reproduced from {origin}, {datetime.date.today():%Y-%m-%d}",
        **({"timeout-s": _PATIENCE_S} if _is_slow(failure) else {}),
        **facts,
        "remedy": [advice],
    }
    return made


def _dialect(failure: Failure, provider: str | None, texts: list[str]) -> tuple[str, float]:
    if provider or failure.inferred:
        return provider or (failure.inferred.dialect if failure.inferred else ""), 1.0
    return dialect_of(texts)


def _is_slow(failure: Failure) -> bool:
    return failure.ended == "timeout" or failure.diagnosis.cause == "connect-timeout"


def _security(failure: Failure, made: Composed) -> Security:
    """How the connection was secured, as far as it shows."""
    said = failure.dialogue.said
    if failure.stage.endswith("-starttls") or any(
        line.direction == "C" and re.match(r"(?:\S+ )?STARTTLS$", line.text, re.I) for line in said
    ):
        return "starttls"
    if not any(line.text == "tls" for line in said if line.direction == "*"):
        made.unknown.append("how the connection was secured: implicit TLS is assumed")
    return "implicit-tls"


def _cure(failure: Failure, security: str) -> Cure:
    diagnosis, protocol = failure.diagnosis, failure.protocol
    if failure.lines:
        return cure_of_reply(diagnosis, protocol)
    assert diagnosis.cause is not None
    found = cure_without_words(diagnosis.cause, protocol, security)
    if found is None and failure.ended:
        return cure_of_reply(diagnosis, protocol)
    if found is None:
        what = f"{diagnosis.error}, {diagnosis.cause} at {failure.stage}"
        raise BadInput([f"no scenario can be written of it, only looked up: {what}"])
    return found


def _service(failure: Failure, made: Composed, security: Security, ours: Ours, cure: Cure) -> Data:
    then = _then(failure, made.lines)
    if not then:
        return {} if security == "implicit-tls" else {"security": security}
    at_greeting = failure.stage.endswith("-greeting")
    service = worded_service(failure.dialogue, failure.protocol, security, made, ours)
    if at_greeting:
        service.pop("rules", None)
    elif "rules" not in service:
        made.unknown.append("the greeting and the capabilities: they are the dialect's")
    made.taken.append("the reply" if made.lines else "how the connection ended")
    rule = {"when": {**_event(failure), **cure.when}, "then": then}
    return {**service, "rules": [*service.get("rules", []), rule]}


def _event(failure: Failure) -> Data:
    if failure.stage != "imap-confirm":
        return _EVENTS[failure.stage.partition("-")[2]]
    known = failure.command in get_args(ImapCommand) and failure.command not in _OPENING
    return {"event": "command", "command": [failure.command] * known + _OPENING}


def _then(failure: Failure, lines: list[str]) -> list[Any]:
    if failure.inferred:
        return [{"reply": failure.inferred.reply}]
    told: list[Any] = [{"text": "\n".join(lines)}] if lines else []
    closes = lines and lines[-1].startswith(("421", "* BYE"))
    ending = {"closed": "close", "reset": "reset", "timeout": "hang"}.get(failure.ended or "")
    if not ending and closes:
        ending = "close"  # RFC 5321, section 3.8; RFC 9051, section 7.1.5
    return [*told, *([ending] if ending and not (told and ending == "hang") else [])]
