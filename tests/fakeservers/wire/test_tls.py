"""TLS as a client meets it: versions, certificates, faults inside the handshake and behind it."""

import asyncio
import socket
import ssl
import threading

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.outdated import without_renegotiation_info

GREETING = b"+OK POP3 ready\r\n"


def spec(*rules, **service):
    """A mailbox with one POP3 service."""
    pop3 = {"protocol": "pop3", "security": "cleartext", "rules": list(rules), **service}
    return MailboxSpec.model_validate({"services": {"pop3": pop3}})


def rule(event, *then, **conditions):
    return {"when": {"event": event, **conditions}, "then": list(then)}


def _connect(mailbox, context, name="localhost", timeout=60.0):
    """A blocking TLS client's complaint, by OpenSSL's name for it."""
    service = mailbox.services["pop3"]
    try:
        with (
            socket.create_connection((service.host, service.port), timeout) as sock,
            context.wrap_socket(sock, server_hostname=name, suppress_ragged_eofs=False) as tls,
        ):
            return tls.recv(100)
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):  # the second up to Python 3.11.2
        return "closed"
    except ssl.SSLError as error:
        return error.reason
    except OSError as error:
        return type(error).__name__


def tls_answer(mailbox_spec, context=None, name="localhost"):
    context = context or ssl.create_default_context(cafile=process_authority().ca_file)
    # Debian's Python leaves that to OpenSSL, which would begin with less.
    context.minimum_version = ssl.TLSVersion.TLSv1_2

    async def run():
        async with open_mailbox(mailbox_spec) as mailbox:
            answer = await asyncio.to_thread(_connect, mailbox, context, name)
            await mailbox.settle(5)
            return answer, mailbox.evidence

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("tls", "reason"),
    [
        ({"versions": ["1.0"]}, "TLSV1_ALERT_PROTOCOL_VERSION"),
        ({"versions": ["1.1"]}, "TLSV1_ALERT_PROTOCOL_VERSION"),
        ({"ciphers": "unshared"}, "SSLV3_ALERT_HANDSHAKE_FAILURE"),
        ({"client-certificate": "required"}, "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
        (
            {"client-certificate": "required", "versions": ["1.2"]},
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
        ),
        ({"ciphers": "weak-dh"}, "DH_KEY_TOO_SMALL"),
        ({"renegotiation": "none"}, "UNSAFE_LEGACY_RENEGOTIATION_DISABLED"),
    ],
)
def test_a_failed_handshake_tells_the_client_why(tls, reason):
    answer, evidence = tls_answer(spec(security="implicit-tls", tls=tls))
    assert answer == reason
    assert "pop3.tls" in evidence.fired


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_single_tls_version_is_spoken(version):
    answer, _ = tls_answer(spec(security="implicit-tls", tls={"versions": [version]}))
    assert answer == GREETING


@pytest.mark.parametrize(
    ("then", "complaint"),
    [
        (["close"], "closed"),
        (["reset"], "ConnectionResetError"),
        ([{"raw": "\x15\x03\x01\x00\x02\x02\x70"}, "close"], "TLSV1_UNRECOGNIZED_NAME"),
        ([{"raw": "220 not TLS\r\n"}, "close"], "WRONG_VERSION_NUMBER"),
    ],
)
def test_a_fault_inside_the_handshake(then, complaint):
    answer, evidence = tls_answer(spec(rule("tls", *then), security="implicit-tls"))
    assert answer == complaint
    assert "pop3.rules[0]" in evidence.fired


def test_a_fault_after_the_handshake_strikes_inside_tls():
    answer, evidence = tls_answer(
        spec(rule("greeting", {"drop-after": 3}, tls=True), security="implicit-tls")
    )
    assert answer == GREETING[:3]
    (sent,) = (e for e in evidence.connections[0].lines() if e.direction == "S")
    assert sent.tls


@pytest.mark.parametrize(("close", "end"), [(True, b""), ("without-close-notify", "closed")])
def test_tls_ends_with_a_close_notify_unless_it_is_left_out(close, end):
    answer, _ = tls_answer(spec(rule("greeting", {"close": close}), security="implicit-tls"))
    assert answer == end


def test_a_certificate_that_is_wrong_is_accounted_for():
    answer, evidence = tls_answer(spec(security="implicit-tls", certificate="expired"))
    assert answer == "CERTIFICATE_VERIFY_FAILED"
    assert "pop3.certificate" in evidence.fired


def test_the_certificate_names_the_address_that_was_asked_for():
    answer, _ = tls_answer(spec(security="implicit-tls", bind="127.0.0.5"), name="127.0.0.5")
    assert answer == GREETING


def test_who_takes_a_small_group_agrees_on_it():
    context = ssl.create_default_context(cafile=process_authority().ca_file)
    context.set_ciphers("DEFAULT:@SECLEVEL=1")
    answer, evidence = tls_answer(
        spec(security="implicit-tls", tls={"ciphers": "weak-dh"}), context
    )
    assert answer == GREETING
    assert "pop3.tls" in evidence.fired


def test_a_server_hello_less_what_rfc_5746_adds():
    """All lengths say what is left; a flight that has none of it stays as it is."""

    def hello(extensions):
        body = b"\3\3" + b"r" * 32 + b"\2id" + b"\xc0\x2b\0"
        body += len(extensions).to_bytes(2, "big") + extensions
        message = b"\2" + len(body).to_bytes(3, "big") + body
        more = b"\x0b\0\0\1c"  # another message in the same record
        return b"\x16\3\3" + (len(message) + len(more)).to_bytes(2, "big") + message + more

    groups, tickets = b"\0\x0b\0\2\1\0", b"\0\x23\0\0"
    assert without_renegotiation_info(hello(groups + b"\xff\1\0\1\0" + tickets)) == hello(
        groups + tickets
    )
    for as_it_is in (hello(groups + tickets), b"\x15\3\3\0\2\2\x28"):
        assert without_renegotiation_info(as_it_is) == as_it_is


@pytest.mark.parametrize("reads", [True, False])
def test_who_leaves_without_reading_why_it_is_turned_away(reads):
    """However late it leaves: the server waits for it before it ends TLS."""
    away = threading.Event()
    turned_away = spec(rule("greeting", {"text": "-ERR no"}, "close"), security="implicit-tls")
    context = ssl.create_default_context(cafile=process_authority().ca_file)

    def client(service):
        with (
            socket.create_connection((service.host, service.port), 60) as sock,
            context.wrap_socket(sock, server_hostname="localhost") as tls,
        ):
            away.wait()
            return tls.recv(100) if reads else b""

    def on_entry(_, entry):
        if entry.text.startswith("server closed"):
            away.set()

    async def run():
        async with open_mailbox(turned_away, on_entry=on_entry) as mailbox:
            heard = await asyncio.to_thread(client, mailbox.services["pop3"])
            await mailbox.settle(5)
            return heard, mailbox.evidence.connections[0].unheard

    assert asyncio.run(run()) == (b"-ERR no\r\n" if reads else b"", not reads)


def _hello(context):
    """The ClientHello of a client, in its record."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("first", [0, 1, 5, 8, 100])
@pytest.mark.parametrize("names", [0, 10])
def test_silence_for_a_long_client_hello_only(names, first):
    """`names` of other protocols make it long (RFC 7301), as post-quantum keys do."""
    context = ssl.create_default_context()
    context.set_ecdh_curve("prime256v1")  # short keys, whatever this OpenSSL would send
    context.set_alpn_protocols([f"{number:0200}" for number in range(names)])
    hello = _hello(context)
    silent = spec(rule("tls", "hang", **{"hello-over": 1300}), security="implicit-tls")

    async def run():
        async with open_mailbox(silent) as mailbox:
            service = mailbox.services["pop3"]
            reader, writer = await asyncio.open_connection(service.host, service.port)
            writer.write(hello[:first])
            await writer.drain()
            writer.write(hello[first:])
            writer.write_eof()  # whoever hangs, hangs until then
            answer = await reader.read()
            writer.close()
            await mailbox.settle(5)
            return answer, mailbox.evidence

    answer, evidence = asyncio.run(run())
    [connection] = evidence.connections
    assert connection.hello_bytes == len(hello) - 5
    assert (
        (len(hello) > 1300) == (names > 0) == (answer == b"") == ("pop3.rules[0]" in evidence.fired)
    )
