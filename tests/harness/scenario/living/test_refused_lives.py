"""Lives that can never be: each is refused where it is written, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.files.problems import BadInput
from harness.scenario.loading import load

# Line 2 of each file is the first of these.
INTO = """\
title: A life
breaks-into: unauthorized/bad-password-imap[gmail]
"""
BROKEN = (
    INTO + "life: [{until: connected}, {change: breaks-into}, {cut: fin}, {says: unauthorized}, "
)
SENDS = """\
title: A life
breaks-into: test-email-failed/recipient-rejected[postfix]
life: [{until: connected}, """
WORKS = """\
title: A life
reproduces: connected
source: RFC 2177
life:
  - until: connected
"""
FAILS = """\
title: A life
reproduces: imap-authentication-error
stage: imap-login
cause: temporary-failure
source: RFC 5530
imap: {rules: [{when: {event: login, state: outage}, then: {reply: temporary-failure}}]}
remedy: {advice: retry-later, apply: {state: []}}
life:
  - until: connected
"""
TARGETS = {
    "unauthorized/bad-pasword-imap[gmail]": (
        "no scenario is called 'unauthorized/bad-pasword-imap'; "
        "did you mean 'unauthorized/bad-password-imap'?"
    ),
    "unauthorized/bad-password-imap[gmial]": (
        "unauthorized/bad-password-imap has other cases; "
        "did you mean 'unauthorized/bad-password-imap[gmail]'?"
    ),
    "unauthorized/bad-password-newer-words": (
        "unauthorized/bad-password-newer-words is several cases: write one of "
        "[yahoo], [icloud], [cyrus] behind it"
    ),
    "'bad password'": (
        "expected the id of a scenario, such as unauthorized/bad-password-imap[gmail]"
    ),
    "'../scenarios/x'": (
        "expected the id of a scenario, such as unauthorized/bad-password-imap[gmail]"
    ),
    "life/greylisted": "expected a scenario that fails, and is no life itself",
    "connected/working[starttls]": "expected a scenario that fails, and is no life itself",
    "imap-settings-incorrect/host-not-found": "customer.imap.host is a name that was never found",
    "imap-settings-incorrect/ssh-port": (
        "customer.imap.service leads elsewhere from the beginning"
    ),
    "unauthorized/token-imap[plain-scope]": "customer.oauth2.access-token: none becomes 'scope'",
    "[unauthorized/refused-and-closed]": "expected text, not a list",
}
KEYS = {
    "title: A life\nbreak-into: unauthorized/refused-and-closed\n": (
        "3: break-into: unknown key; did you mean 'breaks-into'?"
    ),
    "title: A life\nbreaks_into: unauthorized/refused-and-closed\n": (
        "3: breaks_into: unknown key; did you mean 'breaks-into'?"
    ),
    f"{INTO}stage: imap-login\n": (
        "4: stage: unknown key; known: breaks-into, life, notes, source, timeout-s, title"
    ),
    f"{INTO}reproduces: unauthorized\n": (
        "4: reproduces: unknown key; known: breaks-into, life, notes, source, timeout-s, title"
    ),
    "title: A life\nlife: [{until: idle}]\n": (
        "2: reproduces: required: a documented error or connected, or breaks-into, the id of a "
        "scenario"
    ),
    "title: A life\ncases: {a: {breaks-into: unauthorized/refused-and-closed}, b: {title: B}}\n": (
        "3: cases.b.breaks-into: required"
    ),
}
STEPS = {
    "nothing is expected": (
        f"{WORKS}  - cut: fin\n",
        "5: life: nothing is expected of the connector: says, stays, at-most, seen or sent",
    ),
    "it never breaks": (
        f"{INTO}life: [{{until: connected}}, {{cut: fin}}, {{says: unauthorized}}]\n",
        "4: life: it never breaks: no step has change: breaks-into",
    ),
    "the id where it does not belong": (
        f"{INTO}life: [{{until: connected}}, {{change: {{breaks-into: connected/x}}}}]\n",
        "4: life[1].change: write change: breaks-into; the id stands at the top of the file, as "
        "breaks-into: connected/x",
    ),
    "no step": (f"{INTO}life: []\n", "4: life: the list is empty: write an entry at least"),
    "settings that cure nothing": (
        f"{BROKEN}{{resettle: true}}, {{says: connected}}]\n",
        "4: life[5].says: never so: it is broken by then, and resettle cures nothing: "
        "write a remedy, or `change: as-it-began`, before this step",
    ),
    "nothing that is sent": (
        f"{SENDS}{{change: breaks-into}}, {{says: test-email-failed}}]\n",
        "4: life[2].says: only who sends meets it: write `send: 1` before this step",
    ),
    "all sent before": (
        f"{SENDS}{{send: 1}}, {{sent: all}}, {{change: breaks-into}}, {{until: failing}}, "
        "{says: test-email-failed}]\n",
        "4: life[4].until: only who sends meets it: write `send: 1` before this step",
    ),
    "breaks into what nobody named": (
        f"{WORKS}  - change: breaks-into\n  - says: connected\n",
        "7: life[1].change: no scenario is named at the top by breaks-into",
    ),
    "back to what never was left": (
        f"{WORKS}  - change: as-it-began\n  - says: connected\n",
        "7: life[1].change: nothing has changed by then",
    ),
    "a failure before anything has changed": (
        f"{WORKS}  - until: failing\n  - says: connected\n",
        "7: life[1].until: never so: nothing has changed by then",
    ),
    "an error where nothing fails, and nothing has changed": (
        f"{WORKS}  - says: unauthorized\n",
        "7: life[1].says: never 'unauthorized': nothing fails here",
    ),
    "connected while nobody answers": (
        f"{WORKS}  - down-s: 20\n  - wait-s: 9\n  - {{says: connected, within-s: 10}}\n",
        "9: life[3].within-s: never so: nobody answers for 11 s yet (down-s)",
    ),
    "mail seen while nobody answers": (
        f"{WORKS}  - down-s: 20\n  - deliver: 1\n  - {{seen: all, within-s: 10}}\n",
        "9: life[3].within-s: never so: nobody answers for 20 s yet (down-s)",
    ),
    "IDLE while nobody answers": (
        f"{WORKS}  - down-s: 20\n  - {{until: idle, within-s: 10}}\n  - says: connected\n",
        "8: life[2].within-s: never so: nobody answers for 20 s yet (down-s)",
    ),
    "broken before anybody is connected": (
        f"{INTO}life: [{{change: breaks-into}}, {{cut: fin}}, {{says: unauthorized}}]\n",
        "4: life[0].change: nobody is connected by then: write `until: connected` first",
    ),
    "more deleted than there is": (
        f"{WORKS}  - deliver: 1\n  - expunge: 2\n  - expunge: 2\n  - seen: all\n",
        "9: life[3].expunge: INBOX has 1 message by then",
    ),
    "words that nobody has heard": (
        WORKS.replace("life:", "dialect: gmail\nlife:")
        + "  - {cut: fin, bye: true}\n  - says: connected\n",
        "8: life[1].bye: no words are known with which these servers shut down: take another "
        "dialect",
    ),
    "words of servers that there are not": (
        WORKS.replace("life:", "dialect: gmial\nlife:")
        + "  - {cut: fin, bye: true}\n  - says: connected\n",
        "5: dialect: no dialect is called 'gmial'; did you mean 'gmail'?",
    ),
    "mail that nobody can see": (
        f"{WORKS}  - inbox: gone\n  - deliver: 1\n  - cut: fin\n  - seen: all\n",
        "10: life[4].seen: never so: mail has come in while INBOX is gone, and it is not back",
    ),
    "an error where nothing fails": (
        f"{WORKS}  - cut: fin\n  - says: unauthorized\n",
        "8: life[2].says: never 'unauthorized': nothing fails here",
    ),
    "another error": (
        f"{FAILS}  - change: {{state: [outage]}}\n  - says: unauthorized\n",
        "12: life[2].says: never 'unauthorized': what fails here is imap-authentication-error",
    ),
    "an error before anything has changed": (
        f"{INTO}life: [{{says: unauthorized}}, {{change: breaks-into}}]\n",
        "4: life[0].says: never 'unauthorized': nothing has changed by then",
    ),
    "connected though it is broken": (
        f"{BROKEN}{{says: connected}}]\n",
        "4: life[4].says: never so: it is broken by then, and no remedy has come before it",
    ),
    "still connected though it is broken": (
        f"{BROKEN}{{stays: connected, for-s: 1}}]\n",
        "4: life[4].stays: never so: it is broken by then, and no remedy has come before it",
    ),
    "connected though facts of its own have broken it": (
        f"{FAILS}  - change: {{state: [outage]}}\n  - cut: fin\n"
        "  - says: imap-authentication-error\n  - says: connected\n",
        "14: life[4].says: never so: it is broken by then, and no remedy has come before it",
    ),
    "mail that came in while it is broken": (
        f"{BROKEN}{{deliver: 1}}, {{seen: all}}]\n",
        "4: life[5].seen: never so: mail has come in while it is broken, and no remedy since",
    ),
    "no cause, which no change of facts gives": (
        FAILS.replace("cause: temporary-failure\n", "")
        + "  - change: {state: [outage]}\n  - cut: fin\n  - says: imap-authentication-error\n",
        "2: cause: required",
    ),
    "a remedy of others": (
        f"{BROKEN}{{remedy: retry-later}}]\n",
        "4: life[4].remedy: no remedy of the scenario that can be shown; "
        "known: confirm-address-and-password",
    ),
    "a remedy before anything has changed": (
        f"{INTO}life: [{{remedy: confirm-address-and-password}}, {{change: breaks-into}}, "
        "{says: unauthorized}]\n",
        "4: life[0].remedy: nothing has changed by then that it could cure",
    ),
    "tokens that nobody has": (
        f"{WORKS}  - tokens: expired\n  - says: connected\n",
        "7: life[1].tokens: the customer has none: `customer` has no `oauth2`",
    ),
    "an inbox that is back, and was never gone": (
        f"{WORKS}  - inbox: back\n  - says: connected\n",
        "7: life[1].inbox: it is not gone by then",
    ),
    "mail that never came": (
        f"{WORKS}  - seen: all\n",
        "7: life[1].seen: never so: no step deliver comes before it",
    ),
    "mail that is waited for and never came": (
        f"{WORKS}  - until: seen\n  - says: connected\n",
        "7: life[1].until: never so: no step deliver comes before it",
    ),
    "mail that nobody was to send": (
        f"{WORKS}  - sent: all\n",
        "7: life[1].sent: never so: no step send comes before it",
    ),
    "a circumstance that nobody asks for": (
        f"{FAILS}  - change: {{state: [outtage]}}\n  - says: imap-authentication-error\n",
        "11: life[1].change.state[0]: no rule asks for 'outtage'; did you mean 'outage'?",
    ),
    "a service that is not there": (
        f"{WORKS}  - {{cut: fin, service: imapp}}\n  - says: connected\n",
        "7: life[1].service: no service is called 'imapp'; did you mean 'imap'?",
    ),
}
CHANGES = {
    "{imapp: {}}": ".imapp: unknown key; did you mean 'imap'?",
    "{imap: {listn: refused}}": ".imap.listn: unknown key; did you mean 'listen'?",
    "{imap: {listen: refuse}}": ".imap.listen: unknown word 'refuse'; did you mean 'refused'?",
    "{imap: {rules: [{when: {event: logn}, then: close}]}}": (
        ".imap.rules[0].when.event: unknown word 'logn'; did you mean 'login'?"
    ),
    "{imap: {protocol: pop3}}": ": a running service keeps its protocol: imap has imap, not pop3",
    "{imap: {port: 1993}}": (
        ": a running service keeps its port: imap has one that was free, not 1993"
    ),
    "{services: {other: {protocol: imap}}}": (
        ": a running mailbox keeps its services: imap, smtp; not imap, smtp, other"
    ),
    "{customer: {oauth2: {}}}": (
        ": a running mailbox keeps its services: imap, smtp; not imap, smtp, oauth"
    ),
}


@pytest.mark.parametrize("target", TARGETS)
def test_what_nothing_breaks_into(problems, target: str) -> None:
    assert problems(f"title: A life\nbreaks-into: {target}\n") == [
        f"3: breaks-into: {TARGETS[target]}"
    ]


@pytest.mark.parametrize("text", KEYS)
def test_a_mistake_at_the_top(problems, text: str) -> None:
    assert KEYS[text] in problems(text)


@pytest.mark.parametrize("life", STEPS)
def test_steps_that_can_never_be(problems, life: str) -> None:
    text, said = STEPS[life]
    assert said in problems(text)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_can_never_be(problems, change: str) -> None:
    said = f"7: life[1].change{CHANGES[change]}"
    found = problems(f"{WORKS}  - change: {change}\n  - says: connected\n")
    assert [each for each in found if each.startswith(said)]


def test_a_change_behind_the_failure_is_looked_at_too(problems) -> None:
    life = "  - change: {state: [outage]}\n  - cut: fin\n  - says: imap-authentication-error\n"
    assert problems(f"{FAILS}{life}  - change: {{imap: {{listn: refused}}}}\n") == [
        "14: life[4].change.imap.listn: unknown key; did you mean 'listen'?"
    ]


ANEW = "only who connects anew meets it: write `cut: fin` before this step"
OUTAGE = "  - change: {state: [outage]}\n"
SAYS = "  - says: imap-authentication-error\n"


def told_anew(write, text: str) -> int:
    """How often it is told that a new connection is needed."""
    try:
        load(write(text))
    except BadInput as bad:
        return str(bad).count(ANEW)
    return 0


@pytest.mark.parametrize(
    ("before", "anew"),
    [
        ("{change: breaks-into}, ", False),
        ("{cut: fin}, {change: breaks-into}, ", False),
        ("{change: breaks-into}, {cut: fin, service: smtp}, ", False),
        ("{change: breaks-into}, {cut: fin}, ", True),
        ("{change: breaks-into}, {down-s: 1, service: imap}, ", True),
        ("{down-s: 9}, {change: breaks-into}, ", True),
        ("{change: breaks-into}, {resettle: true}, ", True),
        ("{change: breaks-into}, {until: {log-ins: 1}}, ", True),
    ],
)
def test_what_a_standing_connection_never_meets_needs_a_new_one(
    write, before: str, anew: bool
) -> None:
    for step in ("{says: unauthorized}", "{until: failing}, {says: unauthorized}"):
        text = f"{INTO}life: [{{until: connected}}, {before}{step}]\n"
        assert told_anew(write, text) == (not anew) * (1 + ("until: failing" in step))


def test_who_fails_already_comes_anew_by_itself(write) -> None:
    life = f"{FAILS}{OUTAGE}  - cut: fin\n{SAYS}{OUTAGE}{SAYS}"
    assert told_anew(write, life) == 0
    back = "  - remedy: retry-later\n  - says: connected\n"
    assert told_anew(write, f"{life}{back}{OUTAGE}{SAYS}") == 1


@pytest.mark.parametrize(
    ("when", "stands"),
    [
        ("event: login", False),
        ("event: command, command: [SELECT, EXAMINE]", False),
        ("event: command, command: [SELECT, UID FETCH]", True),
        ("event: command, logged-in: true", True),
    ],
)
def test_what_strikes_at_a_later_command_a_standing_connection_meets(
    write, when: str, stands: bool
) -> None:
    text = FAILS.replace("event: login", when).replace("imap-login", "imap-confirm")
    text = text.replace("imap-authentication-error", "imap-confirmation-error")
    says = "  - says: imap-confirmation-error\n"
    assert told_anew(write, f"{text}{OUTAGE}{says}") == (not stands)


def test_the_mistakes_of_what_it_breaks_into_are_told_where_they_are(write, tmp_path: Path) -> None:
    other = write("title: 7\nreproduces: unauthorized\n", "unauthorized/mine.yaml")
    life = write("title: A life\nbreaks-into: unauthorized/mine\n", "life/mine.yaml")
    with pytest.raises(BadInput) as bad:
        load(life)
    assert {problem.file for problem in bad.value.problems} == {str(other)}


def test_the_folder_is_that_of_lives(write) -> None:
    with pytest.raises(BadInput, match="the folder says 'unauthorized': write that, or move"):
        load(write(INTO, "unauthorized/mine.yaml"))
