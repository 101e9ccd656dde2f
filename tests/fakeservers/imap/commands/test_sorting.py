"""SORT (RFC 5256, RFC 5957, ESORT) and THREAD (RFC 5256). The two messages that every account has
are 1 and 2; the tests sort or thread those behind them."""

import pytest
from talk import selected, spec, tagged, talk, untagged

from fakeservers.imap.headers import base_subject


def message(subject="", **fields):
    lines = [f"Subject: {subject}"] if subject else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def at(hour):
    return f"Fri, 22 Feb 2008 {hour:02}:00:00 +0000"


@pytest.mark.parametrize(
    ("subject", "base", "answers"),
    [
        ("", "", False),
        ("a  \t b", "A B", False),
        ("Re: a", "A", True),
        ("RE : [list] Fwd: [list] a (fwd) (FWD) ", "A", True),
        ("[list] a", "A", False),
        ("[a]", "[A]", False),
        ("re: [fwd: [fwd: re: a]]", "A", True),
        ("Ad: Re: a", "AD: RE: A", False),
        ("re[2]: a", "A", True),
        ("re:", "", True),
    ],
)
def test_base_subjects(subject, base, answers):
    assert base_subject(subject) == (base, answers)


LETTERS = [
    message("b", Date=at(3), From="Zoe <a@x.test>", To="b@x.test", Cc="c: x@x.test;"),
    message("Re: a", Date=at(1), From="c@x.test (Anna)", To="a@x.test"),
    message("=?utf-8?q?b?=", Date="never", From="b@x.test"),
]


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        (b"SUBJECT", "4 3 5"),
        (b"REVERSE SUBJECT", "3 5 4"),
        (b"REVERSE SUBJECT REVERSE ARRIVAL", "5 3 4"),
        (b"DATE", "4 3 5"),  # without a date, it is when it was received
        (b"FROM", "3 5 4"),
        (b"TO", "5 4 3"),
        (b"CC SIZE", "5 4 3"),
        (b"SIZE", "5 4 3"),
        (b"ARRIVAL", "3 4 5"),
        (b"DISPLAYFROM", "4 5 3"),
        (b"DISPLAYTO", "5 4 3"),
    ],
)
def test_sort(program, answer):
    lines = untagged(b"SORT (" + program + b") UTF-8 3:*", messages=LETTERS)
    assert lines == [f"SORT {answer}"]


def test_sort_tells_what_esearch_tells():
    lines = untagged(
        b"UID SORT RETURN (MIN MAX ALL COUNT) (SUBJECT) UTF-8 3:5",
        b"SORT RETURN () (SUBJECT) US-ASCII SUBJECT nonsuch",
        messages=LETTERS,
    )
    assert lines == [
        'ESEARCH (TAG "t") UID MIN 4 MAX 5 ALL 4,3,5 COUNT 3', 'ESEARCH (TAG "t")'
    ]  # fmt: skip


REPLIES = [
    message("one", Message_Id="<1@x>", Date=at(1)),
    message("Re: one", Message_Id="<2@x>", In_Reply_To="<1@x>", Date=at(2)),
    message("two", Message_Id="<3@x>", References="<gone@x> <lost@x>", Date=at(3)),
    message("three", Message_Id="<4@x>", References="<gone@x>", Date=at(4)),
    message("Re: one", Message_Id="<5@x>", References="<1@x> <2@x>", Date=at(5)),
    message("Re: one", Message_Id="<6@x>", References="<elsewhere@x>", Date=at(0)),
    message("four", Message_Id="<7@x>", References="<8@x>", Date=at(7)),
    message("four", Message_Id="<8@x>", References="<7@x>", Date=at(8)),
    message("four", Message_Id="<8@x>", Date=at(9)),
]


def test_threads_by_references():
    lines = untagged(b"THREAD REFERENCES UTF-8 3:*", messages=REPLIES)
    # <6@x> has lost its own thread; as a reply to "one" it goes under that.
    assert lines == ["THREAD (3 (8)(4 7))((5)(6))((10 9)(11))"]


def test_threads_by_subject():
    lines = untagged(b"THREAD ORDEREDSUBJECT UTF-8 3:7", messages=REPLIES[:5])
    assert lines == ["THREAD (3 (4)(7))(5)(6)"]


def test_no_thread_is_too_deep_or_too_odd():
    chain = b" ".join(b"<%d@x>" % number for number in range(3000))
    deep = [
        b"Message-Id: <%d@x>\r\nReferences: <%d@x>\r\n\r\n" % (n, n - 1) for n in range(1, 1500)
    ]

    async def dialogue(client):
        inbox = client.mailbox.accounts.account.inbox
        inbox.remove(inbox.messages[:])
        for each in [b"References: " + chain + b"\r\n\r\n", *deep, b"References: <>, x\r\n\r\n"]:
            inbox.append(each)
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        return await client.ask(b"THREAD REFERENCES UTF-8 ALL")

    told, answer = talk(dialogue, spec(dialect="dovecot"))
    assert answer.startswith(b"t OK")
    assert sorted(map(int, told.replace(b"(", b" ").replace(b")", b" ").split()[2:])) == list(
        range(1, 1502)
    )


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"SORT (SUBJECT) UTF-8", "BAD"),
        (b"SORT () UTF-8 ALL", "BAD"),
        (b"SORT (REVERSE) UTF-8 ALL", "BAD"),
        (b"SORT (REVERSE REVERSE SUBJECT) UTF-8 ALL", "BAD"),
        (b"SORT (NONSUCH) UTF-8 ALL", "BAD"),
        (b"SORT SUBJECT UTF-8 ALL", "BAD"),
        (b"SORT (SUBJECT) X-NONE ALL", "NO"),
        (b"THREAD REFS UTF-8 ALL", "BAD"),
        (b"THREAD REFERENCES UTF-8", "BAD"),
        (b"THREAD REFERENCES X-NONE ALL", "NO"),
    ],
)
def test_what_is_wrong(command, answer):
    assert tagged(command) == [answer]


def test_what_is_not_offered_is_unknown():
    lines = selected(b"SORT (SUBJECT) UTF-8 ALL", b"THREAD REFERENCES UTF-8 ALL")
    assert lines == [b"t BAD Unknown command"] * 2


@pytest.mark.parametrize(
    "value",
    ["(" * 5000, "g:" + ":" * 5000, '"\\' * 20_000, "<" * 30_000, "(fwd)" * 20_000 + "x",
     "[fwd:" * 5000 + "]" * 5000, "re:" * 20_000, "=?utf-8?b?a?=", "=?x-none?q?a?=", "\xff",
     "Fri, 22 Feb 99999999999 22:00:00 +0000", "Fri, 22 Feb 2008 22:00:00 +99999999", "1 Jan 1"],
)  # fmt: skip
def test_no_header_is_too_odd(value):
    odd = message(value, From=value, To=value, Date=value, References=value, Message_Id=value)
    commands = (
        b"SORT (SUBJECT FROM DATE DISPLAYTO) UTF-8 ALL",
        b"THREAD REFERENCES UTF-8 ALL",
        b"THREAD ORDEREDSUBJECT UTF-8 ALL",
        b"SEARCH OR (FROM a SUBJECT b) SENTON 1-Jan-2020",
    )
    assert tagged(*commands, messages=[odd, *LETTERS]) == ["OK"] * 4
