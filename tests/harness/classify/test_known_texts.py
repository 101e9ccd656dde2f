"""The exact text of a dialect is what the dialect calls it, at its stage; near misses are not."""

import pytest

from fakeservers.dialects.dialect import dialect_names, load_dialect
from harness.classify import explain
from harness.classify.known_texts import stage_of
from harness.taxonomy import CAUSES
from tests.table import each_row


def sides(name):
    dialect = load_dialect(name)
    return [("imap", dialect.imap), ("smtp", dialect.smtp), ("oauth", dialect.oauth)]


# What wrong credentials are answered, and what tells nothing, is said of other things, too.
SAID_OF_MUCH = ("bad-credentials", "unspecified")
FAULTS = [
    (f"{name}:{protocol}:{fault}", protocol, meant, reply.wording)
    for name in dialect_names()
    if name != "plain"
    for protocol, side in sides(name)
    for fault, reply in (side.faults if side else {}).items()
    if (meant := stage_of(protocol, fault)) and meant[0] in CAUSES[meant[1]].stages
]


@each_row(FAULTS)
def test_a_dialects_fault_means_what_it_is_called_or_lists_it(protocol, meant, text):
    stage, cause = meant
    diagnosis = explain(protocol, stage, text)
    assert cause == diagnosis.cause or cause in diagnosis.candidates or shared(stage, text, cause)


def shared(stage, text, cause):
    """Dialects call this text by other names, too, or it tells nothing."""
    names = {
        meant[1]
        for _, _, meant, other in FAULTS
        if meant[0] == stage and other.partition(" ")[2] == text.partition(" ")[2]
    }
    for name in dialect_names():
        side = getattr(load_dialect(name), stage.partition("-")[0])
        for fault, reply in side.replies.items() if side else ():
            if reply.wording == text:
                names.add(fault.partition("-at-")[0])
    return cause in SAID_OF_MUCH or len(names) > 1


def test_an_exact_text_decides_where_rules_would_read_something_else():
    text = "504 PLAIN authentication is not permitted by this server."
    known = explain("smtp", "smtp-login", text)
    assert (known.cause, known.rule) == (
        "auth-mechanism-unsupported",
        "mailenable:auth-mechanism-unsupported",
    )
    assert explain("smtp", "smtp-login", f"{text} Really.").rule != known.rule


def test_the_lines_before_the_refusal_are_no_part_of_it():
    lines = "334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n504 PLAIN authentication is not permitted by"
    assert explain("smtp", "smtp-login", f"{lines} this server.").rule.startswith("mailenable:")


def test_placeholders_stand_for_anything():
    text = load_dialect("gmail").smtp.faults["web-login-required"].text
    assert "{id}" in text
    assert explain("smtp", "smtp-login", text.replace("{id}", "xyz.12 - 7")).rule.startswith(
        "gmail:"
    )


def test_a_text_with_two_meanings_is_left_to_the_rules():
    """Dovecot says the same where an address is not on its list and where a password is wrong."""
    text = "{tag} NO [AUTHENTICATIONFAILED] Authentication failed."
    assert load_dialect("dovecot").imap.faults["ip-not-allowed"].text == text
    assert explain("imap", "imap-login", text).rule == "code-authentication-failed"


def test_what_a_rule_finds_ambiguous_stays_so():
    text = "452 4.3.1 Insufficient system storage"
    assert load_dialect("postfix").smtp.faults["quota-exceeded-at-mail"].text == text
    diagnosis = explain("smtp", "smtp-mail", text)
    assert diagnosis.cause == "temporary-failure" and "quota-exceeded" in diagnosis.candidates


ANSWER = """HTTP/1.1 400 Bad Request
Content-Type: application/json

"""


@pytest.mark.parametrize("head", [ANSWER, ""])
def test_the_words_of_an_authorization_server_decide_too(head):
    outlook = load_dialect("outlook").oauth.faults
    text = head + outlook["token-revoked-4"].wording
    for word in ("guid", "timestamp", "user"):
        text = text.replace(f"{{{word}}}", f"a {word}")
    assert explain("oauth", "oauth-token", text).rule == "outlook:token-revoked-4"
    other = text.replace("Due to a", "Owing to a")
    assert other != text
    assert not explain("oauth", "oauth-token", other).rule.startswith("outlook:")


def test_an_error_that_anybody_names_is_nobodys_text():
    assert load_dialect("zoho").oauth.faults["oauth-client-refused"].body == {
        "error": "invalid_client"
    }
    assert explain("oauth", "oauth-token", '{"error": "invalid_client"}').rule == (
        "oauth-invalid-client"
    )
