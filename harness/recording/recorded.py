"""From a recording to a scenario: the last failure, or a mailbox that works, as it was recorded."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from fakeservers.security import Security
from harness.classify import classify
from harness.files.problems import BadInput
from harness.recording.relay import Relay
from harness.recording.token_relay import TokenRelay
from harness.reproducing.below import observed_below
from harness.reproducing.dialogue import Dialogue, dialogues
from harness.reproducing.failure import Failure, find_failure
from harness.reproducing.making.compose import compose
from harness.reproducing.making.token_scenario import compose_token
from harness.reproducing.making.words import Composed, welcome, worded_service
from harness.reproducing.material import Material
from harness.reproducing.nearest import dialect_of
from harness.reproducing.placeholders import Ours, ours_in
from harness.reproducing.stages.diagnosed import diagnose
from harness.scenario.cases import merge
from harness.taxonomy import Protocol
from harness.taxonomy.stages import TOKEN

ORIGIN = "a recording"


def recorded(
    relays: Sequence[Relay], securities: Mapping[Protocol, Security]
) -> tuple[Composed, Failure | None]:
    """The scenario, and the failure that it is of; None: everything worked. Raises BadInput where
    too little was recorded for either."""
    tokens = [relay for relay in relays if isinstance(relay, TokenRelay) and relay.decides]
    found = dialogues(
        said for relay in relays if not isinstance(relay, TokenRelay) for said in relay.said
    )
    last = {dialogue.protocol: dialogue for dialogue in found if dialogue.greeting}
    ours = _ours(relays, found)
    failure = _without_token(relays) or find_failure(Material(ORIGIN, found, [], ""))
    if failure is not None and failure.protocol == "oauth":
        made = compose_token(failure, tokens[-1].refusal or tokens[-1].ended, ours, ORIGIN)
        others = dict(last)
    elif failure is not None:
        made = compose(failure, ours, ORIGIN, security=securities[failure.mail_protocol])
        others = {name: each for name, each in last.items() if name != failure.mail_protocol}
    elif last or tokens:
        made, others = _working(last), dict(last)
    else:
        raise BadInput(["nothing was recorded: no server has said anything"])
    if tokens:
        made.data = merge({"customer": {"oauth2": {"access-token": "none"}}}, made.data)
    for protocol, dialogue in others.items():
        if protocol:
            service = worded_service(dialogue, protocol, securities[protocol], made, ours)
            service["rules"] = [*service.get("rules", []), *welcome(dialogue, made, ours)]
            made.data = merge(made.data, {protocol: service})
    return made, failure


def _ours(relays: Sequence[Relay], found: Sequence[Dialogue]) -> Ours:
    """What is the customer's: also what the application is called."""
    hosts = [relay.upstream.host for relay in relays]
    ours = ours_in(found, "", [relay.credentials for relay in relays], hosts)
    clients = {each.client_id: "client" for each in relays if isinstance(each, TokenRelay)}
    return dataclasses.replace(ours, words={**ours.words, **clients})


def _without_token(relays: Sequence[Relay]) -> Failure | None:
    """The failure in which no token was given, if nothing came after it."""
    last = next((each for each in reversed(relays) if each.said), None)
    if not isinstance(last, TokenRelay) or not last.decides or last.issued:
        return None
    [stage] = TOKEN
    if last.refusal:
        lines = last.refusal.lines
        return Failure(stage, lines, None, diagnose(stage, lines, None))
    below = observed_below([said for said in last.said if said.direction == "*"], "oauth", "")
    return Failure(stage, (), None, classify(below[0])) if below else None


def _working(last: Mapping[Protocol | None, Dialogue]) -> Composed:
    texts = [dialogue.greeting[0] for dialogue in last.values()]
    dialect, _ = dialect_of(texts)
    data: dict[str, Any] = {
        "title": "As in a recording: everything works",
        "reproduces": "connected",
        "source": f"recorded from a real server, {datetime.date.today():%Y-%m-%d}",
        "dialect": dialect,
    }
    made = Composed(data, dialect, [])
    for protocol in ("imap", "smtp"):
        if protocol not in last:
            made.unknown.append(f"{protocol.upper()}: nothing of it was recorded")
    return made
