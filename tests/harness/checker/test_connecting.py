"""Faults of names, TCP, TLS, the greeting and STARTTLS, for IMAP and SMTP alike."""

import contextlib
import gc
import selectors
import socket

import pytest

from fakeservers.wire.listeners import open_listener
from harness.checker.client_connection import ClientConnection
from harness.checker.dialling import Deadline, DialFailed, dial, look_up
from harness.checker.record import CheckFailed
from harness.classify.observation import Observation
from harness.contract.settings import ServerSettings
from tests.harness.checker.conftest import imap_script, smtp_script, typed_server

PROTOCOLS = ("imap", "smtp")
CERTIFICATE_CAUSES = [
    "expired certificate-expired",
    "not-yet-valid certificate-not-yet-valid",
    "self-signed self-signed-certificate",
    "unknown-authority unknown-authority",
    "missing-intermediate unknown-authority",
    "expired-intermediate certificate-expired",
    "common-name-only hostname-mismatch",
    "wildcard hostname-mismatch",
    "by-name hostname-mismatch",
    "hostname-mismatch hostname-mismatch",
    "weak-key weak-key",
    "wrong-purpose wrong-purpose",
]


def greets(protocol):
    return {"imap": imap_script(), "smtp": smtp_script()}[protocol]


def secured(protocol, profile="valid", **tls):
    """A server with implicit TLS."""

    def script(peer):
        peer.start_tls(profile, **tls)
        greets(protocol)(peer)

    return script


def upgraded(protocol, profile="valid", **tls):
    """A server with STARTTLS."""

    def script(peer):
        if protocol == "imap":
            peer.send(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n")
            peer.send(peer.line().split(b" ")[0] + b" OK go\r\n")
            peer.start_tls(profile, **tls)
            imap_script(greeting=b"")(_Greeted(peer))
        else:
            peer.send(b"220 here\r\n")
            peer.line()
            peer.send(b"250-here\r\n250 STARTTLS\r\n")
            peer.line()
            peer.send(b"220 go\r\n")
            peer.start_tls(profile, **tls)
            smtp_script(greeting=b"")(peer)

    return script


class _Greeted:
    """After STARTTLS no server greets again."""

    def __init__(self, peer):
        self.peer = peer
        self.greeted = False

    def __getattr__(self, name):
        return getattr(self.peer, name)

    def send(self, *lines):
        if self.greeted:
            self.peer.send(*lines)
        self.greeted = True


@pytest.fixture(params=PROTOCOLS)
def failing(request, checked):
    """A function that checks with one faulty server: its diagnosis, the stage less the protocol."""

    def run(script, security="cleartext", **typed):
        server = {"security": security, **typed.pop("server", {})}
        diagnosis = checked(**{run.protocol: script, f"{run.protocol}_typed": server}, **typed)
        if diagnosis.stage is None:
            return diagnosis, None
        protocol, _, stage = diagnosis.stage.partition("-")
        assert protocol == run.protocol
        run.server = getattr(checked, run.protocol)
        return diagnosis, stage

    run.protocol = request.param
    return run


@pytest.mark.parametrize("host", ["-", "no-such-host.invalid", "two words", "a..b", "x" * 64, ""])
def test_names_that_cannot_exist(failing, host):
    diagnosis, stage = failing(greets("imap"), server={"host": host})
    assert (stage, diagnosis.cause) == ("connect", "dns-not-found")


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (socket.EAI_NONAME, "dns-not-found"),
        (socket.EAI_NODATA, "dns-not-found"),
        (socket.EAI_AGAIN, "dns-temporary"),
    ],
)
def test_look_ups_that_fail(failing, monkeypatch, code, cause):
    real = socket.getaddrinfo

    def look_up(host, *rest):
        if host == "mail.example.test":
            raise socket.gaierror(code, "no")
        return real(host, *rest)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    diagnosis, stage = failing(greets("imap"), server={"host": "mail.example.test"})
    assert (stage, diagnosis.cause) == ("connect", cause)


@contextlib.contextmanager
def dead_ports():
    """A port that refuses, and one that swallows every packet."""
    with contextlib.ExitStack() as stack:
        dead = [open_listener("127.0.0.1", 0, how) for how in ("refused", "black-hole")]
        for each in dead:
            stack.callback(each.close)
        yield [each.address[1] for each in dead]


@pytest.mark.parametrize("before", ["refused", "black-hole", "both", "none"])
def test_the_first_address_that_answers_is_taken(serve, monkeypatch, before):
    """However long those before it may be silent; those after it are left alone."""
    server = serve(smtp_script())
    with dead_ports() as (refused, silent):
        ports = {"refused": [refused], "black-hole": [silent], "both": [silent, refused]}
        order = [*ports.get(before, []), server.port, silent]
        found = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", number)) for number in order]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        connection = ClientConnection(typed_server(server, host="mail.example.test"), "smtp", 60)
        connection.connect()
        connection.begin("greeting")
        assert connection.readline() == b"220 here\r\n"
        connection.close()


def test_what_fails_at_once_is_not_waited_for(monkeypatch):
    real = selectors.DefaultSelector.select

    def select(self, timeout=None):
        assert self.get_map(), "waits for nothing"
        return real(self, timeout)

    monkeypatch.setattr(selectors.DefaultSelector, "select", select)
    with pytest.raises(DialFailed) as caught:  # a broadcast address
        dial(ServerSettings(host="127.255.255.255", port=1, security="cleartext"), Deadline(2))
    assert caught.value.kind == "unreachable"


@pytest.mark.parametrize(("last", "kind"), [(0, "refused"), (1, "connect-timeout")])
def test_where_none_answers_the_last_address_counts(monkeypatch, last, kind):
    with dead_ports() as ports:
        order = [ports[1 - last], ports[last]]
        found = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", number)) for number in order]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        server = ServerSettings(host="mail.example.test", port=1, security="cleartext")
        with pytest.raises(DialFailed) as caught:
            dial(server, Deadline(0.5))
        assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("source", "found"), [(None, ["::1", "127.0.0.1"]), ("127.0.0.9", ["127.0.0.1"])]
)
def test_localhost_has_both_addresses_whatever_this_machine_says(monkeypatch, source, found):
    """RFC 6761 section 6.3."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [])
    server = ServerSettings(host="localhost", port=1, security="cleartext", source_address=source)
    assert [address[0] for _, address in look_up(server, Deadline(5))] == found


def test_refused(failing):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        diagnosis, stage = failing(greets("imap"), server={"port": bound.getsockname()[1]})
    assert (stage, diagnosis.cause, diagnosis.evidence.errno) == ("connect", "refused", 111)


def test_unreachable(failing):
    diagnosis, stage = failing(greets("imap"), server={"host": "127.255.255.255"})
    assert (stage, diagnosis.cause) == ("connect", "unreachable")


def test_a_black_hole(failing):
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        server = {"port": full.getsockname()[1]}
        diagnosis, stage = failing(greets("imap"), server=server, timeout_s=0.5)
    assert (stage, diagnosis.cause) == ("connect", "connect-timeout")


def test_the_source_address(checked):
    sources = []

    def script(peer):
        sources.append(peer.sock.getpeername()[0])
        imap_script()(peer)

    assert checked(script, imap_typed={"source_address": "127.0.0.7"}).error == "connected"
    assert sources == ["127.0.0.7"]


@pytest.mark.parametrize(
    ("ending", "cause"), [("close", "closed-at-connect"), ("reset", "reset-at-connect")]
)
def test_gone_before_any_byte(failing, ending, cause):
    diagnosis, stage = failing(lambda peer: getattr(peer, ending)())
    assert (stage, diagnosis.cause) == ("greeting", cause)


def test_silence(failing):
    diagnosis, stage = failing(lambda peer: peer.until_gone(), timeout_s=0.3)
    assert (stage, diagnosis.cause) == ("greeting", "silent-server")


def test_dribbling_does_not_extend_the_deadline(failing):
    def dribble(peer):
        peer.sock.settimeout(0.05)
        while True:
            peer.send(b"2")
            with contextlib.suppress(TimeoutError):
                if not peer.sock.recv(100):
                    return

    _, stage = failing(dribble, timeout_s=0.5)
    assert stage == "greeting"


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-x\r\n", b"+OK POP3 ready\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"]
)
def test_a_wrong_service(failing, greeting):
    def script(peer):
        peer.send(greeting)
        peer.until_gone()

    diagnosis, stage = failing(script)
    assert (stage, diagnosis.cause) == ("greeting", "wrong-service")
    assert diagnosis.evidence.lines[0].encode() == greeting.split(b"\r\n")[0]


def test_the_other_ones_port(failing):
    diagnosis, stage = failing(greets("smtp" if failing.protocol == "imap" else "imap"))
    assert (stage, diagnosis.cause) == ("greeting", "wrong-service")


def test_a_line_without_end(failing):
    def script(peer):
        while True:
            peer.send(b"x" * 65536)

    _, stage = failing(script)
    assert stage == "greeting"


def test_a_reply_without_end(checked):
    def endless(peer, *_):
        while True:
            peer.send(b"250-more\r\n" * 1000)

    diagnosis = checked(smtp=smtp_script(ehlo=endless))
    assert diagnosis.stage == "smtp-ehlo"
    assert len(diagnosis.evidence.lines) <= 200


def test_a_greeting_that_refuses(checked):
    bye = checked(imap_script(greeting=b"* BYE [UNAVAILABLE] Too many connections\r\n"))
    assert (bye.error, bye.cause) == ("imap-confirmation-error", "too-many-connections")
    greeting = b"554-5.7.1 first\r\n554 5.7.1 Your IP address is blocked\r\n"
    blocked = checked(smtp=smtp_script(greeting=greeting))
    assert (blocked.stage, blocked.cause) == ("smtp-greeting", "ip-blocked")
    assert len(blocked.evidence.lines) == 2
    assert checked.smtp.commands() == ["QUIT"]


def test_a_greeting_of_several_lines(checked):
    assert checked(smtp=smtp_script(greeting=b"220-a\r\n220-b\r\n220 c\r\n")).error == "connected"


def test_text_before_a_close_is_kept(checked):
    def script(peer):
        peer.send(b"421-4.7.0 Too many concurrent SMTP connections;\r\n421 4.7.0 please t")
        peer.close()

    diagnosis = checked(smtp=script)
    assert diagnosis.evidence.lines[-1] == "421 4.7.0 please t"
    assert (diagnosis.stage, diagnosis.cause) == ("smtp-greeting", "too-many-connections")


@pytest.mark.parametrize("security", ["implicit-tls", "starttls"])
def test_connected_with_tls(failing, security):
    make = secured if security == "implicit-tls" else upgraded
    assert failing(make(failing.protocol), security)[0].error == "connected"


def test_a_host_name_is_checked_like_an_address(failing):
    script = secured(failing.protocol)
    diagnosis, _ = failing(script, "implicit-tls", server={"host": "localhost"})
    assert diagnosis.error == "connected"


def test_ipv6(absent):
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        absent("IPv6 on the loopback interface")
    with listener:
        port = listener.getsockname()[1]
        connection = ClientConnection(ServerSettings(host="::1", port=port), "imap", 5)
        connection.connect()
        assert connection.local_address == "::1"
        connection.close()


@pytest.mark.parametrize("security", ["implicit-tls", "starttls"])
@pytest.mark.parametrize("names", CERTIFICATE_CAUSES)
def test_certificates(failing, security, names):
    profile, cause = names.split()
    make = secured if security == "implicit-tls" else upgraded
    diagnosis, stage = failing(make(failing.protocol, profile), security)
    assert (stage, diagnosis.cause) == ("tls", cause)
    assert diagnosis.error == "unauthorized-untrusted-certificate"
    assert "AUTH" not in str(failing.server.received)

    insecure, _ = failing(
        make(failing.protocol, profile), security, allow_insecure_certificates=True
    )
    assert insecure.error == "connected"
    assert insecure.warnings == [cause]


@pytest.mark.parametrize("insecure", [False, True])
def test_a_group_that_is_too_small(failing, insecure):
    """Which is no matter of certificates."""
    script = secured(failing.protocol, ciphers="weak-dh")
    diagnosis, stage = failing(script, "implicit-tls", allow_insecure_certificates=insecure)
    assert (stage, diagnosis.cause) == ("tls", "tls-too-weak")
    assert diagnosis.error == f"{failing.protocol}-settings-incorrect"


@pytest.mark.parametrize("insecure", [False, True])
@pytest.mark.parametrize(
    ("tls", "cause"),
    [
        ({"versions": ["1.0", "1.1"]}, "tls-version"),
        ({"ciphers": "unshared"}, "tls-no-shared-cipher"),
        ({"client_certificate": "required"}, "tls-client-certificate-required"),
    ],
)
def test_other_faults_of_tls_stay_errors(failing, tls, cause, insecure):
    script = secured(failing.protocol, **tls)
    diagnosis, stage = failing(script, "implicit-tls", allow_insecure_certificates=insecure)
    assert (stage, diagnosis.cause) == ("tls", cause)
    assert diagnosis.error == f"{failing.protocol}-settings-incorrect"
    assert len(failing.server.peers) == 1
    assert diagnosis.evidence.tls_alert


def test_a_client_certificate_required_after_starttls(failing):
    script = upgraded(failing.protocol, client_certificate="required")
    diagnosis, stage = failing(script, "starttls")
    assert (stage, diagnosis.cause) == ("tls", "tls-client-certificate-required")


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_gone_in_the_handshake(failing, ending):
    def script(peer):
        peer.some()
        getattr(peer, ending)()

    diagnosis, stage = failing(script, "implicit-tls")
    assert (stage, diagnosis.cause) == ("tls", "tls-closed-in-handshake")


def test_silence_in_the_handshake(failing):
    diagnosis, stage = failing(lambda peer: peer.until_gone(), "implicit-tls", timeout_s=0.3)
    assert (stage, diagnosis.cause) == ("tls", "tls-handshake-timeout")


def test_tls_typed_for_a_plain_port(failing):
    diagnosis, stage = failing(greets(failing.protocol), "implicit-tls")
    assert (stage, diagnosis.cause) == ("tls", "client-tls-to-plain-port")


def test_tls_typed_for_another_service(failing):
    diagnosis, stage = failing(lambda peer: peer.send(b"SSH-2.0-OpenSSH\r\n"), "implicit-tls")
    assert (stage, diagnosis.cause) == ("tls", "wrong-service")


@pytest.mark.parametrize("security", ["cleartext", "starttls"])
def test_no_tls_typed_for_a_tls_port(failing, security):
    diagnosis, stage = failing(secured(failing.protocol), security, timeout_s=0.5)
    assert (stage, diagnosis.cause) == ("greeting", "client-plain-to-tls-port")


def test_a_tls_alert_instead_of_a_greeting(failing):
    def script(peer):
        peer.send(b"\x15\x03\x01\x00\x02\x02\x46")
        peer.close()

    diagnosis, stage = failing(script)
    assert (stage, diagnosis.cause) == ("greeting", "client-plain-to-tls-port")
    assert diagnosis.evidence.lines == []


def test_gone_right_after_the_handshake(failing):
    def script(peer):
        peer.start_tls(versions=["1.2"])
        peer.close()

    diagnosis, stage = failing(script, "implicit-tls")
    assert (stage, diagnosis.cause) == ("greeting", "closed-at-connect")


def starttls_answered(protocol, answer):
    if protocol == "imap":
        return imap_script(capabilities=b"IMAP4rev1 STARTTLS", STARTTLS=b"TAG " + answer)
    code = {b"O": b"220 ", b"N": b"454 "}[answer[:1]]
    return smtp_script(ehlo=b"250-here\r\n250 STARTTLS\r\n", STARTTLS=code + answer)


@pytest.mark.parametrize(
    ("security", "stage", "error"),
    [
        ("cleartext", "imap-login", "imap-authentication-error"),
        ("starttls", "imap-starttls", "imap-settings-incorrect"),
    ],
)
def test_capabilities_that_cannot_be_had_fail_what_needs_them(checked, security, stage, error):
    """go-imap, ended after its greeting."""

    def close(peer, tag, rest):
        peer.close()

    script = imap_script(greeting=b"* OK ready\r\n", CAPABILITY=close)
    diagnosis = checked(script, imap_typed={"security": security})
    assert (diagnosis.stage, diagnosis.error, diagnosis.cause) == (stage, error, "dropped")


def test_starttls_not_offered(failing):
    diagnosis, stage = failing(greets(failing.protocol), "starttls")
    assert (stage, diagnosis.cause) == ("starttls", "starttls-not-offered")
    assert failing.server.commands()[-1] in ("LOGOUT", "QUIT")
    assert "AUTH" not in str(failing.server.commands())


def test_starttls_refused(failing):
    diagnosis, stage = failing(starttls_answered(failing.protocol, b"NO not now\r\n"), "starttls")
    assert (stage, diagnosis.cause) == ("starttls", "starttls-refused")


@pytest.mark.parametrize("slipped_in", [b"250 evil\r\n", b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"])
def test_starttls_injection(failing, slipped_in):
    script = starttls_answered(failing.protocol, b"OK go\r\n" + slipped_in)
    diagnosis, stage = failing(script, "starttls")
    assert (stage, diagnosis.cause) == ("starttls", "starttls-injection")
    assert failing.server.commands()[-1] == "STARTTLS"


def test_starttls_injection_that_comes_later(failing):
    def go(peer, *rest):
        tag = rest[0] if failing.protocol == "imap" else b"220"
        peer.send(tag + b" OK go\r\n")
        peer.some()  # the ClientHello
        peer.send(b"* OK evil\r\n")
        peer.until_gone()

    offers = {"capabilities": b"IMAP4rev1 STARTTLS"} if failing.protocol == "imap" else {}
    offers = offers or {"ehlo": b"250-here\r\n250 STARTTLS\r\n"}
    make = imap_script if failing.protocol == "imap" else smtp_script
    diagnosis, stage = failing(make(STARTTLS=go, **offers), "starttls")
    assert (stage, diagnosis.cause) == ("starttls", "starttls-injection")


def test_preauth_prevents_starttls(checked):
    script = imap_script(greeting=b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n")
    diagnosis = checked(script, imap_typed={"security": "starttls"})
    assert (diagnosis.stage, diagnosis.cause) == ("imap-starttls", "starttls-not-offered")
    assert checked.imap.commands() == ["LOGOUT"]


@pytest.mark.parametrize("command", ["AUTHENTICATE", "SELECT"])
@pytest.mark.parametrize(("ending", "cause"), [("close", "dropped"), ("until_gone", "timeout")])
def test_gone_or_silent_later_imap(checked, command, ending, cause):
    def act(peer, *_):
        getattr(peer, ending)()

    diagnosis = checked(imap_script(**{command: act}), timeout_s=0.4)
    stage = {"AUTHENTICATE": "imap-login", "SELECT": "imap-confirm"}[command]
    assert (diagnosis.stage, diagnosis.cause) == (stage, cause)


@pytest.mark.parametrize("command", ["ehlo", "AUTH", "mail", "rcpt", "DATA", "end"])
def test_silent_later_smtp(checked, command):
    diagnosis = checked(
        smtp=smtp_script(**{command: lambda peer, *_: peer.until_gone()}), timeout_s=0.4
    )
    stages = {"AUTH": "smtp-login", "DATA": "smtp-data", "end": "smtp-end-of-data"}
    assert diagnosis.stage == stages.get(command, f"smtp-{command}")
    assert diagnosis.cause == "timeout"


def test_no_socket_is_left_open(checked, recwarn):
    with pytest.raises(ZeroDivisionError):
        checked(on_step=lambda step: 1 / 0 if step.state == "done" else None)
    checked(imap_script(AUTHENTICATE=b"TAG NO no\r\n"))
    gc.collect()
    assert [str(w.message) for w in recwarn if w.category is ResourceWarning] == []


def test_what_failed_is_what_the_connection_was_doing():
    failed = CheckFailed(Observation(stage="imap-login", kind="eof"))
    assert str(failed) == "imap-login: eof"
