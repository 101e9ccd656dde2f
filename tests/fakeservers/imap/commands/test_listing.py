"""LIST with the options of RFC 5258, RFC 6154 and RFC 5819; LSUB; what outlives a mailbox."""

import re

import pytest
from talk import selected, tagged, untagged

GONE = (b"CREATE a.b", b"SUBSCRIBE a.b", b"CREATE gone", b"SUBSCRIBE gone", b"DELETE gone")


def listed(command, *before, dialect="dovecot"):
    """The names in the answer, each with its attributes and what follows it."""
    lines = untagged(*before, command, setup=b"NOOP", dialect=dialect)
    found = {}
    for line in lines:
        if line.startswith("LIST "):
            attributes, rest = re.split(r'\) "[./]" ', line[6:], maxsplit=1)
            name, _, more = rest.partition(" (")
            found[name.strip('"')] = attributes + (f" ({more}" if more else "")
    return found


def test_attributes_are_told_to_who_asks_for_them():
    assert listed(b'LIST "" (%)')["Sent"] == ""
    assert listed(b'LIST "" Sent RETURN (CHILDREN SUBSCRIBED)')["Sent"] == (
        "\\Subscribed \\HasNoChildren"
    )
    assert listed(b'LIST "" Sent RETURN (CHILDREN)', b"CREATE Sent.x")["Sent"] == "\\HasChildren"
    assert listed(b'LIST "" Sent')["Sent"] == "\\HasNoChildren"


def test_special_use():
    assert listed(b'LIST (SPECIAL-USE) "" *', dialect="cpanel") == {
        name: f"\\{name}" for name in ("Drafts", "Sent", "Junk", "Trash", "Archive")
    }
    assert listed(b'LIST "" Sent RETURN (SPECIAL-USE)', dialect="cpanel") == {"Sent": "\\Sent"}


def test_several_patterns():
    assert list(listed(b'LIST "" (INBOX S% INB% "")')) == ["INBOX", "Sent"]
    assert listed(b'LIST "" ()') == listed(b'LIST "" "" RETURN ()') == {}
    assert selected(b'LIST "" ""', setup=b"NOOP")[0] == b'* LIST (\\Noselect) "/" ""'


def test_subscribed_ones():
    found = listed(b'LIST (SUBSCRIBED) "" *', *GONE)
    assert found.pop("gone") == "\\Subscribed \\NonExistent"
    assert found.pop("a.b") == "\\Subscribed"
    assert set(found) == {"INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive"}


def test_recursivematch_tells_what_is_above_what_is_selected():
    found = listed(b'LIST (SUBSCRIBED RECURSIVEMATCH) "" %', *GONE)
    assert found["a"] == ' ("CHILDINFO ("SUBSCRIBED"))'.replace('"CHILD', "CHILD", 1)
    assert "a" not in listed(b'LIST (SUBSCRIBED RECURSIVEMATCH) "" *', *GONE)
    gone = (*GONE, b"DELETE a.b", b"DELETE a")
    assert listed(b'LIST (SUBSCRIBED RECURSIVEMATCH) "" %', *gone)["a"].startswith("\\NonExistent")


def test_status_of_what_is_listed():
    lines = untagged(
        b'LIST (SUBSCRIBED) "" (INBOX gone) RETURN (STATUS (MESSAGES SIZE))', *GONE[2:],
        b'LIST (SUBSCRIBED) "" (INBOX gone) RETURN (STATUS (MESSAGES SIZE) CHILDREN)',
        setup=b"NOOP",
    )  # fmt: skip
    statuses = [line for line in lines if line.startswith("STATUS")]
    assert len(statuses) == 2
    assert all("INBOX" in line and "(MESSAGES 2 SIZE " in line for line in statuses)


def test_lsub():
    lines = untagged(*GONE, b'LSUB "" %', b"UNSUBSCRIBE gone", b"UNSUBSCRIBE nonsuch", b'LSUB "" *')
    names = [line for line in lines if line.startswith("LSUB") and ("a" in line.split()[-1])]
    assert any(line.startswith("LSUB (\\Noselect)") and line.endswith(" a") for line in names)
    assert [line for line in names if "gone" in line] == []


def test_names_in_other_cases_and_scripts():
    assert list(listed(b'LIST "" inbox')) == list(listed(b'LIST "" InB%')) == ["INBOX"]
    name = b"&ZeVnLIqe-"
    assert list(listed(b'LIST "" ' + name, b"CREATE " + name)) == [name.decode()]
    assert listed(b'LIST "" &&') == listed(b"LIST && *") == {}


@pytest.mark.parametrize(
    "command",
    [
        b'LIST (NONSUCH) "" *',
        b'LIST (RECURSIVEMATCH) "" *',
        b'LIST (RECURSIVEMATCH REMOTE) "" *',
        b'LIST "" * RETURN',
        b'LIST "" * RETURN (NONSUCH)',
        b'LIST "" * RETURN (STATUS)',
        b'LIST "" * RETURN (STATUS ())',
        b'LIST "" * RETURN (STATUS (NONSUCH))',
        b'LIST "" * CHILDREN',
        b'LIST "" (INBOX',
        b"LIST (SUBSCRIBED) *",
    ],
)
def test_what_is_wrong_is_bad(command):
    assert tagged(command) == ["BAD"]


@pytest.mark.parametrize(
    "command",
    [
        b'LIST (SUBSCRIBED) "" *',
        b'LIST "" (INBOX)',
        b'LIST "" * RETURN (STATUS (MESSAGES))',
        b"STATUS INBOX (SIZE)",
        b"STATUS INBOX (HIGHESTMODSEQ)",
    ],
)
def test_what_is_not_offered_is_unknown(command):
    assert tagged(command, dialect="plain") == ["BAD"]
