"""Against whole mailboxes, with what the servers saw of it."""

import asyncio

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from harness.checker import check
from harness.contract.settings import ConnectionSettings, ServerSettings

SECURITY = ("implicit-tls", "starttls", "cleartext")


def run(services=None, typed=None, times=1, **spec):
    """Check a mailbox so many times at once: the diagnoses, and the evidence."""

    async def go():
        servers = {
            name: {"protocol": name, **(services or {}).get(name, {})} for name in ("imap", "smtp")
        }
        mailbox_spec = MailboxSpec.model_validate({"services": servers, **spec})
        async with open_mailbox(mailbox_spec) as mailbox:
            settings = ConnectionSettings(
                **{
                    "email": mailbox_spec.account.address,
                    "password": mailbox_spec.account.password,
                    "imap": typed_server(mailbox.services["imap"], servers["imap"]),
                    "smtp": typed_server(mailbox.services["smtp"], servers["smtp"]),
                    "bcc_address": mailbox_spec.bcc.address,
                    "ca_file": mailbox.ca_file,
                    "timeout_s": 5,
                    **(typed or {}),
                }
            )
            checks = [asyncio.to_thread(check, settings) for _ in range(times)]
            diagnoses = await asyncio.gather(*checks)
            await mailbox.settle(5)
            assert mailbox.evidence.faults == []
            return diagnoses, mailbox.evidence

    return asyncio.run(go())


def typed_server(service, spec):
    security = spec.get("security", "implicit-tls")
    return ServerSettings(host=service.host, port=service.port, security=security)


@pytest.mark.parametrize("security", SECURITY)
def test_a_mailbox_that_works(security):
    services = {name: {"security": security} for name in ("imap", "smtp")}
    [diagnosis], evidence = run(services)
    assert (diagnosis.error, diagnosis.warnings) == ("connected", [])
    assert [message.message_id for message in evidence.messages] == [diagnosis.message_id]
    assert [(a.service, a.outcome) for a in evidence.logins] == [
        ("imap", "accepted"),
        ("smtp", "accepted"),
    ]
    assert [transcript.ended_how for transcript in evidence.connections] == ["FIN", "FIN"]


@pytest.mark.parametrize("password", ["Schlüßel €", 'qu"ote', "back\\slash", "with space"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_passwords_and_mechanisms(password, mechanism):
    services = {name: {"mechanisms": [mechanism]} for name in ("imap", "smtp")}
    [diagnosis], evidence = run(services, account={"password": password})
    assert diagnosis.error == "connected"
    assert len(evidence.logins) == 2


def test_a_wrong_password():
    [diagnosis], evidence = run(typed={"password": "wrong"})
    assert (diagnosis.error, diagnosis.cause) == ("unauthorized", "bad-credentials")
    assert len(evidence.logins) == 1
    assert evidence.connections[0].ended_how == "FIN"


def test_many_checks_at_once():
    diagnoses, evidence = run(times=16)
    assert {diagnosis.error for diagnosis in diagnoses} == {"connected"}
    sent = {diagnosis.message_id for diagnosis in diagnoses}
    assert {message.message_id for message in evidence.messages} == sent
    assert len(sent) == 16
