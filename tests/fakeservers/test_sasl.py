"""Each SASL exchange, fed by hand."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeservers.sasl import (
    MECHANISMS,
    Challenge,
    Credentials,
    SaslError,
    decode_initial,
    decode_response,
)

SECRETS = {"anna": ("account-pw", "app pw")}


def exchange(name):
    return MECHANISMS[name](secrets_of=lambda user: SECRETS.get(user, ()), hostname="mail.test")


@pytest.mark.parametrize(
    ("name", "initial", "credentials"),
    [
        ("PLAIN", b"\0anna\0pw", Credentials("anna", "pw")),
        ("PLAIN", b"anna\0anna\0pw", Credentials("anna", "pw")),
        ("PLAIN", b"boss\0anna\0pw", Credentials("boss*anna", "pw")),
        ("PLAIN", "\0änna\0pä".encode(), Credentials("änna", "pä")),
        ("PLAIN", b"\0anna\0", Credentials("anna", "")),
        ("XOAUTH2", b"user=anna\1auth=Bearer tok\1\1", Credentials("anna", "tok", "token")),
        (
            "OAUTHBEARER",
            b"n,a=a=2Cb=3Dc,\1host=h\1auth=Bearer tok\1\1",
            Credentials("a,b=c", "tok", "token"),
        ),
        ("OAUTHBEARER", b"n,,\1auth=bearer tok\1\1", Credentials("", "tok", "token")),
    ],
)
def test_one_response_is_enough(name, initial, credentials):
    assert exchange(name).start(initial) == credentials
    waiting = exchange(name)
    assert waiting.start(None) == Challenge(b"")
    assert waiting.respond(initial) == credentials


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("PLAIN", b""),
        ("PLAIN", b"anna\0pw"),
        ("PLAIN", b"\0\0pw"),
        ("PLAIN", b"\0a\0b\0c"),
        ("PLAIN", b"\0anna\0\xff"),
        ("XOAUTH2", b"user=anna\1auth=Bearer \1\1"),
        ("XOAUTH2", b"user=anna\1auth=Bearer tok\1"),
        ("XOAUTH2", b"auth=Bearer tok\1\1"),
        ("OAUTHBEARER", b"n,a=anna,\1auth=Basic tok\1\1"),
        ("OAUTHBEARER", b"n,a=anna,\1host=h\1\1"),
        ("OAUTHBEARER", b"user=anna\1auth=Bearer tok\1\1"),
        ("CRAM-MD5", b"anna"),
        ("CRAM-MD5", b"anna 0123"),
    ],
)
def test_malformed(name, response):
    begun = exchange(name)
    begun.start(None)
    with pytest.raises(SaslError, match="malformed"):
        begun.respond(response)


def test_login_asks_twice_or_once():
    asked = exchange("LOGIN")
    assert asked.start(None) == Challenge(b"Username:")
    assert asked.respond(b"anna") == Challenge(b"Password:")
    assert asked.respond(b"pw") == Credentials("anna", "pw")
    assert exchange("LOGIN").start(b"anna") == Challenge(b"Password:")


@pytest.mark.parametrize("password", ["account-pw", "app pw", "wrong"])
def test_cram_md5(password):
    begun = exchange("CRAM-MD5")
    challenge = begun.start(None)
    assert challenge.data != exchange("CRAM-MD5").start(None).data
    digest = hmac.new(password.encode(), challenge.data, hashlib.md5).hexdigest()
    step = begun.respond(f"anna {digest}".encode())
    assert step == Credentials("anna", "" if password == "wrong" else password)


def test_cram_md5_begins_with_the_server():
    with pytest.raises(SaslError):
        exchange("CRAM-MD5").start(b"")


@pytest.mark.parametrize("line", [b"!", b"YQ", b"YQ=", b"Y Q==", b"=", b"YQ==YQ==", b"\xff"])
def test_what_is_not_base64(line):
    with pytest.raises(SaslError, match="malformed"):
        decode_response(line)


def test_cancelling_and_the_empty_initial_response():
    with pytest.raises(SaslError, match="cancelled"):
        decode_response(b"*")
    assert decode_initial(b"=") == b""
    assert decode_response(b"") == b""


@given(st.binary(max_size=100), st.sampled_from(sorted(MECHANISMS)))
def test_any_bytes_end_in_a_step_or_an_error(data, name):
    assert decode_response(base64.b64encode(data)) == data
    begun = exchange(name)
    begun.start(None)
    try:
        assert isinstance(begun.respond(data), Challenge | Credentials)
    except SaslError as error:
        assert error.reason == "malformed"


def test_secrets_do_not_show_by_accident():
    assert "pw" not in repr(Credentials("anna", "pw"))


@pytest.mark.parametrize(
    ("decode", "where"), [(decode_initial, "initial-response"), (decode_response, "response")]
)
def test_what_is_not_base64_tells_where_it_stood(decode, where):
    with pytest.raises(SaslError) as raised:
        decode(b"!!!")
    assert (raised.value.reason, raised.value.where) == ("malformed", where)


def test_what_is_base64_but_no_message_of_the_mechanism_is_of_the_wrong_form():
    with pytest.raises(SaslError) as raised:
        exchange("PLAIN").start(b"no NULs")
    assert (raised.value.reason, raised.value.where) == ("malformed", "form")
