"""From a recording to a scenario: the last failure, or a mailbox that works, as it was recorded."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from fakeservers.security import Security
from harness.files.problems import BadInput
from harness.recording.recorder import Relay
from harness.reproducing.dialogue import Dialogue, dialogues
from harness.reproducing.failure import Failure, find_failure
from harness.reproducing.making.compose import compose
from harness.reproducing.making.words import Composed, welcome, worded_service
from harness.reproducing.material import Material
from harness.reproducing.nearest import dialect_of
from harness.reproducing.placeholders import ours_in
from harness.scenario.cases import merge
from harness.taxonomy import Protocol

ORIGIN = "a recording"


def recorded(
    relays: Sequence[Relay], securities: Mapping[Protocol, Security]
) -> tuple[Composed, Failure | None]:
    """The scenario, and the failure that it is of; None: everything worked. Raises BadInput where
    too little was recorded for either."""
    found = dialogues(said for relay in relays for said in relay.said)
    last = {dialogue.protocol: dialogue for dialogue in found if dialogue.greeting}
    hosts = [relay.upstream.host for relay in relays]
    ours = ours_in(found, "", [relay.credentials for relay in relays], hosts)
    failure = find_failure(Material(ORIGIN, found, [], ""))
    if failure is not None:
        made = compose(failure, ours, ORIGIN, security=securities[failure.mail_protocol])
        others = {name: each for name, each in last.items() if name != failure.mail_protocol}
    elif last:
        made, others = _working(last), dict(last)
    else:
        raise BadInput(["nothing was recorded: no server has said anything"])
    for protocol, dialogue in others.items():
        if protocol:
            service = worded_service(dialogue, protocol, securities[protocol], made, ours)
            service["rules"] = [*service.get("rules", []), *welcome(dialogue, made, ours)]
            made.data = merge(made.data, {protocol: service})
    return made, failure


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
