"""A password in a log does not survive: neither in the scenario nor in what is printed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest

from harness.reproducing.credentials import SaidCredentials, secrets_elsewhere
from harness.reproducing.failure import find_failure
from harness.reproducing.making.compose import compose
from harness.reproducing.making.file import scenario_text
from harness.reproducing.material import read
from harness.reproducing.placeholders import ours_in

USER = "customer@firma.example"
PASSWORD = 'Geh"eim\\nis-4711'
TOKEN = "ya29.a0AfB_byC-geheimes-Token-4711"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


PLAIN = b64(f"\0{USER}\0{PASSWORD}")
XOAUTH2 = b64(f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01")
OAUTHBEARER = b64(
    f"n,a={USER},\x01host=imap.firma.example\x01port=993\x01auth=Bearer {TOKEN}\x01\x01"
)
CHALLENGE = "<1896.697170952@mx3.firma.example>"
DIGEST = hmac.new(PASSWORD.encode(), CHALLENGE.encode(), hashlib.md5).hexdigest()
CRAM = b64(f"{USER} {DIGEST}")

IMAP = {
    "login-quoted": [f"C:a1 LOGIN {quoted(USER)} {quoted(PASSWORD)}"],
    "login-atom": [f"C:a1 LOGIN {USER} Geheim-4711"],
    "login-literal": [
        f"C:a1 LOGIN {{{len(USER)}}}",
        "S:+ OK",
        f"C:{USER} {{{len(PASSWORD)}}}",
        "S:+ OK",
        f"C:{PASSWORD}",
    ],
    "login-literal+": [f"C:a1 LOGIN {USER} {{{len(PASSWORD)}+}}", f"C:{PASSWORD}"],
    "plain-initial": [f"C:a1 AUTHENTICATE PLAIN {PLAIN}"],
    "plain": ["C:a1 AUTHENTICATE PLAIN", "S:+ ", f"C:{PLAIN}"],
    "login": ["C:a1 AUTHENTICATE LOGIN", "S:+ VXNlcm5hbWU6", f"C:{b64(USER)}", "S:+ UGFzc3dvcmQ6",
              f"C:{b64(PASSWORD)}"],
    "cram-md5": ["C:a1 AUTHENTICATE CRAM-MD5", f"S:+ {b64(CHALLENGE)}", f"C:{CRAM}"],
    "xoauth2-initial": [f"C:a1 AUTHENTICATE XOAUTH2 {XOAUTH2}"],
    "xoauth2": ["C:a1 AUTHENTICATE XOAUTH2", "S:+ ", f"C:{XOAUTH2}"],
    "oauthbearer-initial": [f"C:a1 AUTHENTICATE OAUTHBEARER {OAUTHBEARER}"],
    "oauthbearer": ["C:a1 AUTHENTICATE OAUTHBEARER", "S:+ ", f"C:{OAUTHBEARER}"],
}  # fmt: skip
SMTP = {
    "plain-initial": [f"C:AUTH PLAIN {PLAIN}"],
    "plain": ["C:AUTH PLAIN", "S:334 ", f"C:{PLAIN}"],
    "login": ["C:AUTH LOGIN", "S:334 VXNlcm5hbWU6", f"C:{b64(USER)}", "S:334 UGFzc3dvcmQ6",
              f"C:{b64(PASSWORD)}"],
    "login-initial": [f"C:AUTH LOGIN {b64(USER)}", "S:334 UGFzc3dvcmQ6", f"C:{b64(PASSWORD)}"],
    "cram-md5": ["C:AUTH CRAM-MD5", f"S:334 {b64(CHALLENGE)}", f"C:{CRAM}"],
    "xoauth2-initial": [f"C:AUTH XOAUTH2 {XOAUTH2}"],
    "xoauth2": ["C:AUTH XOAUTH2", "S:334 ", f"C:{XOAUTH2}"],
    "oauthbearer-initial": [f"C:AUTH OAUTHBEARER {OAUTHBEARER}"],
    "oauthbearer": ["C:AUTH OAUTHBEARER", "S:334 ", f"C:{OAUTHBEARER}"],
}  # fmt: skip

SHAPES: dict[str, Callable[[str, str], str]] = {
    "curl": lambda who, text: f"{'>' if who == 'C' else '<'} {text}",
    "swaks": lambda who, text: f"{' ~>' if who == 'C' else '<~ '} {text}",
    "python-imap": lambda who, text: f"  07:29.67 {'>' if who == 'C' else '<'} {text.encode()!r}",
    "python-smtp": lambda who, text: (
        f"send: {text + chr(13) + chr(10)!r}" if who == "C" else f"reply: {text.encode()!r}"
    ),
    "json-imap": lambda who, text: json.dumps({"src": who.lower(), "msg": text, "cid": "q1"}),
    "json-smtp": lambda who, text: json.dumps(
        {"tnx": "client" if who == "C" else "server", "msg": text, "sid": "q1"}
    ),
    "marked": lambda who, text: f"[2026-11-26 12:07:30] DEBUG [pfzaHb6oEME] {who}: {text}",
    "mozilla": lambda who, text: (
        "2026-11-24 08:15:02 UTC - [Parent 50: IMAP]: I/IMAP 1f2e9c00:imap.firma.example:NA:"
        f"{'SendData' if who == 'C' else 'CreateNewLineFromSocket'}: {text}"
    ),
    "mozilla-smtp": lambda who, text: f"0[1f]: SMTP {'Send' if who == 'C' else 'Response'}: {text}",
    "rawlog": lambda who, text: f"1795694851.225013 {'I' if who == 'C' else 'O'}: {text}",
    "bare": lambda _, text: text,
    "javamail": lambda _, text: text,
}
HEADS = {
    "curl": "*   Trying 192.0.2.1:993...\n",
    "javamail": "DEBUG IMAP: mail.imap.fetchsize: 1\n",
}
HEADS["swaks"] = "=== Trying 192.0.2.1:587...\n"
ONLY = {
    "imap": {"swaks", "python-smtp", "json-smtp", "mozilla-smtp"},
    "smtp": {"python-imap", "json-imap", "mozilla"},
}
"""What clients of the other protocol write."""
TOLD = [PASSWORD, TOKEN, quoted(PASSWORD)[1:-1], "Geheim-4711", DIGEST, PLAIN, XOAUTH2, OAUTHBEARER,
        CRAM, b64(PASSWORD), b64(TOKEN)[:-2]]  # fmt: skip


def log(shape: str, protocol: str, exchange: list[str]) -> str:
    """A dialogue whose server repeats all that it was told."""
    said = [line[2:] for line in exchange if line.startswith("C:")]
    echo = " ".join([*said, PASSWORD, TOKEN, b64(PASSWORD)])
    greeting, refusal = ("220 mx3.firma.example ready", f"535 5.7.8 rejected: {echo}")
    if protocol == "imap":
        greeting, refusal = ("* OK ready", f"a1 NO [AUTHENTICATIONFAILED] rejected: {echo}")
    lines = [f"S:{greeting}", *exchange, f"S:{refusal}"]
    worded = (SHAPES[shape](line[0], line[2:]) for line in lines)
    return HEADS.get(shape, "") + "\n".join(worded) + "\n"


@pytest.mark.parametrize("form", IMAP)
@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in ONLY["imap"]])
def test_nothing_survives_of_an_imap_log_in(shape, form):
    _assert_nothing_survives(made_of(log(shape, "imap", IMAP[form])), form)


@pytest.mark.parametrize("form", SMTP)
@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in ONLY["smtp"]])
def test_nothing_survives_of_an_smtp_log_in(shape, form):
    _assert_nothing_survives(made_of(log(shape, "smtp", SMTP[form])), form)


@pytest.mark.parametrize("shape", SHAPES)
def test_nor_in_what_the_command_writes(reproduce, shape):
    protocol = "smtp" if shape in ONLY["imap"] else "imap"
    made = reproduce(log(shape, protocol, (SMTP if protocol == "smtp" else IMAP)["plain"]))
    assert made.code == 0, made.err
    _assert_nothing_survives(made.text + made.out, "plain")


def made_of(text: str) -> str:
    """The scenario, as text."""
    evidence = read(text.splitlines())
    failure = find_failure(evidence)
    assert failure
    made = compose(failure, ours_in(evidence.dialogues, text), "a log", "plain")
    return scenario_text(made.data, [*made.taken, *made.unknown])


def _assert_nothing_survives(made, form):
    """What the exchange has told; the server's words hold more than that in some forms."""
    token = "oauth" in form
    secrets = [TOKEN, XOAUTH2, OAUTHBEARER] if token else [PASSWORD, b64(PASSWORD), PLAIN]
    secrets = ["Geheim-4711"] if form == "login-atom" else secrets
    secrets = [DIGEST, CRAM] if form == "cram-md5" else secrets
    assert [secret for secret in secrets if secret in made] == []
    assert "firma." not in made
    assert "***" in made


def test_what_was_told_on_another_connection_is_masked_too(reproduce):
    first = log("marked", "imap", IMAP["plain"]).splitlines()[:-1]
    second = SHAPES["marked"]("S", f"a1 OK in\n{SHAPES['marked']('S', '220 mx')}")
    refusal = SHAPES["marked"]("S", f"550 5.7.1 not with {PASSWORD}")
    mail = SHAPES["marked"]("C", "MAIL FROM:<customer@firma.example>")
    made = reproduce("\n".join([*first, second, mail, refusal]).replace("pfzaHb6oEME", "x" * 8))
    assert made.data["stage"] == "smtp-mail"
    assert PASSWORD not in made.text + made.out
    assert "***" in made.text


@pytest.mark.parametrize(
    "line",
    [
        "> curl -u customer@firma.example:Geheim-4711 imaps://mx3.firma.example",
        "password=Geheim-4711",
        "{ user: 'customer', pass: 'Geheim-4711' }",
        '"password": "Geheim-4711"',
        "swaks --auth-password Geheim-4711",
        "Authorization: Bearer Geheim-4711",
    ],
)
def test_what_is_called_a_password_is_one(line):
    assert "Geheim-4711" in set(secrets_elsewhere(line))


def test_words_about_passwords_are_none():
    assert list(secrets_elsewhere("535 Incorrect password: required, password is null")) == []
    asked = "NO [ALERT] Application-specific password required: https://support.example/1 (Failure)"
    assert list(secrets_elsewhere(asked)) == []


def test_an_exchange_ends_with_the_answer():
    credentials = SaidCredentials()
    for line in ("AUTH PLAIN", PLAIN):
        credentials.hear("C", line)
        credentials.hear("S", "334 " if line == "AUTH PLAIN" else "535 no")
    credentials.hear("C", "MAIL FROM:<anna@example.test>")
    assert credentials.secrets == {PLAIN, PASSWORD}
    assert credentials.users == {USER}
