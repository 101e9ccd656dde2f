"""What failed, and at which stage: found in the material, then classified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from fakeservers.dialects.dialect import load_dialect
from fakeservers.files.patterns import kept_regex
from harness.classify import classify
from harness.classify.observation import Observation
from harness.classify.runtimes import protocol_in, where_scoped
from harness.contract.diagnosis import Diagnosis
from harness.files.problems import BadInput
from harness.reproducing.below import is_vague, observed_below, protocol_told
from harness.reproducing.dialogue import ENDINGS, Dialogue, Ending, Inferred, Utterance
from harness.reproducing.forms.grammar import from_client
from harness.reproducing.indirect.bounces import Bounce, read_bounces
from harness.reproducing.indirect.known_words import read_known
from harness.reproducing.indirect.sentences import read_sentences
from harness.reproducing.material import Material
from harness.reproducing.quotations import Quotation, read_quotations
from harness.reproducing.stages.diagnosed import KINDS_OF_ENDINGS, diagnose
from harness.reproducing.stages.guess import (
    guess_stage,
    hinted_of_sending,
    where_named,
    words_around,
    words_beside,
)
from harness.reproducing.stages.walk import Refusal, refusals
from harness.reproducing.token_errors import (
    is_by_token,
    is_the_clients,
    names_tokens,
    token_refusal,
)
from harness.taxonomy import STAGE_GROUPS, STAGES, AnyProtocol, Protocol, Stage
from harness.taxonomy.stages import LOGIN

_GOOD: Final = kept_regex(r"\S+ (?:OK|PREAUTH|CAPABILITY|LIST|FLAGS|ID)\b|\* \d")
_NOT_AT_LOGIN: Final = kept_regex(r"55[0-3]\b")
"""Codes of addresses and messages (RFC 5321, 4.2.3)."""
_TAGGED: Final = kept_regex(r"(?!\*)\S+ (?:NO|BAD)\b")
_OUT_OF_TURN: Final = kept_regex(
    r"(?i)\S+ (?:NO|BAD)\b.*(?:\bstate\b|not authenticated|log ?in first|not logged in)"
)
_GOES_AHEAD: Final = kept_regex(r"220 |\S+ OK\b")
_TLS_OF: Final[dict[Stage, Stage]] = {"imap-connect": "imap-tls", "smtp-connect": "smtp-tls"}


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
    if not found:
        found += _of_known_words(material, hint) or _of_sentences(material, hint)
    found.sort(key=lambda each: each[0])
    return [_at_stage(failure, hint.stage) for _, failure in found]


def _of_known_words(material: Material, hint: Hint) -> list[tuple[int, Failure]]:
    """From a server's words beside a dialogue in which nothing fails."""
    told = read_known(material.lines) if material.dialogues else []
    return [(said.number, _of_reply([said], material, hint)) for said in told[-1:]]


def _of_sentences(material: Material, hint: Hint) -> list[tuple[int, Failure]]:
    """From what people say in words of their own."""
    told = read_sentences(material.lines)
    failure = _of_happenings(told[-1:], material, hint) if told else None
    return [(told[-1].number, failure)] if failure else []


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
    """The last, unless it follows from another: without a recipient there is no DATA, and without a
    log-in no folder. Where only the server speaks, the first: those behind it come of it."""
    last = refused[-1]
    if not _is_dialogue(dialogue):
        return refused[0]
    if last.stage in STAGE_GROUPS["send"]:
        return next(each for each in refused if each.stage in STAGE_GROUPS["send"])
    before = refused[-2:][0]
    return before if before.stage == "imap-login" and _is_out_of_turn(last) else last


def _is_out_of_turn(refusal: Refusal) -> bool:
    """Whether a command is refused because nobody is logged in."""
    return bool(refusal.lines and _OUT_OF_TURN.match(refusal.lines[-1]))


def _is_dialogue(dialogue: Dialogue) -> bool:
    """Whether it shows what the server answered."""
    told = ("suppressed", "connecting", "tls")
    return any(
        line.direction == "C" or line.text in told or line.about == "told" for line in dialogue.said
    )


def _is_no_greeting(refusal: Refusal, dialogue: Dialogue) -> bool:
    """Whether the log begins in the midst of a dialogue, with what seems to refuse the client, who
    then goes on: it would have left (RFC 5321, 3.1)."""
    said = list(dialogue.said)
    return (
        refusal.stage == "smtp-greeting"
        and bool(refusal.lines)
        and said[0].text == refusal.lines[0]
        and any(each.direction == "C" and from_client(each.text) == "smtp" for each in said[1:])
        and (
            _is_of_an_address(refusal.lines)
            or not any(each.text.upper().startswith("QUIT") for each in said)
        )
    )


def _is_of_an_address(lines: Sequence[str]) -> bool:
    """Whether a reply is about the sender or a recipient, whom nobody has named at the greeting."""
    text = "\n".join(lines)
    told = where_scoped("said", text, "smtp")
    return bool(_NOT_AT_LOGIN.match(text)) and told in ("mail", "rcpt")


def _of_refusal(refusal: Refusal, dialogue: Dialogue, material: Material) -> Failure:
    stage, notes = refusal.stage, []
    lines = refusal.lines
    # To a command from before the log begins.
    tagged = refusal.protocol == "imap" and lines and _TAGGED.match(lines[-1])
    alone = not _is_dialogue(dialogue) or _is_no_greeting(refusal, dialogue)
    if lines and ((tagged and not refusal.command) or alone):
        if alone and refusal.protocol == "imap":  # a pasted reply, whose untagged lines count
            said = (line.text for line in dialogue.said if line.direction == "S")
            lines = [line for line in said if not _GOOD.match(line)]
        hints = [words_around([said]) for said in material.quoted if said.text == lines[-1]]
        hints.append(words_beside([said for said in dialogue.said if said.text in lines], material))
        stage = guess_stage(refusal.protocol, lines, "\n".join(hints), where_named(material, lines))
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


def of_named_reply(inferred: Inferred, note: str, dialogue: Dialogue) -> Failure:
    """The failure in which a server gives this reply. `note`: how it is known."""
    reply = load_dialect(inferred.dialect).reply(inferred.protocol, inferred.reply)
    lines = tuple(reply.text.removesuffix("\n").split("\n"))
    diagnosis = diagnose(inferred.stage, lines, None)
    return Failure(inferred.stage, lines, None, diagnosis, "", dialogue, inferred, (note,))


def _of_messages(material: Material, hint: Hint, every: bool) -> Iterator[tuple[int, Failure]]:
    """From what messages quote, with the line: what a token endpoint said, else the last reply,
    else the last bounce, else the last thing that happened. Of `every`: all replies or bounces, and
    what happened in the protocol that has no reply."""
    lines = material.written.split("\n")
    number, told = token_refusal(lines)
    if told and hint.protocol in (None, "oauth"):
        quoted = () if is_the_clients(told) else told
        yield number, Failure("oauth-token", quoted, None, diagnose("oauth-token", told, None))
        if not every:
            return
    replies = _replies(material.quoted)
    for said in replies if every else replies[-1:]:
        yield said[0].number, _of_reply(said, material, hint)
    bounces = [] if replies or hint.mail_protocol == "imap" else list(read_bounces(lines))
    for bounce in bounces if every else bounces[-1:]:
        yield bounce.number, _of_bounce(bounce)
    if bounces:
        return
    if not material.dialogues and all(map(is_vague, material.quoted)):
        understood = list(read_quotations(material.lines, hint.mail_protocol))
        yield from ((each.number, _of_quotation(each)) for each in understood[-1:])
        if understood:
            return
    happened = list(_happenings(material))
    if replies:
        heard = {None, *(said[0].protocol for said in replies)}
        happened = [each for each in happened if protocol_in([each.about]) not in heard]
    if (every or not replies) and (failure := _of_happenings(happened, material, hint)):
        yield _number(happened), failure


def _of_quotation(told: Quotation) -> Failure:
    note = "whose words tell it, a server's or the client's: they are quoted without a code"
    return Failure(told.stage, (), None, told.diagnosis, notes=(note,))


def _of_bounce(bounce: Bounce) -> Failure:
    stage = guess_stage("smtp", [bounce.text], "")
    note = "a bounce tells it: what the server said, and to which command, is not known"
    return Failure(stage, (), None, diagnose(stage, [bounce.text], None), notes=(note,))


def _nearby(material: Material) -> Dialogue:
    return next((each for each in reversed(material.dialogues) if each.protocol), Dialogue())


def _of_reply(said: Sequence[Utterance], material: Material, hint: Hint) -> Failure:
    nearby = _nearby(material)
    protocol = hint.mail_protocol or said[0].protocol or nearby.protocol or "smtp"
    lines = [line.text for line in said]
    around = nearby if nearby.protocol == protocol else Dialogue()
    hid = any(line.text == "suppressed" for line in around.said)
    suppressed = hid and not _NOT_AT_LOGIN.match(lines[0])
    quoting = words_around(said)
    near = "login" if suppressed else quoting
    before = material.written.split("\n")[max(0, said[0].number - 3) : said[0].number - 1]
    hinted = where_scoped("around", near, protocol)
    near = near if hinted or not hinted_of_sending(before) else "\n".join(before)
    where = where_named(material, lines, quoting)
    stage = guess_stage(protocol, lines, near, where)
    notes = () if suppressed else (f"the stage: a message quotes the reply; {stage} is assumed",)
    by_token = names_tokens(material.text)
    diagnosis = diagnose(stage, lines, None, by_token)
    told = tuple(lines)
    return Failure(stage, told, None, diagnosis, "", around, notes=notes, by_token=by_token)


def _of_happenings(happened: list[Utterance], material: Material, hint: Hint) -> Failure | None:
    nearby = _nearby(material)
    told = protocol_told([each.about for each in happened]) or nearby.protocol
    below = observed_below(happened, hint.mail_protocol or told, material.text)
    if below is None:
        return None
    observation, assumed = below
    if observation.stage.endswith("-connect") and _begins_tls(nearby):
        observation = Observation(_TLS_OF[observation.stage], "reply")
    stage = observation.stage
    by_token = stage in LOGIN and names_tokens(material.text)
    diagnosis = classify(replace(observation, by_token=by_token))
    ended = next((how for how, kind in KINDS_OF_ENDINGS.items() if kind == observation.kind), None)
    notes = tuple(assumed)
    return Failure(stage, (), ended, diagnosis, "", nearby, notes=notes, by_token=by_token)


def _begins_tls(dialogue: Dialogue) -> bool:
    """Whether the last that was said in a dialogue is that TLS may begin."""
    spoken = [line for line in dialogue.said if line.direction != "*"][-2:]
    if [line.direction for line in spoken] != ["C", "S"]:
        return False
    return "STARTTLS" in spoken[0].text.upper() and bool(_GOES_AHEAD.match(spoken[1].text))


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
