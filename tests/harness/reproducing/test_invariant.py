"""Nothing is invented, and nothing of the customer's is kept: over generated logs.

A dialogue, a form, what a logger writes before it, noise between, a level that leaves lines out.
Every line that the scenario's server says stands in the log; its codes are as they were; it is said
at the command that it answered; no personal datum is left.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable

import pytest

from harness.files.problems import BadInput
from harness.reproducing.failure import find_failure
from harness.reproducing.forms.form import forms
from harness.reproducing.making.compose import compose
from harness.reproducing.making.file import scenario_text
from harness.reproducing.material import lines_of, read
from harness.reproducing.placeholders import ours_in
from tests.harness.reproducing.writing import Said, can_be_written, client, server, write

LOGS = int(os.environ.get("BADINBOX_GENERATED_LOGS", "16"))
"""Of each seed; there are 16 of them."""
USER, HOST, PASSWORD = (
    "katharina.oberloher@weiss-druck.example",
    "mx7.weiss-druck.example",
    "Gru3n!kohl",
)
OTHER, PEER, QUEUE = "einkauf@blauer-hof.example", "198.51.100.73", "4Zx9Qw3LmT8vR2"
PERSONAL = re.compile(
    "katharina|oberloher|weiss-druck|blauer-hof|einkauf|198\\.51\\.100|4Zx9Qw3L|Gru3n|R3J1M24h"
)
SMTP_REFUSALS = [
    ("550 5.7.1 <{other}>: Relay access denied",),
    ("554-Transaction failed", "554-Reject due to policy restrictions.",
     "554 For explanation visit https://www.ionos.com/help/index.php?id=2425&ip={peer}&c=hd"),
    ("535 5.7.8 Error: authentication failed: {user} from {peer}",),
    ("550-5.1.1 The account {other} does not exist.", "550 5.1.1  Learn more: {queue} - gsmtp"),
    ("451 4.7.1 Greylisted, see http://postgrey.schweikert.ch/help/{host}.html",),
    ("553 sorry, that domain isn't in my list ({host})",),
    ("554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",),
    ("421 4.3.2 Zu viele Verbindungen von {peer}",),
    ("550 5.7.1 Expéditeur refusé : {user} n'est pas autorisé",),
    ("501 5.1.7 発信者 {user} は許可されていません",),
]  # fmt: skip
IMAP_REFUSALS = [
    ("{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",),
    ("{tag} NO [ALERT] Please log in via your web browser: https://support.google.com/mail/78754",),
    ("* NO [ALERT] {user}: 3 attempts left", "{tag} NO Login failed for {user} from {peer}"),
    (
        "{tag} NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded"
        " (mail_max_userip_connections=40)",
    ),
    ("{tag} BAD Command received in Invalid state.",),
    ("{tag} NO LOGIN failed.",),
    ("{tag} NO Anmeldung fehlgeschlagen ({queue})",),
    ("{tag} NO [SERVERBUG] El buzón de {user} no está disponible",),
]
PREFIXES: list[Callable[[random.Random, int], str]] = [
    lambda chance, n: "",
    lambda chance, n: f"2026-11-24 08:15:{n % 60:02} ",
    lambda chance, n: f"2026-11-24T08:15:{n % 60:02}.{n:03}Z ",
    lambda chance, n: f"Nov 24 08:15:{n % 60:02} mx3 app[1501]: ",
    lambda chance, n: f"[2026-11-24 08:15:{n % 60:02},{n:03}] [DEBUG] [mailer] ",
    lambda chance, n: f"web-1  | 08:15:{n % 60:02}.{n:03} ",
    lambda chance, n: f"2026-11-24T08:15:{n % 60:02}.{n:09}Z stdout F ",
    lambda chance, n: f"11-24 08:15:{n % 60:02}.{n:03}  7651  7671 D Mail: ",
    lambda chance, n: f"D, [2026-11-24T08:15:{n % 60:02}.{n:06} #229] DEBUG -- : ",
    lambda chance, n: f"24/Nov/2026:08:15:{n % 60:02} +0100 INFO: ",
    lambda chance, n: f"<14>Nov 24 08:15:{n % 60:02} host app: ",
]
NOISE = [
    "GET /api/accounts 500 Internal Server Error",
    "imap: 250 messages, NO new ones",
    "[ERROR] [paperless_mail] Error while retrieving mailbox of Katharina: still trying",
    "cache: 550 files in /home/katharina/mail, 421 ms",
    "IMAP [WARNING] nothing to do here",
    "worker 7: BAD luck, job 554 is queued",
    "Verbindung zu mx7 wird geprüft …",
    "処理中 535 件",
]


def greeted(protocol: str, chance: random.Random) -> list[Said]:
    if protocol == "imap":
        return [server(f"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] {HOST} ready")]
    offered = server(f"250-{HOST}", "250-SIZE 10240000", "250 AUTH PLAIN LOGIN")
    return [server(f"220 {HOST} ESMTP ready"), client("EHLO [192.0.2.9]"), offered]


def dialogue(protocol: str, chance: random.Random) -> tuple[list[Said], tuple[str, ...], str]:
    """A dialogue with a refusal in it: its turns, the refused reply, its stage."""
    if protocol == "imap":
        return _imap(chance)
    said = greeted("smtp", chance)
    steps = [
        ("smtp-login", client("AUTH PLAIN AGFubmEAR3J1M24ha29obA=="), server("235 2.7.0 ok")),
        ("smtp-mail", client(f"MAIL FROM:<{USER}>"), server("250 2.1.0 Ok")),
        ("smtp-rcpt", client(f"RCPT TO:<{OTHER}>"), server("250 2.1.5 Ok")),
        ("smtp-data", client("DATA"), None),
    ]
    at = chance.randrange(4)
    for _, asked, answered in steps[:at]:
        said += [asked, answered] if answered else [asked]
    stage, asked, _ = steps[at]
    reply = filled(chance.choice(SMTP_REFUSALS))
    said += [asked, server(*reply)]
    if chance.random() < 0.4:
        said += [client("QUIT"), server("221 2.0.0 Bye")]
    return said, reply, stage


def _imap(chance: random.Random) -> tuple[list[Said], tuple[str, ...], str]:
    tags = iter(
        [
            f"{chance.choice(['A', 'a', 'TAG', ''])}{n:0{chance.choice([1, 4])}}"
            for n in (1, 2, 3, 4)
        ]
    )
    said = greeted("imap", chance)
    if chance.random() < 0.5:
        tag = next(tags)
        said += [client(f"{tag} CAPABILITY"), server("* CAPABILITY IMAP4rev1", f"{tag} OK done")]
    tag = next(tags)
    said += [client(f'{tag} LOGIN "{USER}" "{PASSWORD}"')]
    stage = chance.choice(["imap-login", "imap-confirm"])
    if stage == "imap-confirm":
        said += [server(f"{tag} OK Logged in")]
        tag = next(tags)
        said += [client(f"{tag} SELECT INBOX")]
    reply = tuple(line.replace("{tag}", tag) for line in filled(chance.choice(IMAP_REFUSALS)))
    said += [server(*reply)]
    if chance.random() < 0.4:
        tag = next(tags)
        said += [client(f"{tag} LOGOUT"), server("* BYE see you", f"{tag} OK bye")]
    return said, reply, stage


def filled(lines: tuple[str, ...]) -> tuple[str, ...]:
    words = {"{user}": USER, "{other}": OTHER, "{peer}": PEER, "{host}": HOST, "{queue}": QUEUE}
    for name, value in words.items():
        lines = tuple(line.replace(name, value) for line in lines)
    return lines


def logged(said: list[Said], name: str, protocol: str, chance: random.Random) -> list[str]:
    """The log, with a logger's words before its lines and other lines between them."""
    form = forms()[name]
    prefix = chance.choice(PREFIXES) if may_stand_behind(name) else PREFIXES[0]
    noisy = chance.random() < 0.5
    lines: list[str] = []
    for turn in said:
        written = write(form, [turn], protocol)
        lines += [
            prefix(chance, len(lines)) + line if number == 0 or form.reply_lines == "each" else line
            for number, line in enumerate(written)
        ]
        if noisy and chance.random() < 0.5:
            lines.append(prefix(chance, len(lines)) + chance.choice(NOISE))
    return lines


def may_stand_behind(name: str) -> bool:
    """Whether a logger may write the lines of this form: not in the middle of an object."""
    form = forms()[name]
    return not form.fields and not form.headings


KINDS = [
    (name, protocol)
    for name, form in forms().items()
    for protocol in form.speaks
    if can_be_written(form)
]


@pytest.mark.parametrize("seed", range(16))
def test_what_the_scenario_says_was_said_and_is_nobody_s(seed):
    chance = random.Random(seed)
    for _ in range(LOGS):
        name, protocol = chance.choice(KINDS)
        said, reply, stage = dialogue(protocol, chance)
        log = "\n".join(logged(said, name, protocol, chance))
        _assert_holds(log, reply, stage, f"{name}, seed {seed}\n{log}")


def _assert_holds(log: str, reply: tuple[str, ...], stage: str, about: str) -> None:
    material = read(lines_of(log.encode()))
    failure = find_failure(material)
    assert failure is not None, about
    assert failure.stage == stage, about
    assert failure.lines == reply, about
    try:
        made = compose(failure, ours_in(material.dialogues, material.text), "a log")
    except BadInput:
        return
    assert len(made.lines) == len(reply), about
    for told, line in zip(made.lines, reply, strict=True):
        assert codes(told) == codes(line), about
        assert re.fullmatch(_as_pattern(told), line), f"{told!r} is not {line!r}\n{about}"
    text = scenario_text(made.data, [*made.taken, *made.unknown])
    assert not PERSONAL.search(text), f"{PERSONAL.findall(text)}\n{text}\n{about}"


def codes(line: str) -> str:
    """What a line says by codes."""
    found = re.match(r"\d{3}[ -](?:\d\.\d+\.\d+)?|\S+ (?:OK|NO|BAD|BYE)(?: \[[A-Z]+)?", line)
    assert found is not None
    return re.sub(r"^(?!\d{3}[ -]|\*)\S+", "{tag}", found[0])


def _as_pattern(told: str) -> str:
    """The text of a scenario, with what is replaced in it standing for anything."""
    stands_for = r"\\\{\w+\\\}|someone@example\\\.test|host\\\.example\\\.test/?|\\\*\\\*\\\*"
    return re.sub(stands_for, ".+?", re.escape(told))
