"""One file, one scenario: what is read, and what becomes of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fakeservers.spec import MailboxSpec
from harness.files.problems import BadInput
from harness.scenario.catalogue import collect
from harness.scenario.customer.held import WRONG
from harness.scenario.loading import load
from harness.scenario.model import Reproduces
from harness.taxonomy import DOCUMENTED_ERRORS
from tests.catalogue import whole_catalogue

# As printed in the design, the modeline apart.
DESIGN_EXAMPLE = """\
# scenarios/unauthorized-app-password-required/gmail-imap.yaml
title: Gmail refuses the account password and asks for an app password
reproduces: unauthorized-app-password-required   # the documented error a correct connector names
stage: imap-login                                # where it must be noticed
cause: app-password-required                     # the finer reason
source: https://…                                # where this behaviour was seen; required
dialect: gmail                                   # greeting, capabilities and texts of one provider or server
imap:
  rules:
    - when: {event: login, password: account}    # LOGIN or AUTHENTICATE, with the account's own password
      then: {reply: app-password-required}       # a named reply of the dialect (`text:` for literal words)
remedy:
  - advice: use-app-password                     # the article's own remedy …
    apply: {customer: {password: app-password}}  # … and the change that makes the check succeed: the rule stays
"""  # noqa: E501

RETRY = """\
title: Out of order for a while
reproduces: imap-authentication-error
stage: imap-login
cause: temporary-failure
source: RFC 5530 section 3
state: [outage]
timeout-s: 1
expect: [no-test-email, {warning: courier-imap-not-supported}]
imap:
  rules:
    - when: {event: login, state: outage}
      then: {reply: temporary-failure}
remedy:
  advice: retry-later
  keep-mailbox: true
  apply: {state: []}
"""

WRONG_PORT = """\
title: The wrong one of two ports
reproduces: imap-settings-incorrect
stage: imap-connect
cause: refused
source: [one, two]
account: {address: eva@example.test, password: hunter-2}
services:
  old: {protocol: imap, listen: refused, security: starttls}
customer:
  email: Eva@example.test
  username: eva
  password: {literal: 'pass "word"'}
  imap: {service: old, host: localhost, source-address: 127.0.0.7}
  smtp: {security: cleartext}
remedy:
  - advice: confirm-server-and-port
    apply: {customer: {imap: {service: imap, host: null}}}
  - advice: contact-it-or-provider
    apply: {services: {old: {listen: listening}}}
"""

ADDRESSES = {"imap": ("127.0.0.1", 993), "smtp": ("127.0.0.1", 465), "old": ("127.0.0.1", 143)}


def test_the_example_of_the_design(loaded):
    (scenario,) = loaded(DESIGN_EXAMPLE).values()
    assert scenario.id == "unauthorized-app-password-required/example"
    assert (scenario.stage, scenario.cause) == ("imap-login", "app-password-required")
    (remedy,) = scenario.remedies
    before = scenario.settings(ADDRESSES, ca_file="ca.pem")
    after = scenario.settings(ADDRESSES, ca_file="ca.pem", remedy=remedy)
    account = scenario.facts.account
    assert (before.password, after.password) == (account.password, account.app_password)
    assert before.ca_file == "ca.pem"
    cured, broken = scenario.mailbox_spec(remedy), scenario.mailbox_spec()
    assert (cured.hidden, broken.hidden) == ([after.password], [before.password])
    assert cured.model_copy(update={"hidden": broken.hidden}) == broken
    assert len(scenario.mailbox_spec().services["imap"].rules) == 1


def test_an_unproven_remedy_is_told_and_not_run(loaded):
    text = RETRY.replace("keep-mailbox: true\n  apply: {state: []}", "unproven: nobody can wait")
    (scenario,) = loaded(text).values()
    assert scenario.remedies == ()
    assert scenario.unproven == {"retry-later": "nobody can wait"}


def test_an_unproven_remedy_applies_nothing(loaded):
    text = RETRY.replace("keep-mailbox: true", "unproven: nobody can wait")
    with pytest.raises(BadInput, match="a remedy that is unproven changes nothing"):
        loaded(text)


def test_no_sign_in_by_token_is_proven_by_switching_the_fault_off():
    typed = [
        (scenario.id, remedy.facts.customer == scenario.facts.customer)
        for scenario in whole_catalogue()
        for remedy in scenario.remedies
        if remedy.advice == "connect-with-oauth"
    ]
    assert [id_ for id_, same in typed if same] == []


def test_a_remedy_on_the_running_mailbox(loaded):
    (scenario,) = loaded(RETRY).values()
    (remedy,) = scenario.remedies
    assert remedy.keep_mailbox
    assert scenario.mailbox_spec().state == ["outage"]
    assert scenario.mailbox_spec(remedy).state == []
    assert scenario.mailbox_spec(remedy).services == scenario.mailbox_spec().services
    assert scenario.timeout_s == scenario.settings(ADDRESSES).timeout_s == 1
    word, warning = scenario.expect
    assert word == "no-test-email"
    assert warning.warning == "courier-imap-not-supported"


def test_what_the_customer_typed(loaded):
    (scenario,) = loaded(WRONG_PORT).values()
    settings = scenario.settings(ADDRESSES)
    assert (settings.email, settings.username) == ("Eva@example.test", "eva")
    assert settings.password == 'pass "word"'
    imap, smtp = settings.imap, settings.smtp
    assert (imap.host, imap.port, imap.security) == ("localhost", 143, "starttls")
    assert imap.source_address == "127.0.0.7"
    assert (smtp.host, smtp.port, smtp.security) == ("127.0.0.1", 465, "cleartext")
    assert settings.bcc_address == "bcc@crm.example.test"
    assert scenario.source == ("one", "two")


def test_each_remedy_starts_from_the_scenario(loaded):
    (scenario,) = loaded(WRONG_PORT).values()
    other_port, repaired = scenario.remedies
    settings = scenario.settings(ADDRESSES, remedy=other_port)
    assert (settings.imap.host, settings.imap.port) == ("127.0.0.1", 993)
    assert settings.imap.security == "implicit-tls"
    assert settings.imap.source_address == "127.0.0.7"
    assert settings.password == 'pass "word"'
    assert scenario.mailbox_spec(other_port).services["old"].listen == "refused"
    assert scenario.mailbox_spec(repaired).services["old"].listen == "listening"


@pytest.mark.parametrize("kind", ["account", "app-password", "wrong"])
def test_each_kind_of_password(loaded, kind):
    text = RETRY + f"customer: {{password: {kind}}}\n"
    (scenario,) = loaded(text).values()
    account = scenario.facts.account
    typed = {
        "account": account.password,
        "app-password": account.app_password,
        "wrong": WRONG,
    }
    assert scenario.settings(ADDRESSES).password == typed[kind]


def test_nothing_written_is_a_mailbox_that_works(loaded):
    text = "title: All is well\nreproduces: connected\nsource: RFC 9051\n"
    (scenario,) = loaded(text).values()
    assert scenario.id == "connected/example"
    assert (scenario.stage, scenario.cause, scenario.remedies) == (None, None, ())
    written, default = scenario.mailbox_spec().model_dump(), MailboxSpec().model_dump()
    assert written.pop("hidden") == [default["account"]["password"]]  # what the customer types
    assert default.pop("hidden") == []
    assert written == default
    assert scenario.settings(ADDRESSES).timeout_s == 10


def test_another_protocol_on_a_usual_service(loaded):
    text = RETRY + "smtp: {protocol: http, security: cleartext}\n"
    (scenario,) = loaded(text).values()
    assert scenario.mailbox_spec().services["smtp"].protocol == "http"


def test_an_anchor_is_as_good_as_what_it_stands_for(loaded):
    text = RETRY.replace("[outage]", "&there [outage]")
    (scenario,) = loaded(text + "notes: &note words\naccount: {aliases: *there}\n").values()
    assert scenario.facts.account.aliases == ["outage"]


def test_what_a_scenario_may_reproduce_follows_the_taxonomy():
    assert set(Reproduces.__args__) == DOCUMENTED_ERRORS.keys() - {"unclassified"}


def test_passwords_are_not_shown(loaded):
    (scenario,) = loaded(WRONG_PORT).values()
    assert "pass " not in repr(scenario.customer)
    assert "pass " not in repr(scenario.settings(ADDRESSES))


def test_a_hundred_files_load_fast(write, tmp_path: Path):
    for number in range(100):
        write(RETRY, f"folder/file-{number}.yaml")
    load(tmp_path / "folder/file-0.yaml")  # the dialect is read once
    started = time.process_time()
    assert len(collect([tmp_path])) == 100
    assert time.process_time() - started < 0.5
