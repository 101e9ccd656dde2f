"""The fixture `badinbox_mailbox`: a running mailbox by the id of its scenario."""

from __future__ import annotations

import pytest

from tests.harness.plugin.conftest import Ran

LOGIN = """
import imaplib, socket, ssl
import badinbox

def log_in(mailbox):
    imap = mailbox.settings.imap
    context = ssl.create_default_context(cafile=mailbox.ca_file)
    with imaplib.IMAP4_SSL(imap.host, imap.port, ssl_context=context) as client:
        client.login(mailbox.settings.login, mailbox.settings.password)
        return client.select("INBOX")[0]

"""


def test_a_mailbox_that_works(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LOGIN
        + """
def test_it(badinbox_mailbox):
    mailbox = badinbox_mailbox("connected/working[implicit-tls]")
    assert log_in(mailbox) == "OK"
    assert [login.outcome for login in mailbox.evidence.logins] == ["accepted"]
    assert mailbox.messages == []
    service = mailbox.services["imap"]
    assert (service.host, service.port) == (mailbox.settings.imap.host, mailbox.settings.imap.port)
    assert isinstance(mailbox.settings, badinbox.ConnectionSettings)

def test_each_has_its_own(badinbox_mailbox):
    first, second = (badinbox_mailbox("connected/working[implicit-tls]") for _ in range(2))
    log_in(first)
    assert (len(first.evidence.connections), len(second.evidence.connections)) == (1, 0)
"""
    )
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)
    pytester.runpytest_subprocess("-n", "2").assert_outcomes(passed=2)


def test_it_is_closed_when_the_test_fails(pytester: pytest.Pytester, ran: Ran) -> None:
    pytester.makepyfile(
        """
        import socket
        import pytest

        kept = []

        def test_fails(badinbox_mailbox):
            kept.append(badinbox_mailbox("connected/working[implicit-tls]"))
            assert False

        def test_closed():
            for service in kept[0].services.values():
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection((service.host, service.port))
        """
    )
    ran().assert_outcomes(passed=1, failed=1)


def test_a_scenario_file_of_ones_own(pytester: pytest.Pytester, ran: Ran) -> None:
    pytester.makefile(
        ".yaml",
        silent="""
        # yaml-language-server: $schema=scenario.schema.json
        title: Nothing listens
        reproduces: imap-settings-incorrect
        stage: imap-connect
        cause: refused
        source: RFC 9293
        imap: {listen: refused}
        remedy:
          - advice: allow-ip-addresses
            apply: {imap: {listen: listening}}
        """,
    )
    pytester.makepyfile(
        """
        import socket
        import pytest

        def test_it(badinbox_mailbox):
            imap = badinbox_mailbox("silent.yaml").settings.imap
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((imap.host, imap.port))
        """
    )
    result = ran("test_a_scenario_file_of_ones_own.py")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("connected/workin", "*did you mean 'connected/working'*"),
        ("connected/working", "*does not name one case; there are: connected/working[[]*"),
        ("connected/working[x]", "*does not name one case; there are: connected/working[[]*"),
    ],
)
def test_an_unknown_name(pytester: pytest.Pytester, name: str, message: str, ran: Ran) -> None:
    pytester.makepyfile(f"def test_it(badinbox_mailbox):\n    badinbox_mailbox({name!r})\n")
    result = ran()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([message])
    result.stdout.no_fnmatch_line("*plugin.py*")
