"""What a client's lines may show: nothing that may be a credential, whatever it was meant for.

A line is shown as far as it is known to be harmless, not hidden as far as it is known to be secret:
a verb that a mail protocol has, what stands behind it unless it logs in, and the content of
messages. All else, such as the answer to a challenge, is a mask. Any client may speak any protocol
at any port, so that the verbs of IMAP (RFC 9051), SMTP (RFC 5321), POP3 (RFC 1939) and HTTP are
known here at once; how they are answered is not.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import Final, Literal

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.secrets import MASK, SHORTEST_ANYWHERE

_LOG_IN: Final = frozenset(
    b"LOGIN AUTHENTICATE AUTH USER PASS APOP ACCT AUTHINFO RPOP XCLIENT".split()
)
"""Behind these stands who somebody is, and what proves it."""
_TAGGED: Final = frozenset(
    b"""APPEND CAPABILITY CHECK CLOSE COMPRESS COPY CREATE DELETE DELETEACL ENABLE ESEARCH EXAMINE
    EXPUNGE FETCH GETACL GETMETADATA GETQUOTA GETQUOTAROOT IDLE LIST LISTRIGHTS LOGOUT LSUB MOVE
    MYRIGHTS NAMESPACE NOOP NOTIFY RENAME REPLACE SEARCH SELECT SETACL SETQUOTA SORT STARTTLS
    STATUS STORE SUBSCRIBE THREAD UID UNSELECT UNSUBSCRIBE XLIST""".split()
)
_BARE: Final = frozenset(
    b"""DONE EHLO HELO LHLO MAIL RCPT DATA BDAT RSET VRFY EXPN HELP NOOP QUIT STARTTLS ETRN TURN
    CAPA STLS STAT LIST RETR DELE TOP UIDL * =""".split()
)
"""Commands without a tag, and the answers to a challenge that say nothing (RFC 4422, 3.5)."""
_MECHANISMS: Final = kept_regex(
    rb"\"?(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|X?OAUTH2?|OAUTHBEARER|SCRAM-SHA-[\d-]+(?:-PLUS)?"
    rb"|GSSAPI|GS2-\w+|NTLM|EXTERNAL|ANONYMOUS|KERBEROS_V4|SKEY|OTP|PLAIN-CLIENTTOKEN|[A-Z]*TOKEN"
    rb"|XALIOAUTH|XYMCOOKIE)\"?",
    re.IGNORECASE,
)
_ID: Final = kept_regex(
    rb"(?:NIL|\((?: ?\"(?:name|version|os|os-version|vendor|support-url|address|date)\""
    rb" (?:NIL|\"[^\"\\]*\"))*\))",
    re.IGNORECASE,
)
"""Only these fields of ID (RFC 2971, 3.3) are of the program, not of who uses it."""
_PROXY: Final = kept_regex(
    rb"PROXY (?:UNKNOWN|TCP[46] [\da-f.:]{2,39} [\da-f.:]{2,39} \d{1,5} \d{1,5})", re.IGNORECASE
)
_HTTP: Final = kept_regex(rb"[A-Z]{3,7} / HTTP/[\d.]{1,3}")
_AUTH_PARAMETER: Final = kept_regex(rb"(?<=\sAUTH=)(?!<>)\S.*", re.IGNORECASE)
_LOCAL_PART: Final = kept_regex(r"[\w.+-]{1,64}")
_ASTRING: Final = kept_regex(rb'"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"{}]+)')
_LITERAL: Final = kept_regex(rb"~?\{(\d{1,20})([+-]?)\}$")
_OCTETS: Final = kept_regex(rb"BDAT[ \t]+(\d{1,20})", re.IGNORECASE)
_LONGEST_TAG: Final = 20
_WORD: Final = kept_regex(rb"[^\s\"'<>()\[\]{},:;]{%d,}" % SHORTEST_ANYWHERE)
_LONGEST_LEARNED: Final = 1024
_MOST_WORDS: Final = 4096
_FEW_WORDS: Final = 16
"""So many are looked for one by one before each word of a line is looked up."""
_METHODS: Final = frozenset(b"GET HEAD POST PUT PATCH DELETE OPTIONS".split())
_VERBS: Final = _LOG_IN | _TAGGED | _BARE | _METHODS | {b"ID", b"INBOX"}


def said_command(name: str) -> str:
    """A command by its name, in upper case, where it is one of a mail protocol, or a method of
    HTTP; else the mask."""
    known = all(word in _VERBS for word in name.encode().split())
    return name if known else MASK.decode()


def said_mechanism(name: str) -> str:
    """The same of a SASL mechanism."""
    return name if not name or _MECHANISMS.fullmatch(name.encode()) else MASK.decode()


class UserNames(Container[str]):
    """The names of a mailbox's accounts, which are no secrets."""

    def __init__(self, names: Iterable[str]) -> None:
        known = [name.casefold() for name in names if name]
        self._known = frozenset([*known, *(name.partition("@")[0] for name in known)])
        self._domains = tuple({f"@{name.rpartition('@')[2]}" for name in known if "@" in name})

    def __contains__(self, name: object) -> bool:
        """Whether it is one of them, with or without its domain, or an address beside them."""
        if not isinstance(name, str):
            return False
        name = name.casefold()
        beside = name.endswith(self._domains) and _LOCAL_PART.fullmatch(name.partition("@")[0])
        return name in self._known or bool(beside)


class Disclosure:
    """The client's lines of one connection, in order. `protocol`: what its server speaks; `names`:
    of users, which are no secrets."""

    def __init__(self, protocol: str, names: Container[str]) -> None:
        self._protocol = protocol
        self._names = names
        self._words: set[bytes] = set()
        """What was hidden, in lower case: the server may repeat it."""
        self.begin_anew()

    def begin_anew(self) -> None:
        """TLS begins: nothing that was said before is gone on with."""
        self._tag = b""
        self._octets = 0
        """How many are to come of a literal, or of a chunk."""
        self._hidden = True
        """Whether those may be a credential's."""
        self._asked = False
        """Whether the client has to wait for the server's word before it sends them."""
        self._masked = False
        """Whether the last line that was shown ended with the mask."""
        self._data: Literal["no", "asked", "comes"] = "no"
        """Whether a message comes, up to a dot."""

    def heard(self, line: bytes) -> None:
        """What the server says: it may ask for what the client has announced, or refuse it."""
        if self._data == "asked" and line.startswith(b"354"):
            self._data = "comes"
        if self._octets and self._asked:
            if line.startswith(b"+"):
                self._asked = False
            elif self._protocol != "imap" or line.startswith(self._tag):
                self._octets = 0

    def shown(self, line: bytes, size: int, *, whole: bool = True) -> bytes | None:
        """What may be shown of the next line, which stands there without its end. `size`: with it.
        Not `whole`: it never came to its end. None: the mask of the line before stands for it."""
        if self._octets > 0:
            return self._of_octets(line, size)
        self._masked = False
        if self._data == "comes":
            self._data = "no" if line == b"." else "comes"
            return self._content(line)
        self._data = "no"
        return self._command(line, whole=whole)

    def ends_with(self, size: int) -> bool:
        """Whether so much of a line without an end is all that the client has to say there."""
        return False

    def learn(self, said: bytes) -> None:
        """The server may repeat these words, and they must not be shown."""
        for word in _WORD.findall(said[:_LONGEST_LEARNED]):
            if len(self._words) <= _MOST_WORDS and word.upper() not in _VERBS:
                self._words.add(word.lower())

    def repeated(self, said: bytes) -> bytes:
        """What the server said, without those words; nothing of it, where they are too many."""
        if not self._words:
            return said
        if len(self._words) > _MOST_WORDS:
            return MASK + said[len(said.rstrip(b"\r\n")) :]
        lower = said.lower()
        if len(self._words) <= _FEW_WORDS and not any(word in lower for word in self._words):
            return said
        return _WORD.sub(self._unless_learned, said)

    def _unless_learned(self, found: re.Match[bytes]) -> bytes:
        return MASK if found[0].lower() in self._words else found[0]

    def _of_octets(self, line: bytes, size: int) -> bytes | None:
        """A line of a literal or chunk, the last one with what is behind that."""
        hidden, masked = self._hidden or self._asked, self._masked
        self._octets -= size
        if self._octets < 0:
            self._octets = 0
            self._announced(line, hidden=self._hidden)
        if not hidden:
            return self._content(line)
        shown = self._hide(line)
        return None if masked else shown

    def _content(self, line: bytes) -> bytes:
        """A line of a message; one that looks like a log-in is none, whatever was agreed on."""
        words = line.upper().split(None, 2)[:2]
        if words[:1] == [b"AUTH"] or words[1:] in ([b"LOGIN"], [b"AUTHENTICATE"]):
            self.begin_anew()
            return self._hide(line)
        return line

    def _command(self, line: bytes, *, whole: bool) -> bytes:
        words = line.split(None, 2)
        if not words:
            return line
        self._tag = words[0] + b" "
        verbs = [word.upper() for word in words[:2]]
        at = next((at for at, verb in enumerate(verbs) if verb in _LOG_IN), None)
        if at is None:
            at = 0 if verbs[0] in _BARE else 1
            if verbs[at : at + 1] and verbs[at] in (_TAGGED if at else _BARE):
                return self._harmless(line, words, at, whole=whole)
            return self._other(line, words, whole=whole)
        head = _behind(line, words, at)
        self._announced(line, hidden=True)
        return self._head(line[:head], words, at) + self._credentials(verbs[at], line[head:])

    def _harmless(self, line: bytes, words: list[bytes], at: int, *, whole: bool) -> bytes:
        """A command that logs nobody in."""
        head = _behind(line, words, at)
        verb, rest = words[at].upper(), line[head:]
        if verb == b"MAIL":
            rest = _AUTH_PARAMETER.sub(self._hidden_word, rest)
        if not whole and rest.strip():
            rest = b" " + self._hide(rest)
        elif self._protocol == "imap":
            self._announced(line, hidden=False)
        elif verb == b"DATA":
            self._data = "asked"
        elif octets := _OCTETS.match(line):
            self._octets, self._hidden, self._asked = int(octets[1]), True, False
        return self._head(line[:head], words, at) + rest

    def _other(self, line: bytes, words: list[bytes], *, whole: bool) -> bytes:
        """What is no command of anybody's, or may say more than it does."""
        rest = words[2] if len(words) == 3 else b""
        if whole and (words[1:2] and words[1].upper() == b"ID" and _ID.fullmatch(rest)):
            return line
        if whole and any(each.fullmatch(line) for each in (_PROXY, _HTTP)):
            return line
        self._announced(line, hidden=True)
        short = len(words) > 1 and len(words[0]) < SHORTEST_ANYWHERE
        hidden = self._hide(line.removeprefix(words[0]) if short else line)
        return words[0] + b" " + hidden if short else hidden

    def _credentials(self, verb: bytes, rest: bytes) -> bytes:
        """What stands behind a command that logs in: whom the mailbox knows, the mechanism."""
        text = rest.strip()
        if not text:
            return b""
        more, known = text, b""
        if verb in (b"AUTH", b"AUTHENTICATE"):
            name, *behind = text.split(None, 1)
            if _MECHANISMS.fullmatch(name):
                known, more = name, b"".join(behind)
        elif (found := _ASTRING.match(text)) and _text(found) in self._names:
            known, more = found[0], text[found.end() :].strip()
        if more and not (more in (b"=", b"*") or (more == text and _LITERAL.fullmatch(more))):
            more = self._hide(more)
        return b" " + b" ".join(filter(None, [known, more]))

    def _announced(self, line: bytes, *, hidden: bool) -> None:
        """A line may end with the announcement of a literal."""
        if found := _LITERAL.search(line):
            self._octets, self._hidden, self._asked = int(found[1]), hidden, not found[2]

    def _head(self, head: bytes, words: list[bytes], at: int) -> bytes:
        """The verb, and the tag before it."""
        if not at or len(words[0]) <= _LONGEST_TAG:
            return head
        return self._hide(words[0]) + b" " + words[1]

    def _hide(self, text: bytes) -> bytes:
        """The mask, if there is anything."""
        self.learn(text)
        self._masked = bool(text.strip())
        return MASK if self._masked else text

    def _hidden_word(self, found: re.Match[bytes]) -> bytes:
        return self._hide(found[0])


def _behind(line: bytes, words: list[bytes], at: int) -> int:
    """Where the word of that number ends."""
    end = 0
    for word in words[: at + 1]:
        end = line.index(word, end) + len(word)
    return end


def _text(found: re.Match[bytes]) -> str:
    quoted = found[1] is not None
    text = re.sub(rb"\\(.)", rb"\1", found[1]) if quoted else found[2]
    return text.decode("utf-8", "replace")
