"""The dialogue of a check, for people to read: complete, and without the password in any form."""

import base64

import pytest

from harness.checker.record import CheckDialogue
from harness.contract.masking import Masking
from tests.harness.checker.conftest import PASSWORD, imap_script, smtp_script


def dialogue_of(checked, *scripts, **typed):
    said = []
    checked(*scripts, on_said=said.append, **typed)
    return [f"{line.protocol} {line.direction} {line.text}" for line in said]


def test_both_directions_are_taken_down_in_order(checked):
    lines = dialogue_of(checked)
    assert lines[0].startswith("imap * connected to 127.0.0.1:")
    assert lines[1] == "imap S * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR ID] ready"
    assert lines[2].startswith("imap C ") and lines[2].endswith(" AUTHENTICATE PLAIN ***")
    assert "smtp C AUTH PLAIN ***" in lines and "smtp S 235 in" in lines
    assert any(line.startswith("smtp * the test e-mail, ") for line in lines)
    assert not any("Auto-Submitted" in line for line in lines)
    assert lines[-1] == "smtp * closed"


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "LOGINDISABLED"])
def test_no_secret_gets_into_it(checked, mechanism):
    """LOGINDISABLED stands for none offered: IMAP's LOGIN command is used, with literals."""

    def challenge(peer, tag=None, rest=b""):
        questions = {"LOGIN": [b"User Name", b"Password"], "CRAM-MD5": [b"<1@x>"]}.get(
            mechanism, []
        )
        if mechanism == "PLAIN" and b" " not in rest and tag is not None:
            questions = [b""]
        for question in questions:
            mark = b"+ " if tag is not None else b"334 "
            peer.send(mark + base64.b64encode(question) + b"\r\n")
            peer.line()
        return tag + b" OK in\r\n" if tag is not None else b"235 in\r\n"

    offer = mechanism.encode()
    imap_offer = (
        b"IMAP4rev1" if mechanism == "LOGINDISABLED" else b"IMAP4rev1 LOGINDISABLED AUTH=" + offer
    )
    imap = imap_script(capabilities=imap_offer, AUTHENTICATE=challenge)
    smtp = smtp_script(
        auth=b"PLAIN" if mechanism == "LOGINDISABLED" else offer,
        AUTH=lambda peer, *rest: challenge(peer),
    )
    security = {"imap_typed": {"security": "implicit-tls"}} if mechanism != "LOGINDISABLED" else {}

    def over_tls(peer):
        if security:
            peer.start_tls()
        imap(peer)

    text = "\n".join(dialogue_of(checked, over_tls, smtp, **security))
    assert "OK in" in text
    secrets = [
        PASSWORD,
        base64.b64encode(PASSWORD.encode()).decode(),
        PASSWORD.replace("\\", "\\\\"),
    ]
    for secret in (
        *secrets,
        base64.b64encode(b"\0anna@example.test\0" + PASSWORD.encode()).decode(),
    ):
        assert secret not in text
    # Digests and whatever else answers a challenge.
    login = [line for line in text.splitlines() if " C " in line and line.endswith("***")]
    assert login


def test_literals_are_no_way_round_it(checked):
    def login(peer, tag, rest):
        assert rest == b'"anna@example.test" {12}'
        peer.send(b"+ go\r\n")
        peer.exactly(12)
        return b"TAG OK in\r\n"

    password = "p\u00e4ssword-\u00fc"
    imap = imap_script(capabilities=b"IMAP4rev1", LOGIN=login)
    lines = dialogue_of(checked, imap, password=password)
    assert [line for line in lines if "LOGIN" in line] == [
        "imap C " + lines[2][7:12] + ' LOGIN "anna@example.test" ***'
    ]
    assert not any(part in line for line in lines for part in (password, "ssword"))


def test_a_server_that_repeats_the_password_is_masked(checked):
    echo = f"TAG NO {PASSWORD} is wrong\r\n".encode()
    assert "is wrong" in (text := "\n".join(dialogue_of(checked, imap_script(AUTHENTICATE=echo))))
    assert PASSWORD not in text and "*** is wrong" in text


def test_what_breaks_off_is_taken_down_too(checked):
    def half(peer, *_):
        peer.send(b"* BY")
        peer.close()

    assert "imap S * BY" in dialogue_of(checked, imap_script(AUTHENTICATE=half))


def test_a_handshake_that_fails_is_noted(checked):
    def expired(peer):
        peer.start_tls("expired")

    lines = dialogue_of(checked, expired, imap_typed={"security": "implicit-tls"})
    assert "imap * no TLS: certificate has expired" in lines


def test_one_line_is_of_limited_length():
    assert [len(line) for line in received(b"x" * 5000 + b"\r\ny\r\n")] == [1000, 1]


def received(*pieces):
    """What is shown of what a server says in these pieces."""
    said = []
    dialogue = CheckDialogue(Masking((PASSWORD,)), "anna", said.append).of_connection("imap")
    for piece in pieces:
        dialogue.received(piece, tls=False)
    return [line.text for line in said]


@pytest.mark.parametrize("cut", range(len(PASSWORD) + 1))
def test_a_secret_that_is_read_in_two_pieces_is_not_shown(cut):
    shown = "".join(received(b"* OK " + PASSWORD[:cut].encode(), PASSWORD[cut:].encode() + b"\r\n"))
    parts = {PASSWORD[at : at + 4] for at in range(len(PASSWORD) - 3)}
    assert not any(part in shown for part in parts)


@pytest.mark.parametrize("password", ["mail", "e-mail address", "password", "connected", "bytes"])
def test_our_own_words_are_whole_whatever_the_password_is(checked, password):
    said = []
    scripts = imap_script(LOGIN=lambda peer, tag, rest: tag + b" NO no " + password.encode())
    usual = checked(scripts, password="Xy7-other").text
    found = checked(scripts, password=password, on_said=said.append)
    assert found.text == usual
    assert not any(password in line for line in found.evidence.lines)
    ours = [line.text for line in said if line.direction == "*"]
    assert ours[0].startswith("connected to ") and not any("***" in line for line in ours)
