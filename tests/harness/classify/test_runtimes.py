"""The texts of runtimes: each file of `harness/known/errors/` is held to its own examples."""

from __future__ import annotations

from harness.classify.runtimes import (
    FOLDER,
    KnownError,
    place_in,
    protocol_in,
    quoted_after,
    runtimes,
    signal_in,
    ways_of,
    where_in,
    where_scoped,
)
from tests.table import each_row

ENTRIES = [
    (f"{name}-{number}", error)
    for name, runtime in runtimes().items()
    for number, error in enumerate(runtime.errors)
]

SCOPED = [(name, error) for name, error in ENTRIES if error.scope]
QUOTING = [(name, error) for name, error in ENTRIES if error.quotes]


def test_the_folder_is_found() -> None:
    files = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert {file.stem for file in files} == set(runtimes()) and len(files) == len(runtimes())
    assert len(ENTRIES) > 250


@each_row(ENTRIES)
def test_an_example_is_read_as_its_entry_says(error: KnownError) -> None:
    if error.signal:
        found = signal_in(error.example)
        assert found is not None
        told = (found.signal, found.alert, found.reason)
        assert told == (error.signal, error.alert, error.reason)
        if any("{number}" in text for text in error.text):
            assert found.verify_code and f"{found.verify_code}" in error.example
        else:
            assert found.verify_code == error.verify_code
    if error.where and not error.scope:
        assert where_in([error.example]) == error.where
    if error.protocol and not error.scope:
        assert protocol_in([error.example]) == error.protocol


@each_row(ENTRIES)
def test_a_near_miss_tells_of_nothing(error: KnownError) -> None:
    assert signal_in(error.near_miss) is None
    assert where_in([error.near_miss]) is None
    assert protocol_in([error.near_miss]) is None


@each_row(SCOPED)
def test_a_scoped_text_counts_where_it_says(error: KnownError) -> None:
    protocol = error.protocol or "smtp"
    assert error.scope is not None
    assert where_scoped(error.scope, error.example, protocol) == error.where
    assert where_scoped(error.scope, error.near_miss, protocol) is None


@each_row(QUOTING)
def test_what_is_quoted_begins_behind_the_text(error: KnownError) -> None:
    found = quoted_after(error.example)
    assert found is not None
    assert found[0] == error and len(error.example[found[1] :].split()) > 1
    assert quoted_after(error.near_miss) is None


@each_row(ENTRIES)
def test_every_text_of_an_entry_is_found(error: KnownError) -> None:
    for text in error.text:
        said = text.replace("{words}", "some words").replace("{word}", "word")
        said = said.replace("{number}", "20")
        line = f"at 12:00: {said}, and more"
        assert place_in(line, line.lower(), text), text


def test_what_says_more_counts() -> None:
    general = signal_in("SSLHandshakeException: Received fatal alert: handshake_failure")
    assert general is not None and general.alert == "handshake_failure"
    expired = signal_in(
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired"
    )
    assert expired is not None and expired.verify_code == 10


def test_the_innermost_frame_names_the_command() -> None:
    frames = [
        'File "/usr/lib/python3.11/smtplib.py", line 398, in getreply',
        'File "/usr/lib/python3.11/smtplib.py", line 887, in sendmail',
        'File "/usr/lib/python3.11/smtplib.py", line 540, in mail',
        "smtplib.SMTPServerDisconnected: Connection unexpectedly closed",
    ]
    assert where_in(frames) == "mail"
    assert protocol_in(frames) == "smtp"


def test_the_frames_of_ruby_begin_with_the_innermost() -> None:
    frames = ["in `rbuf_fill'", "in `auth_plain'", "in `authenticate'", "in `do_start'"]
    assert (
        where_in(f"/usr/lib/ruby/net/smtp.rb:{9 - at}:{each}" for at, each in enumerate(frames))
        == "login"
    )


def test_a_text_may_stand_for_several() -> None:
    every = ways_of("{Cannot|Could not} get {the|an|} {word} token")
    assert len(every) == 6
    assert {"Cannot get the {word} token", "Could not get {word} token"} < set(every)
    assert ways_of("a {word} | b") == ["a {word} | b"]


def test_a_word_is_found_beside_letters_of_languages_without_spaces() -> None:
    for line in ("메일발송시 SSLHandshakeException이 납니다", "发送时SSLHandshakeException错误"):
        assert signal_in(line) is not None, line
    assert signal_in("MySSLHandshakeExceptions") is None
