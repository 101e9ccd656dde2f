"""The second look: what it finds, what it leaves of the candidates, and what it never does."""

import datetime
import socket
import ssl

import pytest
import trustme

from fakeservers.wire.certificates import process_authority
from harness.checker import chain, second_look
from harness.checker.client_connection import ClientConnection
from harness.checker.client_tls import insecure_context
from harness.checker.second_look import narrowed, probe
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, ServerSettings
from tests.harness.checker.conftest import Gone, imap_script, smtp_script
from tests.harness.checker.test_connecting import secured, upgraded


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(second_look, "GREETING_S", 0.3)
    monkeypatch.setattr(second_look, "USUAL_PORTS", {"imap": {}, "smtp": {}})


def typed(server, protocol="imap", security="implicit-tls", host="127.0.0.1"):
    other = ServerSettings(host="127.0.0.1", port=1)
    here = ServerSettings(host=host, port=getattr(server, "port", server), security=security)
    return ConnectionSettings(
        email="anna@example.test",
        password="Tr0ub4dor&3",
        timeout_s=5,
        ca_file=process_authority().ca_file,
        **{"imap": other, "smtp": other, protocol: here},
    )


def failure(stage, cause, *candidates, error="imap-settings-incorrect"):
    return Diagnosis(error=error, stage=stage, cause=cause, candidates=list(candidates))


def outcomes(found):
    return [(each.name, each.outcome, each.cause) for each in found]


def silent(peer):
    peer.until_gone()


def closing(peer):
    raise Gone


class TestThePort:
    def test_a_plain_server_where_tls_was_typed(self, serve):
        server = serve(imap_script())
        seen = failure("imap-tls", "wrong-service", "client-tls-to-plain-port", "wrong-service")
        found = probe(typed(server), seen)
        assert outcomes(found) == [("this-port", "port-plain", "client-tls-to-plain-port")]
        assert found[0].facts["service"] == "IMAP"
        assert narrowed(seen, found) == ["client-tls-to-plain-port"]

    def test_tls_where_none_was_typed(self, serve):
        server = serve(secured("smtp"))
        seen = failure(
            "smtp-greeting", "closed-at-connect", "closed-at-connect", "client-plain-to-tls-port"
        )
        found = probe(typed(server, "smtp", "starttls"), seen)
        assert outcomes(found) == [("this-port", "port-tls", "client-plain-to-tls-port")]
        assert narrowed(seen, found) == ["client-plain-to-tls-port"]

    def test_another_service(self, serve):
        server = serve(smtp_script())
        found = probe(typed(server), failure("imap-tls", "wrong-service"))
        assert outcomes(found) == [("this-port", "port-other-service", "wrong-service")]
        assert found[0].facts["service"] == "SMTP"

    @pytest.mark.parametrize(
        ("script", "outcome"), [(silent, "port-silent"), (closing, "port-closes")]
    )
    def test_what_tells_nothing_narrows_nothing(self, serve, script, outcome):
        seen = failure(
            "imap-greeting", "silent-server", "silent-server", "client-plain-to-tls-port"
        )
        found = probe(typed(serve(script), security="cleartext"), seen)
        assert outcomes(found) == [("this-port", outcome, None)]
        assert narrowed(seen, found) == []

    def test_what_is_said_is_hello_at_most(self, serve):
        server = serve(imap_script())
        probe(typed(server), failure("imap-tls", "wrong-service"))
        assert server.received == []


class TestOtherPorts:
    def test_each_usual_port_but_the_typed_one(self, serve, monkeypatch):
        tls, plain = serve(secured("imap")), serve(imap_script())
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            usual = {tls.port: "implicit-tls", plain.port: "starttls", port: "starttls"}
            monkeypatch.setattr(second_look, "USUAL_PORTS", {"imap": usual})
            found = probe(typed(port), failure("imap-connect", "refused"))
        assert [each.outcome for each in found] == ["port-tls", "port-plain"]
        assert [each.facts["port"] for each in found] == [str(tls.port), str(plain.port)]

    def test_a_port_that_refuses(self, monkeypatch):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            usual = {closed.getsockname()[1]: "starttls"}
            monkeypatch.setattr(second_look, "USUAL_PORTS", {"imap": usual})
            found = probe(typed(1), failure("imap-connect", "refused"))
        assert [each.outcome for each in found] == ["port-closed"]


def test_names_are_looked_up_of_both_servers():
    settings = typed(1, host="mail.invalid")
    smtp = settings.smtp.model_copy(update={"host": "localhost"})
    found = probe(
        settings.model_copy(update={"smtp": smtp}), failure("imap-connect", "dns-not-found")
    )
    assert [(each.outcome, each.facts["host"]) for each in found] == [
        ("name-not-found", "mail.invalid"),
        ("name-found", "localhost"),
    ]
    assert "127.0.0.1" in found[1].facts["addresses"]


def test_an_address_needs_no_looking_up():
    assert probe(typed(1), failure("imap-connect", "dns-temporary")) == []


class TestCertificates:
    CERTIFICATE = failure(
        "imap-tls", "certificate-expired", error="unauthorized-untrusted-certificate"
    )

    @pytest.mark.parametrize(
        ("profile", "causes"),
        [
            ("expired", ["certificate-expired"]),
            ("not-yet-valid", ["certificate-not-yet-valid"]),
            ("self-signed", ["self-signed-certificate"]),
            ("unknown-authority", ["unknown-authority"]),
            ("hostname-mismatch", ["hostname-mismatch"]),
            ("weak-key", ["weak-key"]),
            ("wrong-purpose", ["wrong-purpose"]),
        ],
    )
    @pytest.mark.parametrize("make", [secured, upgraded])
    def test_what_is_wrong_is_found_and_nothing_else(self, serve, profile, causes, make):
        security = "implicit-tls" if make is secured else "starttls"
        server = serve(make("imap", profile))
        found = probe(typed(server, security=security), self.CERTIFICATE)
        assert found[0].outcome == "certificate-shown"
        assert [each.cause for each in found if each.name == "certificate-problem"] == causes
        assert not any(b"LOGIN" in line or b"AUTH" in line for line in server.received)

    @pytest.mark.parametrize("protocol", ["imap", "smtp"])
    def test_all_problems_of_one_certificate(self, serve, protocol):
        stranger = trustme.CA(organization_name="Stranger")
        past = datetime.datetime(2020, 2, 1, tzinfo=datetime.UTC)
        leaf = stranger.issue_cert(
            "mail.other.example", not_before=past, not_after=past.replace(month=3)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)

        def script(peer):
            try:
                peer.sock = context.wrap_socket(peer.sock, server_side=True)
            except OSError:
                raise Gone from None
            {"imap": imap_script(), "smtp": smtp_script()}[protocol](peer)

        seen = failure(f"{protocol}-tls", "certificate-expired")
        found = probe(typed(serve(script), protocol), seen)
        shown = found[0]
        assert "Stranger" in shown.facts["issuer"]
        assert shown.facts["until"] == "2020-03-01 00:00 UTC"
        assert shown.facts["names"] == "mail.other.example"
        assert [each.cause for each in found[1:]] == [
            "certificate-expired",
            "unknown-authority",
            "hostname-mismatch",
        ]
        assert narrowed(seen, found) == []

    def test_the_whole_chain_is_listed(self, serve):
        found = probe(typed(serve(secured("imap", "valid-with-intermediate"))), self.CERTIFICATE)
        assert [each.outcome for each in found] == ["certificate-shown", "certificate-shown"]
        assert found[0].facts["issuer"] == found[1].facts["subject"]

    def test_what_is_no_certificate_is_said_to_be_none(self, serve, monkeypatch):
        monkeypatch.setattr(ClientConnection, "presented_chain", [b"junk"])
        monkeypatch.setattr(chain, "name_context", lambda *_, **__: insecure_context())
        found = probe(typed(serve(secured("imap", "expired"))), self.CERTIFICATE)
        assert [(each.outcome, each.facts["number"]) for each in found] == [
            ("certificate-unreadable", "1")
        ]

    def test_a_server_that_closes_meanwhile(self, serve):
        assert probe(typed(serve(closing)), self.CERTIFICATE) == []


class TestOldTls:
    SEEN = failure("imap-tls", "tls-version", "tls-version", "tls-no-shared-cipher")

    def test_a_server_that_speaks_nothing_newer(self, serve):
        found = probe(typed(serve(secured("imap", versions=["1.0", "1.1"]))), self.SEEN)
        assert found[-1].outcome == "old-tls-spoken" and found[-1].facts["version"] == "TLSv1.1"
        assert narrowed(self.SEEN, found) == ["tls-version"]

    def test_no_better(self, serve):
        found = probe(typed(serve(closing)), self.SEEN)
        assert found[-1].outcome == "old-tls-no-better" and narrowed(self.SEEN, found) == []


class TestLogIn:
    SEEN = failure("smtp-login", "bad-credentials", error="unauthorized")

    def test_imap_has_accepted_what_smtp_refused(self):
        found = probe(typed(1), self.SEEN, imap_accepted=True)
        assert outcomes(found) == [("log-in", "imap-accepted-log-in", None)]

    def test_nothing_is_said_where_imap_wanted_no_password(self):
        assert probe(typed(1), self.SEEN) == []

    @pytest.mark.parametrize(
        "stage", ["imap-login", "imap-confirm", "smtp-mail", "smtp-rcpt", "smtp-end-of-data"]
    )
    def test_what_the_server_itself_has_said_needs_no_second_look(self, stage):
        assert probe(typed(1), failure(stage, "unspecified")) == []


def test_connected_needs_none():
    assert probe(typed(1), Diagnosis(error="connected")) == []
