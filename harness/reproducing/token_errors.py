"""What a token endpoint answered, or a client library makes of it: where it stands in a text, and
whether a log-in was by a token at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify.runtimes import signal_in

_OF_MICROSOFT: Final = kept_regex(r"\bAADSTS\d{5,7}\b")
_OF_MAIL: Final = kept_regex(r"(?<!\d)[45]\d\d[ -][45]\.\d{1,3}\.\d|\b(?:NO|BAD|BYE) \S")
"""A refusal of IMAP or SMTP, which may say the same."""
_HEAD: Final = kept_regex(r"\bHTTP/\d(?:\.\d)?\W+[1-5]\d\d\b")
_OF_HTTP: Final = kept_regex(r"[{<]|\b[45]\d\d\b|AADSTS|\binvalid_|: \S+$")
"""What an endpoint said, or may have said."""
_BY_TOKEN: Final = kept_regex(r"\bAUTH(?:ENTICATE)? (?:XOAUTH2|OAUTHBEARER)\b", re.IGNORECASE)
_TOKENS_NAMED: Final = kept_regex(
    # The mechanism, unless it is offered; what JavaMail calls its methods and settings.
    r"(?<![=\w-])(?:XOAUTH2|OAUTHBEARER)\b|\bmechanisms?\b\W{1,4}(?:XOAUTH2|OAUTHBEARER)\b"
    r"|\bauthoauth2\b|\bOAuth2Authenticator\b|\btype\W{1,4}OAuth2\b"
    # In words: whose token it is, or what it is for.
    r"|\b(?:OAuth ?2?(?:\.0)?|access|bearer)[ _-]?tokens?\b"
    r"|\bclient[_ ]credentials (?:flow|grant)\b|\brefresh[ _-]?tokens?\b"
    r"|\bOAuth ?2?(?:\.0)? (?:auth|login|log-in|sign-?in)\w*\b"
    r"|\btokens? (?:for|in|with|to) (?:the |an? )?(?:SMTP|IMAP)\b"
    # `{"status":"4`, in base64: how XOAUTH2 is challenged, and nothing else is.
    r"|\beyJzdGF0dXMiOiI0",
    re.IGNORECASE,
)
_OFFERED: Final = kept_regex(
    r"\bCAPABILITY\b|\bAUTH=|\b250[ -]|(?:not |is )?disabled\b|\bsupport|\boffer|\bavailable\b"
    r"|\b(?:PLAIN|LOGIN|CRAM-MD5|NTLM)\b",
    re.IGNORECASE,
)
"""A line that only tells what there is."""
_AROUND: Final = 12
"""How many lines one answer may take before the line that tells of it, and after."""


def token_refusal(lines: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """The lines of the last refusal of a token endpoint, with the head of HTTP before it and the
    rest of the JSON behind it, none where there is no refusal; before it the number of the last,
    the first of all being 1."""
    telling = [number for number, line in enumerate(lines) if _tells(line)]
    if not telling:
        return 0, ()
    last = telling[-1]
    first = _first(lines, telling)
    for number in range(first, max(first - _AROUND, -1), -1):
        if _HEAD.search(lines[number]):
            first = number
            break
    end = _end(lines, last) + 1
    return end, tuple(line for line in lines[first:end] if line.strip())


def is_the_clients(lines: Sequence[str]) -> bool:
    """Whether a refusal is told in a client's words alone: no JSON, no status of HTTP."""
    errors = [error for line in lines if (error := signal_in(line))]
    own = bool(errors) and all(error.general for error in errors)
    return own and not any(_OF_HTTP.search(line) for line in lines)


def is_by_token(text: str) -> bool:
    """Whether a client logs in with a token in this dialogue."""
    return bool(_BY_TOKEN.search(text))


def names_tokens(text: str) -> bool:
    """Whether what is written around a failure tells that the log-in was by a token."""
    return any(
        _BY_TOKEN.search(line) or (_TOKENS_NAMED.search(line) and not _OFFERED.search(line))
        for line in text.split("\n")
    )


def _tells(line: str) -> bool:
    if _OF_MAIL.search(line):
        return False
    error = signal_in(line)
    return bool(_OF_MICROSOFT.search(line)) or (
        error is not None and error.signal == "token-refused"
    )


def _first(lines: Sequence[str], telling: Sequence[int]) -> int:
    """Of those that tell, the first of the last answer: not the same told twice, nor another."""
    last, first = telling[-1], telling[-1]
    for number in reversed(telling[:-1]):
        again = lines[number].strip() == lines[last].strip() or _closes(lines[number + 1 : first])
        if number < last - _AROUND or again:
            break
        first = number
    return first


def _closes(lines: Sequence[str]) -> bool:
    """Whether an object of JSON ends in these lines."""
    return any(line.strip().startswith("}") for line in lines)


def _end(lines: Sequence[str], last: int) -> int:
    """Where the object of JSON ends that begins on this line, if it does not end there."""
    depth = 0
    for number in range(last, min(last + _AROUND, len(lines))):
        depth += lines[number].count("{") - lines[number].count("}")
        if depth <= 0:
            return number
    return last
