"""From bytes to words: decoding of unknown charsets, and removal of what must not be read as words.

A host name such as ``imap.nope.invalid`` says nothing about a password, and a URL says nothing at
all about the failure unless a rule looks at URLs on purpose.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from fakeservers.files.patterns import kept_regex
from harness.classify.glossary.translation import in_our_words

# Most likely first. GB 18030 contains GBK, which QQ and NetEase still send.
_LEGACY_CHARSETS = ("gb18030", "cp1251", "koi8-r", "latin-1")

# What stands in rules for a URL, an e-mail address, an IP address, a host name: a quoted letter.
_LINK, _MAIL, _NUMBER, _NAME = (f" \u2039{mark}\u203a " for mark in ("u", "a", "ip", "h"))

_URL = kept_regex(
    r"(?:(?:https?|ftp|imaps?|smtps?)://?|\bwww\.)[^\s<>\"'\uff0c\u3002\uff09]+", re.IGNORECASE
)
_ADDRESS = kept_regex(r"<?[\w.!#$%&*+/=?^`{|}~'-]+@(?:\[[^\]\s]*\]|[\w.-]*\w)>?")
_IP = kept_regex(
    r"\[?(?<![\w.])(?:IPv6:)?(?:\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4})"
    r"(?![\w:]|\.\w)\]?",
    re.IGNORECASE,
)
_TOP_LEVEL = (
    "com|net|org|edu|gov|mil|int|info|biz|name|mobi|app|dev|cloud|online|site|shop|mail|email|host"
    "|xyz|pro|test|example|invalid|local|localdomain|localhost|internal|intranet|lan|home|corp"
    "|fr|de|uk|us|eu|ru|cn|jp|kr|it|es|pt|br|nl|be|ch|at|pl|cz|se|fi|dk|ie|au|nz|ca|in|tw|hk|ua|co"
)
_HOST = kept_regex(
    rf"(?<![\w.@-])(?:[\w*-]+\.)+(?:{_TOP_LEVEL})(?![\w-]|\.\w)"
    rf"|(?<![\w.@-])[\w*-]+(?:\.[\w*-]+)+\.[a-z]{{2,6}}(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_PATH = kept_regex(rf"(?<={_NAME.rstrip()})[ ]?/[^\s<>\"']+")
# Who logged in may be called anything.
_QUOTED_NAME = kept_regex(
    r"\b(user|as|for|account|mailbox|of)\b(:? ?)([\"'])[^\"'\n]{1,64}\3", re.IGNORECASE
)
_ESCAPED_BYTES = kept_regex(r"(?:\\x[0-9a-fA-F]{2})+")
# Characters: a line of SMTP has 512 (RFC 5321 section 4.5.3.1.5), one of IMAP 8192 at most (RFC
# 7162 section 4). Patterns take the square of a word's length: what nobody would read is not read.
_LONGEST_WORD, _LONGEST_TEXT = 256, 8192
_REST_OF_WORD = kept_regex(rf"(?<=\S{{{_LONGEST_WORD}}})\S+")


def decode(line: bytes) -> str:
    """The most readable decoding of ``line``; never raises."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError:
        return line.decode("latin-1")
    return text if _mostly_common_chinese(text) else line.decode("latin-1")


def decodings(lines: Sequence[bytes]) -> list[list[str]]:
    """All plausible decodings of an answer, the most readable first."""
    best = [decode(line) for line in lines]
    others = [_other_decodings(line) for line in lines]
    readings = [best]
    for number in range(max(map(len, others), default=0)):
        pairs = zip(best, others, strict=True)
        readings.append([variants[number] if variants else line for line, variants in pairs])
    return readings


def searchable(decoded: Iterable[str]) -> str:
    """The texts that an answer may be, as rules search them: each on a line of its own.

    Without names, each as it is and in the words of the glossary. Of a text that is longer
    than any server's both ends, of such a word its beginning.
    """
    texts = [_strip_names(_shortened(text)) for text in decoded]
    return "\n".join(dict.fromkeys([*texts, *map(in_our_words, texts)]))


def urls_in(text: str) -> str:
    """All URLs of ``text``, with a space between them."""
    return " ".join(_URL.findall(text))


def to_bytes(text: str) -> bytes:
    """UTF-8, keeping bytes that reached us as surrogates (PEP 383) or as literal ``\\xNN``."""
    data = text.encode("utf-8", "surrogateescape" if _has_escapes_only(text) else "replace")
    return _unescape(data)


def _has_escapes_only(text: str) -> bool:
    """May the surrogates of ``text`` be turned back into bytes? Others cannot be encoded."""
    return all("\udc80" <= char <= "\udcff" for char in text if "\ud800" <= char <= "\udfff")


def _unescape(data: bytes) -> bytes:
    """Turn pasted ``\\xce\\xde`` into the bytes it stands for."""

    def replace(match: re.Match[str]) -> str:
        return bytes.fromhex(match.group().replace("\\x", "")).decode("latin-1")

    return _ESCAPED_BYTES.sub(replace, data.decode("latin-1")).encode("latin-1")


def _mostly_common_chinese(text: str) -> bool:
    """GB 18030 accepts nearly anything; real Chinese lies in the unified ideographs."""
    foreign = [char for char in text if not char.isascii()]
    common = sum(
        "\u4e00" <= char <= "\u9fff" or "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef"
        for char in foreign
    )
    return common * 10 >= len(foreign) * 8


def _other_decodings(line: bytes) -> list[str]:
    if line.isascii():
        return []
    try:
        # UTF-8 that was once mistaken for Latin-1 ("Ã©"), and GBK treated so ("ÇëÊ¹ÓÃ").
        line = line.decode("utf-8").encode("latin-1")
    except UnicodeEncodeError:
        return []
    except UnicodeDecodeError:
        pass
    return [line.decode(charset, "ignore") for charset in ("utf-8", *_LEGACY_CHARSETS)]


def _shortened(text: str) -> str:
    text = _REST_OF_WORD.sub("", text)
    half = _LONGEST_TEXT // 2
    return text if len(text) <= _LONGEST_TEXT else f"{text[:half]} {text[-half:]}"


def _strip_names(text: str) -> str:
    text = _QUOTED_NAME.sub(rf"\1\2{_MAIL}", html.unescape(text))
    text = _URL.sub(_LINK, text)
    text = _ADDRESS.sub(_MAIL, text)
    text = _IP.sub(_NUMBER, text)
    text = _PATH.sub("", _HOST.sub(_NAME, text))
    text = text.replace("_", " ").replace("\u2019", "'").replace("\u2011", "-")
    return " ".join(text.split())
