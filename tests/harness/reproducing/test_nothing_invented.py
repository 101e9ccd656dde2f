"""No line that no server said becomes a reply; a reply that is one keeps its code."""

from __future__ import annotations

import io

import pytest

from harness.contract.diagnosis import Diagnosis
from harness.files.problems import BadInput
from harness.reproducing.failure import Failure, find_failure
from harness.reproducing.making.choice import of_title
from harness.reproducing.making.compose import compose
from harness.reproducing.making.copied import copied
from harness.reproducing.making.words import Composed, own_words
from harness.reproducing.material import lines_of, read
from harness.reproducing.placeholders import Ours, with_placeholders
from harness.reproducing.windows import windows
from harness.scenario.model import Scenario
from harness.taxonomy import DOCUMENTED_ERRORS, error_titled, protocol_of
from tests.catalogue import whole_catalogue


def _found(log: str):
    ((part, _),) = windows(io.BytesIO(log.encode()))
    return find_failure(read(lines_of(part)))


@pytest.mark.parametrize(
    "log",
    [
        "09:14:02 [ERROR] [imap_poller] Fetching the box of Erika: [Errno 99] Cannot bind",
        "imap: 220 mx7.example.org ESMTP NO UCE",
        "IMAP stream: [CLOSED] IMAP connection broken (authenticate)",
        "IMAP [WARNING] nothing to do here",
        "IMAP: [NOTICE] there were NO new messages",
        "  responseCode: 534 }",
        "  smtp: 550 }}",
    ],
)
def test_a_word_in_brackets_or_a_no_is_no_reply(log):
    found = _found(log)
    assert found is None or found.lines == ()


@pytest.mark.parametrize(
    ("log", "reply"),
    [
        ("imaplib.error: b'[AUTHENTICATIONFAILED] Nope (Failure)'", "Nope (Failure)"),
        ("it said: a7 NO Mailbox is locked", "a7 NO Mailbox is locked"),
        ("* BYE Too many connections", "* BYE Too many connections"),
    ],
)
def test_a_reply_that_is_quoted_is_found(log, reply):
    found = _found(log)
    assert found is not None
    assert found.lines[0].endswith(reply)


def test_a_line_that_a_known_server_says_word_for_word_is_its():
    found = _found("Command received in Invalid state.\n\nINFO -- : Completed 200 OK in 223ms\n")
    assert found is not None
    assert found.lines == ("a1 BAD Command received in Invalid state.",)


@pytest.mark.parametrize(
    ("line", "stage"),
    [
        ("smtplib.SMTPSenderRefused: (551, b'Not yours', 'a@b.example')", "smtp-mail"),
        ("smtplib.SMTPRecipientsRefused: {'a@b.example': (501, b'5.1.5 Reserved')}", "smtp-rcpt"),
        ("smtplib.SMTPDataError: (554, b'5.6.0 Not like this')", "smtp-end-of-data"),
        ("smtplib.SMTPHeloError: (504, b'Who are you')", "smtp-ehlo"),
        ("smtplib.SMTPConnectError: (554, b'Go away')", "smtp-greeting"),
        ("smtplib.SMTPAuthenticationError: (454, b'Later')", "smtp-login"),
        ("smtp.Auth: (530, b'Must issue a STARTTLS command first')", "smtp-login"),
        ("mail: 454 4.7.0 TLS not available due to local problem", "smtp-starttls"),
        ("failed to issue MAIL command: 550 5.7.1 No", "smtp-mail"),
        ("Caused by: org.x.SMTPSenderFailedException: 501 5.1.7 Not an address", "smtp-mail"),
        ("com.sun.mail.smtp.SMTPAddressFailedException: 550 Not here", "smtp-rcpt"),
    ],
)
def test_the_class_of_an_exception_names_the_command(line, stage):
    found = _found(line)
    assert found is not None
    assert found.stage == stage


@pytest.mark.parametrize("code", ["554-Transaction failed", "535-Authentication failed"])
def test_the_code_of_a_reply_is_no_id(code):
    assert with_placeholders(code, Ours()) == code


def test_what_follows_the_code_is_masked_all_the_same():
    assert with_placeholders("554-q7Zk29LmX0aa81 refused", Ours()) == "554-{id} refused"


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("[mx.beispiel.example:192.0.2.10], see", "[host.example.test:{peer}], see"),
        ("::ffff:192.0.2.10 is blocked", "{peer} is blocked"),
        ("[IPv6:2001:db8::25] is blocked", "[IPv6:{peer}] is blocked"),
        ("from 192.0.2.10:25", "from {peer}:25"),
        ("from 2001:db8:0:1:2:3:4:1025:25", "from {peer}:25"),
        ("fe80::1 is blocked", "{peer} is blocked"),
        ("192.0.2.10.: no", "{peer}.: no"),
    ],
)
def test_an_address_is_masked_whole_whatever_is_beside_it(said, masked):
    assert with_placeholders(f"550 {said}", Ours()) == f"550 {masked}"


def test_what_is_somebodys_at_amazon_is_masked():
    said = "554 User `arn:aws:iam::123456789012:user/mail-of.us' may not send"
    assert with_placeholders(said, Ours()) == "554 User `arn:{id}' may not send"


@pytest.mark.parametrize("shut", ["temporarily locked", "is disabled", "has been suspended"])
def test_the_name_of_an_account_that_is_shut_is_masked(shut):
    said = with_placeholders(f"{{tag}} NO Your account anna {shut}", Ours())
    assert said == f"{{tag}} NO Your account someone@example.test {shut}"


@pytest.mark.parametrize("shut", ["temporarily locked", "is disabled", "has been suspended"])
def test_an_account_without_a_name_that_is_shut_stays(shut):
    assert with_placeholders(f"535 Your account {shut}", Ours()) == f"535 Your account {shut}"


REFUSALS = {
    "imap": "{tag} NO Not like this",
    "smtp": "554 Not like this",
    "oauth": '{"error": "invalid_thing"}',
}


@pytest.mark.parametrize("quoted", [True, False], ids=["quoted", "not quoted"])
def test_no_scenario_has_words_of_its_own_but_those_of_the_evidence(quoted):
    """Of every kind of failure that the catalogue has: with a server's words, and without."""
    kinds: dict[tuple[str, ...], list[Scenario]] = {}
    for each in whole_catalogue():
        if each.stage and each.cause:
            kinds.setdefault((each.reproduces, each.stage, each.cause), []).append(each)
    made = {kind: _made_of(scenarios, quoted) for kind, scenarios in kinds.items()}
    assert len(kinds) > 100 and sum(each is not None for each in made.values()) > 100
    said = {*REFUSALS.values()} if quoted else set()
    invented = {kind: set(own_words(each.data)) - said for kind, each in made.items() if each}
    assert {kind: words for kind, words in invented.items() if words} == {}


def _made_of(scenarios: list[Scenario], quoted: bool) -> Composed | None:
    like = scenarios[0]
    assert like.stage is not None
    lines = (REFUSALS[protocol_of(like.stage)],) if quoted else ()
    advice = list(DOCUMENTED_ERRORS[like.reproduces].advice)
    diagnosis = Diagnosis(error=like.reproduces, stage=like.stage, cause=like.cause, advice=advice)
    try:
        return compose(Failure(like.stage, lines, None, diagnosis), Ours(), "a log")
    except BadInput:
        return copied(scenarios, "a log")


def test_where_a_title_is_all_that_is_known_the_scenario_has_no_words_of_its_own():
    titles = [each for each in DOCUMENTED_ERRORS if error_titled(each)]
    made = [of_title(each, None, "a ticket").scenario for each in titles]
    assert [list(own_words(each.data)) for each in made if each] == [[]] * 8
