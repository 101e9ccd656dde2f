"""ESEARCH (RFC 4731), SEARCHRES (RFC 5182) and WITHIN (RFC 5032)."""

import pytest
from talk import tagged, untagged

MORE = [b"Subject: zz\r\n\r\n"] * 3  # five messages in all


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"SEARCH RETURN () ALL", " ALL 1:5"),
        (b"SEARCH RETURN (MIN MAX COUNT) ALL", " MIN 1 MAX 5 COUNT 5"),
        (b"search return (all count) NOT 3", " ALL 1:2,4:5 COUNT 4"),
        (b"UID SEARCH RETURN (ALL) 2,4", " UID ALL 2,4"),
        (b"SEARCH RETURN (COUNT) SUBJECT nonsuch", " COUNT 0"),
        (b"SEARCH RETURN (MIN MAX ALL) SUBJECT nonsuch", ""),
        (b"SEARCH RETURN (MIN) CHARSET UTF-8 MODSEQ 1", " MIN 1 MODSEQ 2"),
        (b"SEARCH RETURN (MAX) MODSEQ 1", " MAX 5 MODSEQ 6"),
    ],
)
def test_esearch(command, answer):
    assert untagged(command, messages=MORE)[-1] == f'ESEARCH (TAG "t"){answer}'


def test_what_is_saved_can_be_named():
    lines = untagged(
        b"SEARCH RETURN (SAVE) SUBJECT zz",
        b"SEARCH $",
        b"SEARCH NOT $",
        b"UID FETCH $ UID",
        b"SEARCH RETURN (SAVE MIN) $",
        b"SEARCH UID $",
        b"SEARCH RETURN (SAVE COUNT) ALL",
        b"COPY $ Sent",
        b"STATUS Sent (MESSAGES)",
        messages=MORE,
    )
    assert lines[:5] == [
        "SEARCH 3 4 5", "SEARCH 1 2", "3 FETCH (UID 3)", "4 FETCH (UID 4)", "5 FETCH (UID 5)",
    ]  # fmt: skip
    assert lines[5:8] == ['ESEARCH (TAG "t") MIN 3', "SEARCH 3", 'ESEARCH (TAG "t") COUNT 5']
    assert lines[8].endswith("(MESSAGES 5)")


def test_what_is_gone_is_saved_no_more():
    lines = untagged(
        b"SEARCH RETURN (SAVE) ALL",
        b"STORE 1:2 +FLAGS.SILENT (\\Deleted)",
        b"EXPUNGE",
        b"FETCH $ UID",
        b"SELECT INBOX",
        b"FETCH $ UID",
        messages=MORE[:1],
    )
    assert [line for line in lines if "UID " in line and "FETCH" in line] == ["1 FETCH (UID 3)"]


def test_what_was_saved_is_known_until_the_search_that_saves_anew_is_over():
    lines = untagged(
        b"SEARCH RETURN (SAVE) SUBJECT zz",
        b"SEARCH RETURN (SAVE) CHARSET UTF-8 $ NOT 3",
        b"SEARCH $",
        messages=MORE,
    )
    assert lines == ["SEARCH 4 5"]


def test_a_search_that_is_refused_saves_nothing():
    assert tagged(
        b"SEARCH RETURN (SAVE) ALL", b"SEARCH RETURN (SAVE) CHARSET X-FOO ALL", b"FETCH $ UID"
    ) == ["OK", "NO", "OK"]


def test_within():
    assert untagged(b"SEARCH YOUNGER 3600", b"SEARCH OLDER 3600") == ["SEARCH 1 2", "SEARCH"]


@pytest.mark.parametrize(
    "command",
    [
        b"SEARCH RETURN ALL",
        b"SEARCH RETURN (MIN)",
        b"SEARCH RETURN (NONSUCH) ALL",
        b"SEARCH RETURN (PARTIAL 1:2) ALL",
        b"SEARCH YOUNGER 0",
        b"SEARCH YOUNGER x",
        b"SEARCH 1,$",
        b"FETCH $:2 UID",
    ],
)
def test_what_is_wrong_is_bad(command):
    assert tagged(command) == ["BAD"]
