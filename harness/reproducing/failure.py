"""What failed, and at which stage: found in the material, then classified."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from fakeservers.dialects.dialect import load_dialect
from harness.classify import classify
from harness.classify.observation import Observation, ObservedKind
from harness.classify.runtimes import Where, protocol_in, where_in, where_scoped
from harness.contract.diagnosis import Diagnosis
from harness.files.problems import BadInput
from harness.reproducing.below import observed_below
from harness.reproducing.dialogue import Dialogue, Inferred, Utterance
from harness.reproducing.material import Material
from harness.reproducing.token_errors import is_by_token, names_tokens, token_refusal
from harness.reproducing.walk import ENDINGS, Ending, Refusal, refusals
from harness.taxonomy import STAGE_GROUPS, STAGES, AnyProtocol, Cause, Protocol, Stage
from harness.taxonomy.stages import LOGIN

_KINDS: Final[dict[Ending, ObservedKind]] = {
    "closed": "eof",
    "reset": "reset",
    "timeout": "timeout",
}
_GOOD: Final = re.compile(r"\S+ (?:OK|PREAUTH|CAPABILITY|LIST|FLAGS|ID)\b|\* \d")
_TAGGED: Final = re.compile(r"(?!\*)\S+ (?:NO|BAD)\b")
_STATUS: Final = re.compile(r"\S+ (?:NO|BAD|BYE) (?:\[[^\]]*\] )?")
_RANKS: Final = ("structured", "provider-text", "generic-text", "inferred")
_CODES_OF_LOGIN: Final = re.compile(r"(?:530|534|535|538|454[ -]4\.7)")
_IMAP_ORDER: Final = ("login", "confirm", "greeting")
_IMAP_COMMANDS: Final = ("confirm", "login", "greeting")
"""Of a command that is refused as such: most that a client sends come after the log-in."""
_SMTP_ORDER: Final = ("rcpt", "end-of-data", "mail", "data", "greeting", "ehlo")
"""Codes that refuse a log-in are told by themselves."""
_GOES_AHEAD: Final = re.compile(r"220 |\S+ OK\b")
_TLS_OF: Final[dict[Stage, Stage]] = {"imap-connect": "imap-tls", "smtp-connect": "smtp-tls"}
_NAMED_BY_CODE: Final = "Net::SMTPAuthenticationError"
"""Ruby's name for a reply of 53x, to whatever command (its net/smtp.rb, exception_class)."""
_WITHOUT_CODE: Final = re.compile(r"[45]\.\d{1,3}\.\d{1,3} ")
_OF_STARTTLS: Final = re.compile(
    r"454\b.*\bTLS (?:is )?(?:currently )?(?:not available|unavailable)", re.I
)
"""The refusal that RFC 3207 has for STARTTLS."""


@dataclass(frozen=True)
class Failure:
    """The failing stage and what was said there.

    `dialogue`: the connection it is part of. `inferred`: the named reply that the lines are, where
    nobody quotes it. `notes`: what was not known, and what was taken for it.
    """

    stage: Stage
    lines: tuple[str, ...]
    ended: Ending | None
    diagnosis: Diagnosis
    command: str = ""
    dialogue: Dialogue = field(default_factory=Dialogue)
    inferred: Inferred | None = None
    notes: tuple[str, ...] = ()
    by_token: bool = False
    """The log-in was by an access token, as the dialogue shows."""

    @property
    def protocol(self) -> AnyProtocol:
        return STAGES[self.stage].protocol

    @property
    def mail_protocol(self) -> Protocol:
        """The same, of a mail server. Raises BadInput where it was a token endpoint: what that said
        is a scenario only where the log has it whole."""
        protocol = self.protocol
        if protocol == "oauth":
            what = f"{self.diagnosis.error}, {self.diagnosis.cause} at {self.stage}"
            raise BadInput([f"no scenario can be written of it, only looked up: {what}"])
        return protocol


@dataclass(frozen=True)
class Hint:
    """What somebody knows of a failure that the log does not tell."""

    protocol: AnyProtocol | None = None
    stage: Stage | None = None

    @property
    def mail_protocol(self) -> Protocol | None:
        """The protocol, if it is one of mail."""
        return None if self.protocol == "oauth" else self.protocol


def find_failure(material: Material, hint: Hint = Hint()) -> Failure | None:
    """The last thing that failed in the material; None: nothing did."""
    return next(iter(reversed(find_failures(material, hint))), None)


def find_failures(material: Material, hint: Hint = Hint(), *, every: bool = False) -> list[Failure]:
    """All that failed in the material, of each connection what decided, in order. What messages
    tell counts where no dialogue has a failure; of `every` also where it tells of another."""
    talks = ((each.said, _in_dialogue(material, each)) for each in material.dialogues)
    found = [(_number(said, failure.lines), failure) for said, failure in talks if failure]
    for number, told in _of_messages(material, hint, every) if every or not found else ():
        if not any(_is_told_by(failure, told) for _, failure in found):
            found.append((number, told))
    found.sort(key=lambda each: each[0])
    return [_at_stage(failure, hint.stage) for _, failure in found]


def _number(said: Sequence[Utterance], lines: Sequence[str] = ()) -> int:
    """Of the last line that says one of these, else of the last."""
    those = [line.number for line in said if line.text in lines]
    return max(those or (line.number for line in said), default=0)


def _is_told_by(failure: Failure, told: Failure) -> bool:
    """Whether a message tells of what a dialogue shows."""
    if told.lines:
        return set(told.lines) <= set(failure.lines) or failure.stage == told.stage
    return failure.protocol == told.protocol


def _in_dialogue(material: Material, dialogue: Dialogue) -> Failure | None:
    if (inferred := next((s.inferred for s in dialogue.said if s.inferred), None)) is not None:
        note = (
            "what the client was told: it is inferred from the server's log; taken for it is "
            f"{inferred.reply!r} of the dialect {inferred.dialect}"
        )
        return of_named_reply(inferred, note, dialogue)
    refused = list(refusals(dialogue))
    return _of_refusal(_deciding(refused, dialogue), dialogue, material) if refused else None


def _at_stage(failure: Failure, stage: Stage | None) -> Failure:
    """The same, where somebody knows at which stage it was."""
    if stage in (None, failure.stage) or not failure.lines:
        return failure
    diagnosis = diagnose(stage, failure.lines, failure.ended, failure.by_token)
    notes = tuple(note for note in failure.notes if not note.startswith("the stage:"))
    return replace(failure, stage=stage, diagnosis=diagnosis, notes=notes)


def _deciding(refused: list[Refusal], dialogue: Dialogue) -> Refusal:
    """The last, unless it follows from another: without a recipient there is no DATA. Where only
    the server speaks, the first: those behind it come of it."""
    last = refused[-1]
    if last.protocol == "smtp" and not _is_dialogue(dialogue):
        return refused[0]
    if last.stage in STAGE_GROUPS["send"]:
        return next(each for each in refused if each.stage in STAGE_GROUPS["send"])
    return last


def _is_dialogue(dialogue: Dialogue) -> bool:
    """Whether it shows what the server answered."""
    told = ("suppressed", "connecting", "tls")
    return any(
        line.direction == "C" or line.text in told or line.about == "told" for line in dialogue.said
    )


def _of_refusal(refusal: Refusal, dialogue: Dialogue, material: Material) -> Failure:
    stage, notes = refusal.stage, []
    lines = refusal.lines
    # To a command from before the log begins.
    tagged = refusal.protocol == "imap" and lines and _TAGGED.match(lines[-1])
    alone = not _is_dialogue(dialogue)
    if lines and ((tagged and not refusal.command) or alone):
        if alone and refusal.protocol == "imap":  # a pasted reply, whose untagged lines count
            said = (line.text for line in dialogue.said if line.direction == "S")
            lines = [line for line in said if not _GOOD.match(line)]
        hints = [_around(said) for said in material.quoted if said.text == lines[-1]]
        hints.append(_beside([said for said in dialogue.said if said.text in lines], material))
        stage = guess_stage(refusal.protocol, lines, "\n".join(hints), _where(material, lines))
        notes.append(f"the stage: there is no dialogue around the reply; {stage} is assumed")
    by_token = is_by_token(dialogue.text) or (alone and names_tokens(material.text))
    diagnosis, ended = diagnose(stage, lines, refusal.ended, by_token), refusal.ended
    told = tuple(lines)
    return Failure(
        stage,
        told,
        ended,
        diagnosis,
        refusal.command,
        dialogue,
        notes=tuple(notes),
        by_token=by_token,
    )


def diagnose(
    stage: Stage, lines: Sequence[str], ended: Ending | None, by_token: bool = False
) -> Diagnosis:
    """What the classification says of it."""
    kind = "reply" if lines or ended is None else _KINDS[ended]
    said = (_with_code(line) if stage.startswith("smtp") else line for line in lines)
    heard = tuple(line.encode("utf-8", "replace") for line in said)
    return classify(Observation(stage, kind, heard, by_token=by_token and stage in LOGIN))


def _with_code(line: str) -> str:
    """A reply whose code the client keeps to itself, with one that says as much as is known."""
    if not _WITHOUT_CODE.match(line):
        return line
    of_class = {"4": "451", "5": "503" if line[2] == "5" else "554"}
    return f"{of_class[line[0]]} {line}"


def of_named_reply(inferred: Inferred, note: str, dialogue: Dialogue) -> Failure:
    """The failure in which a server gives this reply. `note`: how it is known."""
    reply = load_dialect(inferred.dialect).reply(inferred.protocol, inferred.reply)
    lines = tuple(reply.text.removesuffix("\n").split("\n"))
    diagnosis = diagnose(inferred.stage, lines, None)
    return Failure(inferred.stage, lines, None, diagnosis, "", dialogue, inferred, (note,))


def _of_messages(material: Material, hint: Hint, every: bool) -> Iterator[tuple[int, Failure]]:
    """From what messages quote, with the line: what a token endpoint said, else the last reply,
    else the last thing that happened. Of `every`: all replies, and what happened in the protocol
    that has none."""
    number, told = token_refusal(material.written.split("\n"))
    if told and hint.protocol in (None, "oauth"):
        yield number, Failure("oauth-token", told, None, diagnose("oauth-token", told, None))
        if not every:
            return
    replies = _replies(material.quoted)
    for said in replies if every else replies[-1:]:
        yield said[0].number, _of_reply(said, material, hint)
    happened = list(_happenings(material))
    if replies:
        heard = {None, *(said[0].protocol for said in replies)}
        happened = [each for each in happened if protocol_in([each.about]) not in heard]
    if (every or not replies) and (failure := _of_happenings(happened, material, hint)):
        yield _number(happened), failure


def _nearby(material: Material) -> Dialogue:
    return next((each for each in reversed(material.dialogues) if each.protocol), Dialogue())


def _of_reply(said: Sequence[Utterance], material: Material, hint: Hint) -> Failure:
    nearby = _nearby(material)
    protocol = hint.mail_protocol or said[0].protocol or nearby.protocol or "smtp"
    lines = [line.text for line in said]
    around = nearby if nearby.protocol == protocol else Dialogue()
    suppressed = any(line.text == "suppressed" for line in around.said)
    near = "login" if suppressed else "\n".join(map(_around, said))
    before = material.written.split("\n")[max(0, said[0].number - 3) : said[0].number - 1]
    hinted = where_scoped("around", near, protocol)
    near = near if hinted or not _hinted_of_sending(before) else "\n".join(before)
    stage = guess_stage(protocol, lines, near, _where(material, lines))
    notes = () if suppressed else (f"the stage: a message quotes the reply; {stage} is assumed",)
    by_token = names_tokens(material.text)
    diagnosis = diagnose(stage, lines, None, by_token)
    told = tuple(lines)
    return Failure(stage, told, None, diagnosis, "", around, notes=notes, by_token=by_token)


def _of_happenings(happened: list[Utterance], material: Material, hint: Hint) -> Failure | None:
    nearby = _nearby(material)
    told = protocol_in(each.about for each in happened) or nearby.protocol
    below = observed_below(happened, hint.mail_protocol or told, material.text)
    if below is None:
        return None
    observation, assumed = below
    if observation.stage.endswith("-connect") and _begins_tls(nearby):
        observation = Observation(_TLS_OF[observation.stage], "reply")
    stage = observation.stage
    by_token = stage in LOGIN and names_tokens(material.text)
    diagnosis = classify(replace(observation, by_token=by_token))
    ended = next((how for how, kind in _KINDS.items() if kind == observation.kind), None)
    notes = tuple(assumed)
    return Failure(stage, (), ended, diagnosis, "", nearby, notes=notes, by_token=by_token)


def _begins_tls(dialogue: Dialogue) -> bool:
    """Whether the last that was said in a dialogue is that TLS may begin."""
    spoken = [line for line in dialogue.said if line.direction != "*"][-2:]
    if [line.direction for line in spoken] != ["C", "S"]:
        return False
    return "STARTTLS" in spoken[0].text.upper() and bool(_GOES_AHEAD.match(spoken[1].text))


def _where(material: Material, lines: Sequence[str]) -> Where | None:
    """The command that the runtime's own words name, such as the frames of a traceback; what the
    server said, `lines`, are not its."""
    text = material.text
    for line in lines:
        text = text.replace(re.sub(r"^\S+ ", "", line), " ")
    return where_in(_without_name(text, lines).split("\n"))


def _without_name(text: str, lines: Sequence[str]) -> str:
    """Without a name that a runtime gives to every reply with this code: 530 is said to MAIL, too
    (RFC 4954, 6)."""
    return text.replace(_NAMED_BY_CODE, " ") if lines and lines[0].startswith("530") else text


def _happenings(material: Material) -> Iterator[Utterance]:
    """Where something was said, its end says nothing: the walk through it has seen that."""
    every = [line for dialogue in material.dialogues for line in dialogue.said]
    parts = [(dialogue.said, dialogue.said) for dialogue in material.dialogues]
    for told, around in (*parts, (material.quoted, every)):
        spoken = any(line.direction != "*" for line in around)
        happened = (line for line in told if line.direction == "*")
        yield from (line for line in happened if not (spoken and line.text in ENDINGS))


def _replies(quoted: Sequence[Utterance]) -> list[list[Utterance]]:
    """What servers said, each reply with all its lines."""
    found: list[list[Utterance]] = []
    for line in quoted:
        if line.direction != "S":
            continue
        open_end = found and found[-1][-1].text[3:4] == "-" and found[-1][-1].protocol == "smtp"
        if open_end and line.text[:3] == found[-1][-1].text[:3]:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _around(said: Utterance) -> str:
    """What stands around a reply that is quoted: its own words are the server's."""
    words = said.text[4:] if said.protocol == "smtp" else _STATUS.sub("", said.text)
    return said.about.replace(words or said.text, " ")


def _beside(reply: Sequence[Utterance], material: Material) -> str:
    """What stands on the lines of a reply that nobody marked, without its own words."""
    lines = material.written.split("\n")
    places = {said.number for said in reply if 0 < said.number <= len(lines)}
    text = "\n".join(lines[place - 1] for place in sorted(places))
    for said in reply:
        text = _around(replace(said, about=text))
    return text


def _hinted_of_sending(lines: Sequence[str]) -> bool:
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
    where = None if (said, where) == ("end-of-data", "login") else where
    if named := at(where_scoped("around", hint, protocol)) or at(where):
        return named
    if _OF_STARTTLS.match(text):
        return "smtp-starttls"
    if nearby and said in (None, "login") and (near := at(nearby)):
        return near
    if protocol == "imap" and all(line.startswith("* BYE") for line in lines):
        return "imap-greeting"
    if told := at(said):
        return told
    if protocol == "smtp" and _CODES_OF_LOGIN.match(text):
        return "smtp-login"
    unlikely = ("-connect", "-tls", "-starttls", *(["-login"] if protocol == "smtp" else []))
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
