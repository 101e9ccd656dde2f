"""Whatever a log is: one clear line, or the failure that is in it."""

from __future__ import annotations

import io
import random
import time
import tracemalloc

import pytest

from harness.reproducing.placeholders import ours_in, with_placeholders
from harness.reproducing.windows import CHUNK_BYTES, WHOLE_BYTES, windows
from tests.harness.reproducing.conftest import LOGS

NO = "a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"


@pytest.mark.parametrize(
    ("log", "complaint"),
    [
        (b"", "there is nothing in it"),
        (b" \r\n\n", "there is nothing in it"),
        (b"nothing of interest\n" * 50, "no failure of IMAP or SMTP"),
        (bytes(range(256)) * 400, "no failure of IMAP or SMTP"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 5000, "no failure of IMAP or SMTP"),
        (b"> a1 NOOP\n< a1 OK done\n", "no failure of IMAP or SMTP"),
        (random.Random(4).randbytes(3_000_000), "no failure of IMAP or SMTP"),
        (b"{" * 100_000, "no failure of IMAP or SMTP"),
        (b"\x1b[31m\x1b[0m", "no failure of IMAP or SMTP"),
    ],
)
def test_where_nothing_can_be_read_one_line_says_so(reproduce, log, complaint):
    made = reproduce(log)
    assert made.code == 2
    assert complaint in made.err
    assert made.err.count("\n") == 1
    assert not made.file.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r"),
        lambda text: text.replace(b"\n", b"\r\r\n"),
        lambda text: text.replace(b"< ", b"\x1b[32m< \x1b[0m"),
        lambda text: b"\xff\xfe" + text.decode().encode("utf-16-le"),
        lambda text: b"\xfe\xff" + text.decode().encode("utf-16-be"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: b"gr\xfc\xdfe \xce\xde\xb7\xa8\n" + text + b"\xc3\xa9\xe9\n",
        lambda text: text[300:-40],
        lambda text: b"\0" * 100 + b"\n" + text,
    ],
    ids=["crlf", "cr", "crcrlf", "ansi", "utf-16-le", "utf-16-be", "bom", "mixed", "cut", "nul"],
)
def test_how_it_is_written_does_not_matter(reproduce, change):
    made = reproduce(change((LOGS / "curl-imap.log").read_bytes()))
    assert made.code == 0, made.err
    text = "{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
    assert made.data["imap"]["rules"][-1]["then"] == [{"text": text}]


def test_a_log_that_is_cut_in_a_reply_is_read_as_far_as_it_goes(reproduce):
    made = reproduce(
        "< 220 hi\n> EHLO me\n< 250 hi\n> MAIL FROM:<a@b.test>\n< 550-5.7.1 Not allowed"
    )
    assert made.data["stage"] == "smtp-mail"


def test_a_line_without_end_is_cut(reproduce):
    made = reproduce(b"x" * 3_000_000 + f"\n{NO}\n".encode() + b"y" * 900_000)
    assert made.data["cause"] == "bad-credentials"


def test_it_does_not_write_over_a_file(reproduce):
    first = reproduce(NO)
    assert (first.code, first.data["cause"]) == (0, "bad-credentials")
    before = first.text
    again = reproduce("550 5.7.1 Relaying denied")
    assert again.code == 2
    assert "is there already" in again.err
    assert "Relaying denied" in again.out and "written" not in again.out, "it says what it found"
    assert again.text == before
    assert reproduce("550 5.7.1 Relaying denied", "--force").data["cause"] == "relay-denied"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--provider", "gmial"], "did you mean 'gmail'"),
        (["--error", "unauthorized"], "give a LOG, or --error TEXT"),
    ],
)
def test_bad_options_are_told_in_one_line(reproduce, options, complaint):
    made = reproduce(NO, *options)
    assert made.code == 2
    assert complaint in made.err
    assert made.err.count("\n") == 1


class Endless(io.RawIOBase):
    """So many bytes of a log, made as they are read."""

    def __init__(self, line: bytes, size: int, last: bytes = b"") -> None:
        self._block = line * (CHUNK_BYTES // len(line))
        self._left, self._last = size, last

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0:
            last, self._last = self._last, b""
            return last
        self._left -= len(self._block)
        return self._block


@pytest.mark.parametrize("last", [b"", f"{NO}\n".encode()])
def test_memory_stays_flat(last):
    line = (
        b"Nov 24 09:10:58 mx3 dovecot: imap-login: Login: user=<u512 x>, UID 512 FLAGS, rip=::1\n"
    )
    tracemalloc.start()
    part = next(windows(Endless(line, 40 << 20, last)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * WHOLE_BYTES
    assert last in part.data


def test_a_refusal_far_from_the_end_is_found():
    fill = b"< a1 OK FETCH completed (0.001 + 0.000 secs).\n> a2 NOOP\n"
    before, after = Endless(fill, 20 << 20), Endless(fill, 30 << 20)
    data = b"".join([*iter(before.read, b""), f"< {NO}\n".encode(), *iter(after.read, b"")])
    ((part, lines_before),) = windows(io.BytesIO(data))
    assert NO.encode() in part
    own = part[: part.index(NO.encode())].count(b"\n")
    assert lines_before + own == data[: data.index(NO.encode())].count(b"\n")
    assert len(part) < CHUNK_BYTES


@pytest.mark.parametrize("cut", range(0, len(NO) + 3, 7))
def test_a_refusal_that_lies_across_two_reads_is_found(cut):
    size = WHOLE_BYTES + 2 * CHUNK_BYTES
    filler = (b"some line of a log\n" * (size // 19 + 1))[: size - cut]
    data = filler[:-1] + b"\n" + f"{NO}\n".encode() + filler
    assert any(NO.encode() in part for part, _ in windows(io.BytesIO(data)))


class Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("seed", range(4))
def test_a_file_is_read_from_its_end_as_a_pipe_is_from_its_beginning(seed):
    """Refusals at any place, at the seams of what is read at once above all."""
    chance = random.Random(seed)
    data = bytearray(b"some line of a log\n" * ((WHOLE_BYTES + 5 * CHUNK_BYTES) // 19))
    for number in range(1, len(data) // CHUNK_BYTES + 1, chance.choice([1, 3, 4])):
        place = number * CHUNK_BYTES + chance.randrange(-8, -3)
        data[place : place + len(NO) + 2] = f"\n{NO}\n".encode()
    found = list(windows(io.BytesIO(data)))
    assert found and found == list(windows(Pipe(data)))


LONG = {
    "a word": "x",
    "an id": "0a1b2c3d",
    "labels": "a.",
    "marks": "a!b+",
    "links": "a/b?c=d&",
    "half an address": "a:b",
    "domains": "*.-a",
}


@pytest.mark.parametrize("piece", LONG.values(), ids=LONG)
def test_a_long_word_is_masked_in_a_time_that_grows_with_it(piece):
    """Eight times the length, of which sixty-four times the time would be the square."""
    ours = ours_in([], "reply to anna@firma.example, port 993 of mail.firma.example")
    short, long = (piece * (size // len(piece)) for size in (2_000, 16_000))

    def cpu(text: str) -> float:
        before = time.process_time()
        with_placeholders(f"{{tag}} NO {text}", ours)
        return time.process_time() - before

    with_placeholders(short, ours)
    pairs = [(cpu(short), cpu(long)) for _ in range(5)]
    assert min(one for _, one in pairs) < 24 * min(one for one, _ in pairs) + 0.002
