"""Where a reply belongs that stands without the dialogue around it."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify.runtimes import Where, where_in, where_scoped
from harness.reproducing.dialogue import Utterance
from harness.reproducing.forms.grammar import CODE_OF_LOGIN
from harness.reproducing.material import Material
from harness.reproducing.stages.diagnosed import diagnose
from harness.taxonomy import STAGES, Cause, Protocol, Stage

_STATUS: Final = kept_regex(r"\S+ (?:NO|BAD|BYE) (?:\[[^\]]*\] )?")
_RANKS: Final = ("structured", "provider-text", "generic-text", "inferred")
_CODES_OF_LOGIN: Final = kept_regex(r"(?:530|534|535|538|454[ -]4\.7)")
_CODE: Final = kept_regex(r"\d{3}[ -]")
_IMAP_ORDER: Final = ("login", "confirm", "greeting")
_IMAP_COMMANDS: Final = ("confirm", "login", "greeting")
"""Of a command that is refused as such: most that a client sends come after the log-in."""
_SMTP_ORDER: Final = ("rcpt", "end-of-data", "mail", "data", "greeting", "ehlo", "login")
"""Codes that refuse a log-in are told by themselves."""
_NOT_THERE: Final = (("end-of-data", "login"), ("mail", "end-of-data"))
"""What is said of the first is not said to the second, whatever a runtime's words name."""
_NAMED_BY_CODE: Final = "Net::SMTPAuthenticationError"
"""Ruby's name for a reply of 53x, to whatever command (its net/smtp.rb, exception_class)."""
_OF_STARTTLS: Final = kept_regex(
    r"454\b.*\bTLS (?:is )?(?:currently )?(?:not available|unavailable)", re.I
)
"""The refusal that RFC 3207 has for STARTTLS."""


def where_named(material: Material, lines: Sequence[str], beside: str = "") -> Where | None:
    """The command that the runtime's own words name: those `beside` the reply, else any, such as
    the frames of a traceback; what the server said, `lines`, are not its."""
    if named := where_in(_without_name(beside, lines).split("\n")):
        return named
    text = material.text
    for line in lines:
        text = text.replace(re.sub(r"^\S+ ", "", line), " ")
    return where_in(_without_name(text, lines).split("\n"))


def _without_name(text: str, lines: Sequence[str]) -> str:
    """Without a name that a runtime gives to every reply with this code: 530 is said to MAIL, too
    (RFC 4954, 6)."""
    return text.replace(_NAMED_BY_CODE, " ") if lines and lines[0].startswith("530") else text


def words_around(reply: Sequence[Utterance]) -> str:
    """What stands around the lines of a reply that is quoted: their own words are the server's."""
    text = "\n".join(dict.fromkeys(said.about for said in reply))
    for said in reply:
        words = said.text[4:] if said.protocol == "smtp" else _STATUS.sub("", said.text)
        text = text.replace(words or said.text, " ")
    return text


def words_beside(reply: Sequence[Utterance], material: Material) -> str:
    """What stands on the lines of a reply that nobody marked, without its own words."""
    lines = material.written.split("\n")
    places = {said.number for said in reply if 0 < said.number <= len(lines)}
    text = "\n".join(lines[place - 1] for place in sorted(places))
    return words_around([replace(said, about=text) for said in reply])


def hinted_of_sending(lines: Sequence[str]) -> bool:
    """Whether the lines before a message, which may be one sentence, name what was sent."""
    return where_scoped("around", "\n".join(lines), "smtp") in ("mail", "rcpt", "end-of-data")


def guess_stage(
    protocol: Protocol, lines: list[str], hint: str, where: Where | None = None
) -> Stage:
    """Where a reply without a dialogue belongs: as the words around it hint, or those of a runtime
    (`where`), or its own; else where it says most to the classification."""
    text = "\n".join(re.sub(r"^(\d{3})-", r"\1 ", line) for line in lines)
    hint = _without_name(hint, lines)
    possible = {stage: info for stage, info in STAGES.items() if info.protocol == protocol}

    def at(name: str | None) -> Stage | None:
        return next((stage for stage in possible if stage == f"{protocol}-{name}"), None)

    said, nearby = where_scoped("said", text, protocol), where_scoped("nearby", hint, protocol)
    # What is said of a message is not said to a log-in, which the code that is pasted has, too.
    # Who is not logged in is told so before.
    where = None if (said, where) in _NOT_THERE else where
    around = where_scoped("around", hint, protocol)
    if around == "starttls" and CODE_OF_LOGIN.match(text):
        around = None  # which is how the log-in went that it refuses
    if named := at(around) or at(where):
        return named
    if _OF_STARTTLS.match(text):
        return "smtp-starttls"
    if nearby and said in (None, "login") and (near := at(nearby)):
        return near
    if protocol == "imap" and said != "confirm" and all(line.startswith("* BYE") for line in lines):
        return "imap-greeting"
    if told := at(said):
        return told
    if protocol == "smtp" and _CODES_OF_LOGIN.match(text):
        return "smtp-login"
    unlikely = ("-connect", "-tls", "-starttls", *(["-login"] if protocol == "smtp" else []))
    if protocol == "smtp" and not _CODE.match(text):  # who greets, does so with a code
        unlikely = (*unlikely, "-greeting", "-ehlo")
        # Nor has a page of help anything but its address, which a rule may know of log-ins.
        if text.startswith("http") and _rank("smtp-login", lines) < (len(_RANKS), 0):
            return "smtp-login"
    spoken = [each for each in possible if not each.endswith(unlikely)]
    return min(spoken, key=lambda stage: _rank(stage, lines))


@functools.cache
def _without_reason(stage: Stage, status: str) -> Cause | None:
    """What is said of a refusal whose words nobody understands."""
    return diagnose(stage, [f"a1 {status} xyzzy"], None).cause


def _rank(stage: Stage, lines: list[str]) -> tuple[int, int]:
    diagnosis = diagnose(stage, lines, None)
    vague = diagnosis.cause in ("unspecified", None) or diagnosis.confidence is None
    where = stage.partition("-")[2]
    if stage.startswith("imap"):
        status = "BAD" if re.match(r"\S+ BAD\b", lines[-1]) else "NO"
        vague = vague or diagnosis.cause == _without_reason(stage, status)
        order = _IMAP_ORDER if diagnosis.cause != "protocol-error" else _IMAP_COMMANDS
        return vague, order.index(where)
    rank = len(_RANKS) if vague else _RANKS.index(diagnosis.confidence)
    return rank, _SMTP_ORDER.index(where)
