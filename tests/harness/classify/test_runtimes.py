"""The texts of runtimes: each file of `harness/known/errors/` is held to its own examples."""

from __future__ import annotations

import pytest

from harness.classify.runtimes import (
    FOLDER,
    KnownError,
    pattern_of,
    protocol_in,
    runtimes,
    signal_in,
    where_in,
)

ENTRIES = [
    pytest.param(error, id=f"{name}-{number}")
    for name, runtime in runtimes().items()
    for number, error in enumerate(runtime.errors)
]


def test_the_folder_is_found() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(runtimes())
    assert len(ENTRIES) > 250


@pytest.mark.parametrize("error", ENTRIES)
def test_an_example_is_read_as_its_entry_says(error: KnownError) -> None:
    if error.signal:
        found = signal_in(error.example)
        assert found is not None
        assert (found.signal, found.verify_code, found.alert, found.reason) == (
            (error.signal, error.verify_code, error.alert, error.reason)
        )
    if error.where:
        assert where_in([error.example]) == error.where
    if error.protocol:
        assert protocol_in([error.example]) == error.protocol


@pytest.mark.parametrize("error", ENTRIES)
def test_a_near_miss_tells_of_nothing(error: KnownError) -> None:
    assert signal_in(error.near_miss) is None
    assert where_in([error.near_miss]) is None
    assert protocol_in([error.near_miss]) is None


@pytest.mark.parametrize("error", ENTRIES)
def test_every_text_of_an_entry_is_found(error: KnownError) -> None:
    for text in error.text:
        said = text.replace("{words}", "some words").replace("{word}", "word")
        assert pattern_of(text).search(f"at 12:00: {said}, and more"), text


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
