"""The parameters of MAIL and RCPT: by which keyword they are offered, what they may say."""

from __future__ import annotations

import pytest

from fakeservers.smtp.paths import declared_size, is_binary, objection, parse

EVERY = {"SIZE", "8BITMIME", "SMTPUTF8", "AUTH", "DSN"}

TAKEN = {
    "MAIL": [
        "SIZE=0 BODY=8BITMIME", "size=9 body=7bit smtputf8", "AUTH=<>", "AUTH=a+40b", "RET=HDRS",
        "RET=full ENVID=abc+2Bd",
    ],
    "RCPT": [
        "NOTIFY=NEVER", "notify=success,failure,delay", "ORCPT=rfc822;a+2Bb@c.test",
        "NOTIFY=DELAY ORCPT=utf-8;a",
    ],
}  # fmt: skip
REFUSED = {
    "MAIL": {
        "SIZE=ten": "syntax-error@SIZE=",
        "SIZE=": "syntax-error@SIZE=",
        "SIZE": "syntax-error@no-value",
        f"SIZE={'9' * 21}": "syntax-error@SIZE=",
        "BODY=BASE64": "syntax-error@BODY=",
        "BODY=BINARYMIME": "syntax-error@BODY=",
        "SMTPUTF8=yes": "syntax-error@SMTPUTF8=",
        "AUTH=": "syntax-error@AUTH=",
        "AUTH=a+4": "syntax-error@AUTH=",
        "RET=SOME": "syntax-error@RET=",
        "RET=HDRS RET=FULL": "syntax-error@RET=",
        "ENVID=": "syntax-error@ENVID=",
        "ENVID=a ENVID=b": "syntax-error@ENVID=",
        "SIZE=1 FOO=bar": "parameter-unsupported",
        "NOTIFY=NEVER": "parameter-unsupported",
    },
    "RCPT": {
        "NOTIFY=NEVER,DELAY": "syntax-error@NOTIFY=",
        "NOTIFY=": "syntax-error@NOTIFY=",
        "NOTIFY=NEVER NOTIFY=NEVER": "syntax-error@NOTIFY=",
        "ORCPT=a@b.test": "syntax-error@ORCPT=",
        "ORCPT=rfc822;": "syntax-error@ORCPT=",
        "ORCPT=rfc822;a+4": "syntax-error@ORCPT=",
        "RET=HDRS": "parameter-unsupported",
        "SIZE=1": "parameter-unsupported",
    },
}


def parameters(verb: str, text: str):
    path = parse(verb, f"{'FROM' if verb == 'MAIL' else 'TO'}:<a@b.test> {text}")
    assert path and path.address == "a@b.test"
    return path.parameters


@pytest.mark.parametrize(
    ("verb", "text"), [(v, text) for v, some in TAKEN.items() for text in some]
)
def test_taken_where_offered(verb: str, text: str) -> None:
    given = parameters(verb, text)
    assert objection(verb, given, EVERY, []) is None
    found = objection(verb, given, set(), [])
    assert found and found[0] == "parameter-unsupported"


@pytest.mark.parametrize(
    ("verb", "text", "reply"), [(v, *each) for v, some in REFUSED.items() for each in some.items()]
)
def test_refused(verb: str, text: str, reply: str) -> None:
    found = objection(verb, parameters(verb, text), EVERY, [])
    assert found and found[0] == reply
    assert found[1].text == text.split()[-1]


def test_unchecked_ones_are_taken_whatever_they_say() -> None:
    assert objection("MAIL", parameters("MAIL", "RET=x SIZE=x"), set(), ["RET", "SIZE"]) is None
    assert declared_size(parameters("MAIL", "SIZE=x")) == 0


def test_what_they_say() -> None:
    given = parameters("MAIL", "SIZE=12 BODY=binarymime")
    assert declared_size(given) == 12 and is_binary(given)
    assert objection("MAIL", given, {*EVERY, "BINARYMIME"}, []) is None
    assert declared_size(()) == 0 and not is_binary(parameters("MAIL", "BODY=8BITMIME"))
