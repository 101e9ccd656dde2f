"""Whether the password may be asked for: only where the server's words blame what was typed.

Variants of what servers say, labelled before the rules were looked at. The code beside the words is
the same in both lists: it is the usual one for every refusal.
"""

from pathlib import Path

import yaml

from harness.classify import explain
from tests.table import each_row

LINES = yaml.safe_load(Path(__file__).with_name("blame.yaml").read_text("utf-8"))


def asked(line):
    protocol = "smtp" if line[0].isdecimal() else "imap"
    return explain(protocol, f"{protocol}-login", line).ask_password


@each_row((line, line) for line in LINES["cleared"])
def test_what_clears_the_credentials_asks_for_no_password(line):
    assert not asked(line)


@each_row((line, line) for line in LINES["blamed"])
def test_what_blames_them_does(line):
    assert asked(line)


def test_a_status_is_read_in_any_case_but_a_word_of_a_sentence_is_none():
    assert explain("imap", "imap-login", "* bye too many connections").cause == (
        explain("imap", "imap-login", "* BYE too many connections").cause
    )
    assert explain("imap", "imap-login", "Password no longer valid").ask_password


def test_a_name_that_is_not_found_backwards_is_temporary_where_the_code_says_so():
    """RFC 7372 section 3.3 has 4.7.25 and 5.7.25."""
    passing = explain("smtp", "smtp-rcpt", "451 4.7.25 Client host rejected: cannot find hostname")
    assert passing.retryable
