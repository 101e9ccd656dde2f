"""Replies that a message quotes: tracebacks, exceptions, what a product tells its users.

Not every number and every NO is a reply. What is not sure is left out, and so is what the client
says before and behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify.runtimes import KnownError, quoted_after, signal_in
from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.forms.grammar import BY_CLIENT, CODE_OF_LOGIN, NOTHING_NEW, REPLY
from harness.reproducing.forms.leads import LogLine
from harness.reproducing.forms.quoting import spoken_lines, text_of, within

_TUPLE: Final = kept_regex(
    r"(?:\(|(?<![\w.])(?=\d{3}, (?:b['\"]|['\"][45]\.\d+\.\d+['\"],)))"
    r"(?P<code>[45]\d\d), (?:['\"](?P<enhanced>[45]\.\d{1,3}\.\d{1,3})['\"], ?)?"
    r"(?:u?(?P<literal>b?'(?:[^'\\]|\\.)*'?|b?\"(?:[^\"\\]|\\.)*\"?)"
    r"|(?(enhanced)(?P<bare>[^\W\d_][^)}\]]+)|(?!)))"
)
"""Code and text, and between them what RFC 2034 puts before the text."""
_RETCODE: Final = kept_regex(
    r"\bretcode \((?P<code>[45]\d\d)\); Msg: (?P<literal>b'(?:[^'\\]|\\.)*'|b\"(?:[^\"\\]|\\.)*\")"
)
"""As Python's smtplib shows it at its debug level (its getreply), in the midst of a sentence."""
_IN_PEAR: Final = kept_regex(r"\(code: (?P<code>[45]\d\d), response: (?P<words>\S.*?)\)(?=\W*$)")
"""As PEAR's Net_SMTP tells it (its _parseResponse), inside of what it failed to do."""
_SMTP: Final = kept_regex(
    r"(?:(?<![A-Za-z0-9_.:/\[+-])(?<!\d,)|(?<=\\[nr]))"
    r"(?P<reply>(?P<code>(?:4[2-57]|5[0-57])\d|[45]\d\d(?=[ -][45]\.\d{1,3}\.\d))"
    r"(?:[ -](?P<enhanced>\d\.\d{1,3}\.\d{1,3})\b)?[ :-]\s*(?!\W*(?P=code)[ -]|[.,;?!] )[^\d\s].*)"
)
_WITHOUT_CODE: Final = kept_regex(
    r"(?:^|(?<=[\s'\"`(>*:]))(?<!\bfrom )(?<!\bsince )(?<!\bthan )(?<!\d to )"
    r"(?P<reply>[45]\.[0-7]\.\d{1,3} "
    r"(?!(?:to|and|or|through|auf|à|a|bis) \d+\.\d)"
    r"(?!(?:errors?|codes?|bounces?|repl(?:y|ies)|messages?) (?:after|when|while|if|on|in|from|at"
    r"|due|for|because|and|or|with|is|was)\b)(?:[^\W\d_]|<\S+>: ).{5,})"
    r"|(?:^|[\"'`:>] ?)(?P<qmail>[^\W\d_][^\"`:>#]{4,}\(#[45]\.[0-7]\.\d{1,3}\))"
)
"""A reply of SMTP whose code the client keeps to itself, and no sentence about one. The subject of
an enhanced code is one of seven, or none (RFC 3463, 3); qmail puts it behind."""
_OF_A_VERSION: Final = kept_regex(
    r"\b(?:v|ver|version|wersja|versi[óo]n|vers[ãa]o|versione|versie|версия|release|perl|php|ruby"
    r"|python|java|node|openssl|kernel|linux|mysql|mariadb"
    r"|postgres\w*|wordpress|laravel|symfony|drupal|joomla|magento|rails|plugin)\W{1,3}$",
    re.IGNORECASE,
)
"""What stands before a number of a version, which may look like an enhanced code."""
_CODE_ALONE: Final = kept_regex(r"\bcode\W{1,3}(?P<code>[45]\d\d)\W*$", re.IGNORECASE)
_CODE_ONLY: Final = kept_regex(
    rf"\b(?:SMTP(?:[ -]\w+)? ?|code received from server )\((?P<code>{CODE_OF_LOGIN.pattern})\)"
    r"|\bSMTP (?:server )?(?:reply|response|error|status|code|returned)(?: code)?:? ?"
    r"(?P<reply>[45]\d\d)\W*$"
    r"|\bbut got code [\"'](?P<got>[45]\d\d)[\"']\W*$"
    r"|\bSMTPC?: .{0,30}\berror code\W{1,4}(?P<scanner>[45]\d\d)\b"
    r"|(?:报错|错误|失败|エラー|오류)(?:代码|码|コード)?\W{0,3}(?P<error>53[458])\W*$"
)
"""A refusal of which a client tells no more than the code, as Roundcube, PEAR's Net_SMTP and K-9
do, scanners in their logs, or somebody who writes without spaces."""
_BYTES_ALONE: Final = kept_regex(r"(?:^|[\s:=])(?P<literal>b(['\"]).+\2)\W*$")
"""A code on one line, and on the next the text as Python has it."""
_MISREAD: Final = kept_regex(r"(?<!\w)(?=\S*\d)\w{3}[ -]$")
"""Which a machine has misread."""
_LETTERS: Final = kept_regex(r"[^\W\d_]{2}|\ufffd")
"""Of words, or what is left of them where nobody knew in which encoding they were."""
_CODES: Final = (
    "AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|UNAVAILABLE|EXPIRED|PRIVACYREQUIRED|CONTACTADMIN"
    "|NOPERM|INUSE|SERVERBUG|CLIENTBUG|CANNOT|LIMIT|OVERQUOTA|NONEXISTENT|TRYCREATE|ALERT|THROTTLED"
    "|WEBALERT|SYS/TEMP|SYS/PERM|AUTH|ALREADYEXISTS|CORRUPTION|TOOBIG|HASCHILDREN|BADCHARSET"
    "|UNKNOWN-CTE"
)
"""Response codes (RFC 5530, RFC 3501; from THROTTLED to AUTH: what providers send). No other word
in brackets tells a server's line from a logger's level or a client's own word."""
_TAGGED: Final = kept_regex(
    r"(?<![\w.])(?P<reply>(?:(?=[\w.-]*\d)(?![2-5]\d\d )[A-Za-z0-9._-]{1,24}|\*|\btag)"
    r" (?:NO|BAD|BYE) \S.*)"
    rf"|(?:^|[\s'\":(])(?P<coded>(?:(?:NO|BAD|BYE) )?\[(?:{_CODES})(?: [^\]]*)?\] \S.*)"
    r"|[`'\"](?P<bare>(?:NO|BAD) [A-Z]\w+ (?:\w+ )?failed\b.*)"
    r"|(?:^|[\s'\":(])(?P<alone>\[(?:AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|PRIVACYREQUIRED"
    r"|OVERQUOTA|NONEXISTENT)\])(?=\W*$)"
    r"|(?:^|: )(?P<status>NO (?!IMAP\b|E-?MAILS?\b|MAILS?\b|MESSAGES?\b)[A-Z]\w.*)"
    r"|\bresponse(?: to [A-Z ]+)?: (?P<answer>(?:NO|BAD) \S.*)"
    r"|\bserver (?:said|responded|replied|returned): (?P<told>(?:NO|BAD|BYE): \S.*)"
)
_COMMAND_ERROR: Final = kept_regex(
    r"\b[A-Z]+ command error: (?P<status>NO|BAD) \[(?P<literal>b?(?:'(?:[^'\\]|\\.)*'|\"[^\"]*\"))"
)
"""Python's imaplib, of a command that a server refuses (its _command_complete)."""
_NAMED_STATUS: Final = kept_regex(
    r"\b(?:(?P<status>No|Bad) Response|unexpected (?P<other>NO|BAD) response"
    r"|command with an? '(?P<third>NO|BAD)' response): (?P<reply>\S.*)"
)
"""As Rust's libraries of IMAP tell a refusal (imap's src/error.rs, io-imap), and MailKit (its
ImapCommandException)."""
_MAIL: Final = kept_regex(
    r"(?<![/\\])(?:smtp|mail|rcpt|recipient|sender|relay|auth|login|log in|password|mailer|message"
    r"|said|reply|response|server|transaction failed|port (?:465|587|25)\b"
    r"|antwort|risposta|réponse|respuesta|resposta|antwoord|почт|письм)"
    r"|邮件|郵件|邮箱|郵箱|发送|メール|메일",
    re.IGNORECASE,
)
_COUNTED: Final = kept_regex(
    r"[45]\d\d (?:files|messages|e?-?mails|items|ms|s|bytes|[kmg]i?b|rows|users|times"
    r"|additional|seconds|minutes|records|entries|folders|connections|requests|accounts|of|more|new"
    r"|unread|is|was|are|were|occur(?:s|red|ring)?|happen(?:s|ed)?|appear(?:s|ed)?|when|while|if"
    r"|because|at|and|or|but|http"
    r"|errors? (?:when|while|if|on|in|from|at|every))\b",
    re.IGNORECASE,
)
"""A number that counts, and is more than one; a sentence about a number."""
_WEB: Final = kept_regex(
    r"[45]\d\d[ :-]+(?:Not Found|Bad Gateway|Internal Server|Forbidden|Unauthorized|Bad Request"
    r"|Service Unavailable|Gateway Time|Too Many Requests|Method Not|Conflict|Gone|Precondition"
    r"|Unprocessable|Payload|OK\b)|500[ :-]+(?:Server Error|Error sending)\b",
    re.IGNORECASE,
)
_RECIPIENT: Final = kept_regex(r"[\w.+-]+@[\w.-]+\w[>)]*: *$")
_OF_A_LOG: Final = kept_regex(r"\d+ (?:TID-\w+ |[a-z_]+=)")
"""What follows in a log: the thread behind the process, as Sidekiq has them; the next field."""
_NO_CODE: Final = kept_regex(
    r"\b(?:HTTP/?\S*|completed|status code|port|errno|line|pid|uid|exit|took|after|of|for|than"
    r"|count|string to|size|total|col|id|user|job|process|thread|worker|attempt)\W*$|\bin\s*$"
    r"|\w\.(?:c|cc|cpp|cs|ex|go|java|js|kt|php|pl|pm|py|rb|rs|ts)\W+$",
    re.IGNORECASE,
)
_NEAR: Final = 80
"""In letters: so near to it what stands before a code tells whose it is."""
_OF_A_TRACE: Final = kept_regex(r"\d{3}: +(?:\[?[\w.~-]*\]?/|[A-Z]:\\)")
"""The number of a line, and its file."""
_OF_TLS: Final = ("tls-alert", "tls-error", "verify-error")
_LINE_END: Final = kept_regex(r"\\+r\\+n")
"""Nobody but a server ends a line so."""
_QUOTES: Final = {
    "'": "'", '"': '"', "`": "`'", "\u2019": "\u2018\u2019", "\u2018": "\u2019\u2018",
    "\u201c": "\u201d\u201c", "\u201d": "\u201d\u201c", "\u201e": "\u201c\u201d",
    "\u00ab": "\u00bb", "\u2039": "\u203a", "\u300c": "\u300d", "(": ")",
}  # fmt: skip
"""What opens a quotation, and what may end it: in most languages something of its own."""
_OPEN: Final = tuple(kept_regex(mark) for mark in (r'\\+"', r'(?<!\\)"', r"\*\*", "`"))
"""Marks that are the same at both ends: what was opened anywhere before a reply ends it."""
ENDS_EARLIER: Final = kept_regex(r'([^"]*\w[.!?]?)"(?=\s+\w)[^"]*$')
"""A quotation that an earlier line has opened."""
_TAIL: Final = kept_regex(
    r"\\+[rn](?:\\+[rn]|[\\\"'})>\].,;\s])*$|[\"'`\u2019\u2018\u201d\u201c\u00bb]+\s*[,;.)\]}>]*\s*$"
    r"|['\"\u2019\u2018\u201d\u201c]\s*"
    r"(?:,\s+\S[^:]{0,40}:\s|\s+(?:at|in)\s+(?:/|[A-Z]:\\|\w+\.)|\)|,? \{)"
    r"|</[A-Za-z].*$"
    r"|\s+\(\d+x\)\s*$"  # how often imapsync saw it
    r"|\s+in response to (?:AUTH|MAIL|RCPT|DATA|end of DATA)\b.*$"
    r"|\s*\((?:in reply to|code: \d+\)|errflg=\d+\)|Net::|[\w:]+(?:Error|Exception|Refused)\)).*$"
    r"|\s*[.,]? (?:Please (?:check|verify)|Bitte überprüfen Sie)\b.*(?:try again|wiederholen).*$"
    r"|\s+at (?:[A-Z]\w*\.)+[)}\]]+\W*$"  # a frame whose <anonymous> was taken for a tag
    r"|\\+n\s+at \S.*$|[;.,]?\s+(?:nested exception|Failed messages:|Script: |File: /).*$"
    r"|\s+(?:at|in)\s+(?:(?:/|[A-Z]:\\)\S+|(?:[\w$<>`]+\.)+[\w$<>`]+\().*$|\s*\{\"exception\".*$|>\)?\s*$|;\s*$|\s+$",
)
"""Where the words of a client begin again."""


_BY_POSTFIX: Final = kept_regex(r" \(in reply to [A-Za-z ]+ command\)+\W*$")
"""What it says behind a reply, also where somebody quotes both."""
_CCLIENT: Final = kept_regex(r"(?:\\+n|\s)+- Too many login failures\b.*$")
"""What it says after its attempts, as ddeboer/imap lists it behind the reply."""


@dataclass
class _Reader:
    """Line by line; a reply may go on in the next one."""

    code: str = ""
    alone: str = ""
    """A code that a line has said, and not yet the text."""

    def read(self, line: LogLine) -> Iterator[Utterance]:
        text = line.text
        if self.code and (more := self._goes_on(text)):
            yield more
            return
        self.code = ""
        alone, found = self.alone, _CODE_ALONE.search(text)
        self.alone = found["code"] if found else ""
        if alone and (literal := _BYTES_ALONE.search(text)):
            yield from _smtp(alone, text_of(literal["literal"]), text)
        elif array := _array(text):
            yield from (Utterance("S", each, about=text, protocol="smtp") for each in array)
        elif found := _RETCODE.search(text):
            yield from _smtp(found["code"], text_of(found["literal"]), text)
        elif found := _TUPLE.search(text):
            words = found["bare"] or text_of(found["literal"])
            yield from _smtp(found["code"], f"{found['enhanced'] or ''} {words}".strip(), text)
        elif found := _IN_PEAR.search(text):
            yield from _smtp(found["code"], found["words"], text)
        elif found := _COMMAND_ERROR.search(text):
            yield _imap(f"{found['status']} {text_of(found['literal'])}", text)
        elif found := _NAMED_STATUS.search(text):
            words = closed(found["reply"], text[: found.start("reply")])
            status = found["status"] or found["other"] or found["third"]
            yield _imap(f"{status.upper()} {words}", text)
        elif found := _imap_reply(text):
            reply = next(filter(None, found.groups()))
            if found["told"]:  # with a colon behind the status
                reply = reply.replace(": ", " ", 1)
            yield _imap(closed(reply, text[: found.start(found.lastgroup or 0)]), text)
        elif (found := _smtp_reply(text)) and not _begins_before(found.start("reply"), text):
            reply = closed(found["reply"], text[: found.start("reply")])
            for each in spoken_lines(reply):
                open_end = REPLY.match(each) and each[3:4] == "-"
                self.code = each[:3] if open_end else ""
                yield Utterance("S", each, about=text, protocol="smtp")
        elif (found := _WITHOUT_CODE.search(text)) and not _is_other(text[: found.start()]):
            reply = found["qmail"] or closed(found["reply"], text[: found.start("reply")])
            yield Utterance("S", reply, about=text, protocol="smtp")
        elif behind := quoted_after(text):
            yield from _behind(*behind, text)
        elif found := _CODE_ONLY.search(text):
            code = next(filter(None, found.groups()))
            yield Utterance("S", code, about=text, protocol="smtp")
        else:
            yield from happened(text)

    def _goes_on(self, text: str) -> Utterance | None:
        found = re.match(rf"[\s'\"+>|]*(?P<reply>{self.code}[ -].*)", text)
        if not found:
            return None
        reply = next(spoken_lines(closed(found["reply"], text[: found.start("reply")])))
        self.code = self.code if reply[3:4] == "-" else ""
        return Utterance("S", reply, about=text, protocol="smtp")


def read_quoted(lines: Iterable[LogLine]) -> list[Utterance]:
    """Replies that messages quote, and what they tell of failures below the protocol."""
    reader = _Reader()
    said: list[Utterance] = []
    first: dict[str, int] = {}
    for line in lines:
        told = list(reader.read(line))
        again = all(each.text in first for each in told)
        for each in told:
            if each.direction == "S" and again:
                # The same once more; what stands around it may say more of the command.
                place = first[each.text]
                about = f"{said[place].about}\n{each.about}"
                said[place] = replace(said[place], about=about)
                continue
            first[each.text] = len(said)
            said.append(replace(each, number=line.number))
    return [each for each in said if not _is_cut(each, first)]


def _is_cut(said: Utterance, every: Iterable[str]) -> bool:
    """Whether it is what PHP's traces leave of a reply that is told elsewhere, or its code only."""
    if re.fullmatch(r"\d{3}", said.text):
        return any(re.match(r"[45](?:\d\d[ -]|\.\d)", each) for each in every)
    begin = said.text.removesuffix("...")
    return begin != said.text and any(each.startswith(begin) for each in every if each != said.text)


def _array(text: str) -> list[str]:
    """The lines of a reply that stand in a list of texts."""
    found = re.findall(r"[\"'](([2-5]\d\d)[ -][^\"']*)[\"']", text)
    codes = {code for _, code in found}
    refuses = len(codes) == 1 and min(codes)[0] in "45"
    return [line for line, _ in found] if len(found) > 1 and refuses else []


def _imap_reply(text: str) -> re.Match[str] | None:
    """Unless it is part of a reply of SMTP, some of which have such codes, too."""
    found = _TAGGED.search(text)
    if (
        not found
        or NOTHING_NEW.match(found["reply"] or "")
        or BY_CLIENT.match(found["reply"] or "")
    ):
        return None
    around = _smtp_reply(text) if found["coded"] else None
    return None if around and around.start("reply") < found.start("coded") else found


def _is_other(before: str) -> bool:
    """Whether what looks like an enhanced code is one that a machine misread, or a version."""
    return bool(_MISREAD.search(before) or _OF_A_VERSION.search(before))


def _begins_before(place: int, text: str) -> bool:
    """Whether a reply without its code has another in it, as Exchange's do."""
    found = _WITHOUT_CODE.search(text)
    return found is not None and found.start("reply") < place


def _smtp_reply(text: str) -> re.Match[str] | None:
    """A number is a code where it has an enhanced code, or the line is about mail."""
    for found in _codes(text):
        before = text[: found.start("reply")]
        if BY_CLIENT.match(found["reply"]) or not _LETTERS.search(found["reply"]):
            continue  # or a number in somebody's data
        if _OF_A_LOG.match(found["reply"]) or _OF_A_TRACE.match(found["reply"]):
            continue
        if found["enhanced"]:
            return found
        if (told := signal_in(found["reply"])) and told.signal in _OF_TLS:
            continue  # a server's own log of what the client did
        if _NO_CODE.search(before) or _COUNTED.match(found["reply"]):
            continue
        if _WEB.match(found["reply"]) and "smtp" not in before[-_NEAR:].lower():
            continue
        told_to = _MAIL.search(text) or _RECIPIENT.search(before)
        if not before.strip() or told_to or _LINE_END.search(found["reply"]):
            return found
    return None


def _codes(text: str) -> Iterator[re.Match[str]]:
    """Whatever may be a code, with all that follows: the next one may stand in that."""
    found = _SMTP.search(text)
    while found:
        yield found
        found = _SMTP.search(text, found.end("code"))


def closed(reply: str, before: str) -> str:
    """The reply without what the client says behind it. `before`: what stands before it."""
    said = _CCLIENT.sub("", _BY_POSTFIX.sub("", reply))
    return within(_closed(said, before), before)


def _closed(reply: str, before: str) -> str:
    quote = before[-1:]
    if quote in _QUOTES:
        ends = "".join(map(re.escape, _QUOTES[quote]))
        if found := re.search(rf"(?<!\\)[{ends}](?=[\s,;.:)\]}}>`\"']|$)", reply):
            return reply[: found.start()].rstrip()
    for mark in _OPEN:
        if len(mark.findall(before)) % 2 and (end := mark.search(reply)):
            return reply[: end.start()].rstrip()
    if found := ENDS_EARLIER.match(reply):
        return found[1]
    if found := _TAIL.search(reply):
        return _closed(reply[: found.start()], "") if found.start() else reply
    return reply


def _smtp(code: str, text: str, about: str) -> Iterator[Utterance]:
    lines = text.splitlines()
    for number, each in enumerate(lines, start=1):
        mark = " " if number == len(lines) else "-"
        yield Utterance("S", f"{code}{mark}{each}", about=about, protocol="smtp")


def _behind(error: KnownError, start: int, text: str) -> Iterator[Utterance]:
    """What a client quotes without code or status, unless it says of itself what happened."""
    reply = closed(text[start:].lstrip(), text[:start].rstrip())
    told = [found.signal for each in (text, reply) if (found := signal_in(each))]
    if not _LETTERS.search(reply) or any(signal != "not-told" for signal in told):
        yield from happened(text)
        return
    if error.protocol == "imap":
        yield _imap(f"{'BYE' if error.where == 'greeting' else 'NO'} {reply}", text)
    else:
        yield Utterance("S", reply, about=text, protocol="smtp")


def _imap(reply: str, line: str) -> Utterance:
    if reply.startswith("["):
        reply = f"NO {reply}"
    tagged = reply if not re.match(r"NO |BAD ", reply) else f"a1 {reply}"
    tagged = f"* {reply}" if reply.startswith("BYE") else tagged
    return Utterance("S", tagged, about=line, protocol="imap")
