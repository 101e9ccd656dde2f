"""The steps of a life, as a scenario file words them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from fakeservers.files.base_model import OnlyTrue, Spec, kebab
from fakeservers.wire import Down, HowCut, HowEnded
from harness.taxonomy import Advice, DocumentedError

LONGEST_S: Final = 600.0
"""The longest window of a step."""
MOST_MESSAGES: Final = 100
MOST_STEPS: Final = 100
"""Of one life."""

Seconds = Annotated[float, Field(gt=0, le=LONGEST_S)]
Count = Annotated[int, Field(ge=1, le=MOST_MESSAGES)]
Awaited = Literal["connected", "failing", "idle", "seen", "sent", "quiet"]
"""`connected`, `failing`: what the connector says. `idle`: it waits for mail in IDLE. `seen`,
`sent`: it has said so of each message. `quiet`: neither it nor anybody at the mailbox has done
anything new for `for-s` seconds."""
TokenEvent = Literal["expired", "all-expired", "revoked"]
"""What becomes of the tokens that were given out: all access tokens have expired, refresh tokens,
too, or the consent is withdrawn."""
FAILS_S: Final = 2.0
"""How long it is watched in a life that says nothing else how a connector waits."""
BREAKS: Final = "breaks-into"
"""The key by which a file names the scenario, and what a step says to become it."""
BEGAN: Final = "as-it-began"


class Counts(Spec):
    """How often something is done, from the step on."""

    log_ins: int | None = Field(default=None, ge=0)
    """Log-ins, refused ones included."""
    connections: int | None = Field(default=None, ge=0)
    """Connections that are opened."""
    sends: int | None = Field(default=None, ge=0)
    """Tries to send an e-mail, refused ones included: MAIL that went on to RCPT, or could not."""

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("required: one of log-ins, connections, sends")
        return self


def _form(value: Any) -> str:
    return "counts" if isinstance(value, dict | Counts) else "word"


def _change(value: Any) -> Any:
    if isinstance(value, dict) and BREAKS in value:
        top = f"; the id stands at the top of the file, as {BREAKS}: {value[BREAKS]}"
        raise ValueError(f"write change: {BREAKS}{top}")
    if not isinstance(value, dict) and value not in (BREAKS, BEGAN):
        hint = ""
        if isinstance(value, list):
            hint = ", without '- '"
        elif isinstance(value, str) and "/" in value:
            hint = f"; the id stands at the top of the file, as {BREAKS}: {value}"
        raise ValueError(f"expected facts, {BREAKS!r} or {BEGAN!r}{hint}")
    if not value:
        raise ValueError("nothing changes: write which facts are others from now on")
    return value


def _advice(value: Any) -> Any:
    if isinstance(value, list | dict | bool):
        raise ValueError("expected an advice: remedies themselves stand at the top of the file")
    return value


_WITH: Final[Mapping[str, frozenset[str]]] = {
    "until": frozenset({"within_s", "for_s"}),
    "wait_s": frozenset(),
    "change": frozenset(),
    "cut": frozenset({"service", "bye"}),
    "down_s": frozenset({"service", "link", "port", "bye"}),
    "deliver": frozenset(),
    "expunge": frozenset(),
    "inbox": frozenset(),
    "tokens": frozenset(),
    "send": frozenset(),
    "remedy": frozenset(),
    "resettle": frozenset(),
    "says": frozenset({"within_s"}),
    "stays": frozenset({"for_s"}),
    "at_most": frozenset({"for_s"}),
    "seen": frozenset({"within_s"}),
    "sent": frozenset({"within_s"}),
}
"""What a step may be, and what may stand beside it."""
KINDS: Final = tuple(map(kebab, _WITH))
"""The same, as a file has them."""
_WORDLESS: Final = ("silent", "drip")
"""How links die of which nobody is told."""
_NEED_FOR: Final = frozenset({"stays", "at_most"})


def _empty(written: Mapping[str, Any]) -> str:
    """What is wrong where a key has no value."""
    keys = [key for key, value in written.items() if value is None]
    known = {*KINDS, *map(kebab, frozenset().union(*_WITH.values()))}
    below = [key for key in written if kebab(key) not in known]
    further = f"; indent {' and '.join(map(repr, below))} further, to stand below it"
    return f"{keys[0]} is empty{further if below else ''}" if keys else ""


def _misplaced(written: Mapping[str, Any]) -> str:
    """What is wrong where there is only what stands beside something else, a word is taken for what
    is counted, or an error for what is awaited."""
    until = written.get("until")
    if isinstance(until, dict) and (words := until.keys() & {*get_args(Awaited)}):
        return f"write until: {words.pop()}"
    for key, word in written.items():
        if key in ("until", "stays") and word in get_args(DocumentedError) and word != "connected":
            return f"{key} awaits no documented error; write says: {word}"
    for key in written:
        kinds = [kebab(name) for name, beside in _WITH.items() if key.replace("-", "_") in beside]
        if not kinds or len(written) > 1:
            return ""
        return f"{key} stands beside {', '.join(kinds)}: without '- ', in the step above"
    return ""


class LifeStep(Spec):
    """One step: something awaited, something that happens, or something expected; one of them."""

    other_words = {
        "expect": "write says, stays, at-most, seen or sent in its place, a step each",
        BREAKS: f"it belongs at the top of the file; the step is change: {BREAKS}",
        "wait": "until, or wait-s", "wait-for": "until", "wait-until": "until",
        "assert": "says", "report": "says", "reports": "says", "restart": "down-s",
        "timeout-s": "within-s", "sleep": "wait-s", "sleep-s": "wait-s", "mail": "deliver",
        "delete": "expunge", "down": "down-s", "state": "says",
    }  # fmt: skip

    until: (
        Annotated[
            Annotated[Awaited, Tag("word")] | Annotated[Counts, Tag("counts")],
            Discriminator(_form),
        ]
        | None
    ) = None
    """Wait until this is so. Where it is not within `within-s`, the life has not come to its point.
    """
    wait_s: Seconds | None = None
    """Wait for so long."""
    change: (
        Annotated[Literal["breaks-into", "as-it-began"] | dict[str, Any], BeforeValidator(_change)]
        | None
    ) = None
    """Facts and rules that are so from now on, worded as at the top of the file; `breaks-into`:
    those of the scenario that is named there; `as-it-began`: those at first."""
    cut: HowCut | None = None
    """What becomes of every connection that is open."""
    down_s: Seconds | None = None
    """The server restarts: for so long nobody answers."""
    deliver: Count | None = None
    """As many messages come into INBOX."""
    expunge: Count | None = None
    """As many messages, the oldest in INBOX, somebody else deletes and expunges (RFC 9051, 7.5.1);
    all, where the connector has left fewer. Who has not told of them by then need not."""
    inbox: Literal["gone", "back", "renewed"] | None = None
    """INBOX is gone; it is back; its UIDs count anew (UIDVALIDITY, RFC 9051, 2.3.1.1)."""
    tokens: TokenEvent | None = None
    """What becomes of the tokens that there are."""
    send: Count | None = None
    """As many e-mails the connector is told to send."""
    remedy: Annotated[Advice, BeforeValidator(_advice)] | None = None
    """The customer, the administrator or time does this: one of the file's remedies. What is typed
    anew the connector is given, and where it cannot know, it is told to try again."""
    resettle: OnlyTrue | None = None
    """The customer gives the settings anew."""
    says: DocumentedError | None = None
    """The connector says this documented error, or `connected`, and is so, within `within-s`."""
    stays: Literal["connected"] | None = None
    """The connector says nothing else, for `for-s`."""
    at_most: Counts | None = None
    """It does this no more often, for `for-s`."""
    seen: Literal["all"] | None = None
    """It has told each message that came in, once, within `within-s`."""
    sent: Literal["all"] | None = None
    """It has sent each e-mail, once, within `within-s`. What was refused for good (5yz, RFC 5321,
    4.2.1), or may have been sent already, need not be sent again once that is cured."""
    within_s: Seconds | None = None
    """The window, in seconds; left out: what the pace allows."""
    for_s: Seconds | None = None
    """How long it is watched, in seconds."""
    service: str | None = None
    """Which one; left out: all."""
    link: HowEnded | None = None
    """What becomes of open connections where the server restarts; left out: `fin`."""
    port: Down | None = None
    """What whoever connects meets meanwhile; left out: `refused`."""
    bye: OnlyTrue | None = None
    """The server says first that it shuts down, in the words of its dialect."""

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, written: Any) -> Any:
        if isinstance(written, dict) and (wrong := _empty(written) or _misplaced(written)):
            raise ValueError(wrong)
        return written

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = [name for name in _WITH if getattr(self, name) is not None]
        if len(given) != 1:
            said = ", ".join(map(kebab, given) if given else KINDS)
            each = ": each step begins with a '- ' of its own" if given else ""
            raise ValueError(f"expected one of {said} in a step{each}")
        [name] = given
        beside = {key for key in self.model_fields_set if getattr(self, key) is not None} - {name}
        if wrong := sorted(beside - _WITH[name]):
            allowed = ", ".join(sorted(map(kebab, _WITH[name]))) or "nothing"
            raise ValueError(
                f"{kebab(wrong[0])} means nothing beside {kebab(name)}; beside it: {allowed}"
            )
        if self.bye and (dies := self.link or self.cut) in _WORDLESS:
            raise ValueError(f"bye means nothing where links die so: {dies}")
        if (name in _NEED_FOR and self.for_s is None) or (self.until == "quiet" and not self.for_s):
            raise ValueError(f"required: for-s, how long {kebab(name)} is watched")
        if isinstance(self.until, Counts) and not any(self.until.model_dump().values()):
            raise ValueError("until waits for nothing: none is done already")
        if self.within_s and self.for_s and self.within_s <= self.for_s:
            raise ValueError("never so: within-s is no longer than for-s")
        return self

    @property
    def kind(self) -> str:
        """Which of its keys says what it is, as it is written."""
        return kebab(next(name for name in _WITH if getattr(self, name) is not None))


def usual_steps(
    says: DocumentedError,
    *,
    sends: bool,
    curable: Advice | None,
    opens: bool = False,
    passes: bool = False,
) -> tuple[LifeStep, ...]:
    """The life of a mailbox of which only is said what it breaks into: it works, mail comes; it
    breaks, and ends what is open; the connector says so, and waits as it should while mail comes;
    it is cured, and nothing was lost. `sends`: the failure shows when something is sent only; once
    it is cured, somebody sends something else. `passes`: where no advice cures it, it is over by
    itself in the end."""
    works = (LifeStep(until="connected"), LifeStep(deliver=1), LifeStep(seen="all"))
    breaks = (
        LifeStep(change="breaks-into"),
        LifeStep(cut="fin"),
        *([LifeStep(send=1)] if sends else []),
        *([LifeStep(deliver=1)] if opens else []),
        LifeStep(says=says),
        LifeStep(deliver=1),
        LifeStep(wait_s=FAILS_S),
    )
    if curable is None and not passes:
        return (*works, *breaks)
    cure = LifeStep(remedy=curable) if curable else LifeStep(change=BEGAN)
    again = (LifeStep(send=1),) if sends else ()
    done = (LifeStep(sent="all"),) if sends else ()
    connected = (LifeStep(says="connected"), LifeStep(seen="all"))
    return (*works, *breaks, cure, *again, *connected, *done)
