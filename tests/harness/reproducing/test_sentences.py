"""What people and products say in sentences of their own (`harness/known/sentences.yaml`)."""

from __future__ import annotations

import pytest

from harness.classify.runtimes import signal_in
from harness.reproducing.indirect.sentences import sentences
from tests.harness.reproducing.conftest import failure_in


def test_what_a_sentence_means_is_a_known_text():
    for sentence in sentences().sentences:
        for protocol in (sentence.protocol,) if sentence.protocol else ("imap", "smtp"):
            about = f"{protocol.upper()} {sentence.means}"
            assert signal_in(about), about


def test_no_word_is_there_for_nothing():
    known = sentences()
    said = [name for sentence in known.sentences for name in sentence.says]
    assert set(known.words) == set(said)


@pytest.mark.parametrize(
    ("text", "stage", "cause"),
    [
        ("Timeout to open TCP connection to imap.example.test:993", "imap-connect", None),
        ("the TLS handshake with our SMTP relay keeps failing", "smtp-tls", "unspecified"),
        ("SMTP-Server: das Zertifikat ist abgelaufen", "smtp-tls", "certificate-expired"),
        ("WARN: End of DATA not accepted by smtp relay", "smtp-end-of-data", None),
        ("the relay for SMTP does not advertise STARTTLS", "smtp-starttls", "starttls-not-offered"),
        ("Erreur de connexion au serveur IMAP", "imap-connect", "unspecified"),
        ("SMTP服务器连接超时", "smtp-connect", "connect-timeout"),
    ],
)
def test_a_sentence_tells_what_failed(text, stage, cause):
    found = failure_in(text)
    assert found is not None
    assert found.stage == stage
    assert cause in (None, found.diagnosis.cause)
    assert not found.diagnosis.ask_password


@pytest.mark.parametrize(
    "text",
    [
        "if the TLS handshake with the SMTP relay fails, tell us",
        "the certificate of the SMTP course has been handed out",
        "timeout=900 is what our IMAP settings say",
        "if you can not connect, IMAP may be down",
    ],
)
def test_what_has_not_happened_is_not_told(text):
    assert failure_in(text) is None
