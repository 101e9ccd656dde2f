"""The dialects as data: that each is valid, named systematically and sourced; and the loader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from fakeservers.dialects import dialect as module
from fakeservers.dialects.dialect import (
    Dialect,
    Reply,
    Side,
    UnknownName,
    dialect_names,
    load_dialect,
    manners,
)
from fakeservers.dialects.soundness import unsound
from fakeservers.dialects.template import (
    PLACEHOLDERS,
    DialectProtocol,
    encode,
    escaped,
    fill,
    wrong_braces,
    wrong_lines,
)

PROTOCOLS: tuple[DialectProtocol, ...] = ("imap", "smtp")
DIALECT_FILES = sorted(Path(module.__file__).parent.glob("*.yaml"))

LOGIN_CAUSES = """bad-credentials custom-username-required app-password-required password-expired
    basic-auth-disabled temporary-failure rate-limited server-unavailable account-locked
    not-authorized web-login-required tls-required auth-mechanism-unsupported wrong-server
    protocol-error too-many-connections ip-not-allowed ip-blocked unspecified"""
CAUSES_OF = {
    "imap": f"""{LOGIN_CAUSES} greeting-refused starttls-refused imap-disabled mailbox-unavailable
        not-imap4rev1 client-id-required authenticated-but-not-connected""",
    "smtp": f"""{LOGIN_CAUSES} greeting-refused starttls-refused smtp-auth-disabled
        authentication-required sender-not-allowed relay-denied recipient-rejected quota-exceeded
        mailbox-unavailable message-too-large message-rejected""",
}
MANNERS = {
    "imap": """greeting capability-ok login-ok authenticate-ok bad-credentials logout-bye logout-ok
        starttls-ok noop-ok tls-required unknown-command bad-arguments wrong-state sasl-unsupported
        sasl-cancelled sasl-malformed select-ok-read-write select-ok-read-only no-such-mailbox id
        id-ok ok literal-too-large line-too-long autologout-bye""",
    "smtp": """greeting ehlo-ok helo-ok auth-ok bad-credentials auth-not-offered
        mechanism-unsupported auth-malformed auth-cancelled starttls-ok mail-ok rcpt-ok
        data-go-ahead data-ok rset-ok noop-ok quit unknown-command syntax-error bad-sequence-mail
        bad-sequence-rcpt bad-sequence-data nested-mail helo-first message-too-large
        message-too-large-data relay-denied user-unknown authentication-required line-too-long
        already-authenticated already-tls""",
}
# An address, a file of a repository at a commit, an RFC, a recording; or the plain admission that
# public code says so whose repository is not known.
SOURCE = re.compile(
    r"https?://|[\w.-]+/[\w.-]+@[0-9a-f]{40}[:,]|RFC \d|recorded from |repository not known: "
)
# Sources that bear their date: standards, our own recordings, and issues.
DATED = re.compile(r"RFC \d|recorded from |https://github\.com/[^/]+/[^/]+/(issues|pull)/\d")
RECORDED = ("dovecot", "postfix", "exim", "courier")
STAYING_OPEN = {
    ("exim", "rate-limited-at-mail"),
    ("hmailserver", "relay-denied-2"),
    ("postfix", "tls-client-certificate-required-at-greeting"),
}
ANY_WORDS = dict.fromkeys(PLACEHOLDERS, "word")


def said(side: Side) -> dict[str, Reply]:
    """All replies, variants included."""
    return {**side.faults, **side.manners}


def own_sides(name: str) -> Iterator[tuple[DialectProtocol, Side]]:
    dialect = load_dialect(name)
    for protocol in PROTOCOLS:
        side: Side | None = getattr(dialect, protocol)
        if side:
            yield protocol, side


@pytest.mark.parametrize("name", dialect_names())
class TestEveryDialect:
    def test_every_source_of_settings_can_be_looked_up(self, name: str) -> None:
        assert all(SOURCE.match(settings.source) for settings in load_dialect(name).settings)

    def test_every_source_of_a_fault_can_be_looked_up(self, name: str) -> None:
        dialect = load_dialect(name)
        for _, side in own_sides(name):
            for fault, reply in side.faults.items():
                assert SOURCE.match(reply.source or dialect.source or ""), fault

    def test_it_is_told_when_a_fault_was_seen(self, name: str) -> None:
        dialect = load_dialect(name)
        for _, side in own_sides(name):
            for fault, reply in side.faults.items():
                dated = DATED.match(reply.source or dialect.source or "")
                assert reply.seen or reply.confidence == "from-source" or dated, fault

    def test_numbers_wordings_without_gaps(self, name: str) -> None:
        for protocol, side in own_sides(name):
            for fault in side.faults:
                if found := re.fullmatch(r"(.+)-([2-9])", fault):
                    number = int(found[2]) - 1
                    before = found[1] if number == 1 else f"{found[1]}-{number}"
                    assert load_dialect(name).knows(protocol, before), fault

    def test_every_reply_is_well_formed_and_can_be_encoded(self, name: str) -> None:
        lines = {"imap": r"(\*|\+|word) .*", "smtp": r"[2-5]\d\d[ -].*"}
        for protocol, side in own_sides(name):
            for reply in said(side).values():
                words = reply.encode(ANY_WORDS).decode(reply.encoding)
                assert words.endswith("\r\n")
                for line in words.removesuffix("\r\n").split("\r\n"):
                    assert re.fullmatch(lines[protocol], line), line

    def test_a_reply_that_ends_in_bye_or_421_closes(self, name: str) -> None:
        for _, side in own_sides(name):
            for reply_name, reply in said(side).items():
                last = reply.text.split("\n")[-1]
                if last.startswith(("* BYE", "421")) and reply_name != "logout-bye":
                    assert reply.close or (name, reply_name) in STAYING_OPEN, reply_name

    def test_every_help_page_has_an_address(self, name: str) -> None:
        for advice, page in load_dialect(name).help.items():
            assert re.fullmatch(r"[a-z-]+", advice) and re.match(r"https?://", page)


@pytest.mark.parametrize("file", DIALECT_FILES, ids=lambda file: file.stem)
def test_no_key_is_written_twice(file: Path) -> None:
    def keys_of(node: yaml.Node | None) -> Iterator[list[str]]:
        if isinstance(node, yaml.MappingNode):
            yield [key.value for key, _ in node.value]
            for _, value in node.value:
                yield from keys_of(value)

    for keys in keys_of(yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)):
        assert len(keys) == len(set(keys)), keys


@pytest.mark.parametrize("protocol", PROTOCOLS)
class TestPlain:
    def test_has_all_manners(self, protocol: DialectProtocol) -> None:
        assert set(MANNERS[protocol].split()) <= manners(protocol)

    def test_has_every_cause(self, protocol: DialectProtocol) -> None:
        missing = (
            set(CAUSES_OF[protocol].split()) - load_dialect("plain").side(protocol).replies.keys()
        )
        assert not missing

    def test_has_every_fault_of_every_dialect_but_further_wordings(
        self, protocol: DialectProtocol
    ) -> None:
        known = load_dialect("plain").side(protocol).replies
        used = {
            fault for name in dialect_names() for fault in load_dialect(name).side(protocol).faults
        }
        assert {re.sub("-[2-9]$", "", fault) for fault in used} <= known.keys()

    def test_tells_why_a_token_is_refused(self, protocol: DialectProtocol) -> None:
        assert json.loads(load_dialect("plain").side(protocol).oauth_challenge or "")["status"]

    def test_lists_capabilities_for_every_state(self, protocol: DialectProtocol) -> None:
        listed = load_dialect("plain").side(protocol).capabilities
        assert listed.before_tls and listed.before_login
        assert listed.after_login or protocol == "smtp"


class TestFallback:
    def test_manners_fall_back_to_plain(self) -> None:
        plain = load_dialect("plain")
        assert load_dialect("kerio").reply("smtp", "noop-ok") == plain.reply("smtp", "noop-ok")

    def test_a_protocol_the_dialect_does_not_speak_has_plain_manners_but_no_faults(self) -> None:
        side = load_dialect("postfix").side("imap")
        assert side.manners == load_dialect("plain").side("imap").manners
        assert side.faults == {}

    def test_faults_do_not_fall_back(self) -> None:
        assert load_dialect("plain").knows("imap", "password-expired")
        assert not load_dialect("gmail").knows("imap", "password-expired")

    def test_capability_lists_fall_back_one_by_one(self) -> None:
        listed = load_dialect("fastmail").side("imap").capabilities
        assert listed.before_login != load_dialect("plain").side("imap").capabilities.before_login
        assert listed.after_login == load_dialect("plain").side("imap").capabilities.after_login


class TestVariants:
    SIDE = Side.model_validate(
        {
            "manners": {
                "ok": "{tag} OK",
                "ok@after-login": "{tag} OK in",
                "ok@LIST": "{tag} OK listed",
            },
            "faults": {"timeout": {"text": "* BYE", "source": "me"}},
        }
    )

    @pytest.mark.parametrize(
        ("circumstances", "text"),
        [
            ((), "{tag} OK"),
            (("NOOP",), "{tag} OK"),
            (("NOOP", "after-login"), "{tag} OK in"),
            (("LIST", "after-login"), "{tag} OK listed"),
        ],
    )
    def test_the_first_circumstance_that_has_a_wording_counts(
        self, circumstances: tuple[str, ...], text: str
    ) -> None:
        reply = self.SIDE.worded("ok", circumstances)
        assert reply and reply.text == text

    def test_a_fault_has_one_wording(self) -> None:
        reply = self.SIDE.worded("timeout", ("LIST", "after-login"))
        assert reply and reply.text == "* BYE"

    def test_a_variant_is_no_reply_of_its_own(self) -> None:
        assert set(self.SIDE.replies) == {"ok", "timeout"}
        with pytest.raises(UnknownName):
            load_dialect("dovecot").reply("imap", "noop-ok@after-login")

    def test_plains_variants_do_not_outdo_a_dialects_own_words(self) -> None:
        plain = Side.model_validate({"manners": {"ok": "a", "ok@LIST": "b", "id@LIST": "c"}})
        merged = Side.model_validate({"manners": {"ok": "d", "noop-ok@LIST": "e"}}).over(plain)
        assert {name: reply.text for name, reply in merged.manners.items()} == {
            "ok": "d",
            "id@LIST": "c",
            "noop-ok@LIST": "e",
        }

    def test_an_unknown_circumstance_is_refused(self) -> None:
        imap = {"manners": {"ok@LISTS": "{tag} OK"}}
        dialect = Dialect.model_validate({"name": "x", "title": "X", "imap": imap})
        [(place, told)] = unsound(dialect)
        assert place == ("imap", "manners", "ok@LISTS")
        assert told == "there is no circumstance 'LISTS'; did you mean 'LIST'?"


class TestMechanisms:
    def test_imap_atoms(self) -> None:
        assert load_dialect("dovecot").side("imap").mechanisms == ["PLAIN", "LOGIN", "XOAUTH2"]

    def test_smtp_keyword_line_beside_the_old_spelling(self) -> None:
        assert load_dialect("qq").side("smtp").mechanisms == ["LOGIN", "PLAIN", "XOAUTH", "XOAUTH2"]


class TestUnknownName:
    def test_of_a_dialect_tells_what_was_meant(self) -> None:
        with pytest.raises(UnknownName, match="did you mean 'gmail'") as raised:
            load_dialect("gmial")
        assert raised.value.name == "gmial"
        assert raised.value.known == list(dialect_names())

    def test_of_a_reply_tells_all_there_are(self) -> None:
        with pytest.raises(UnknownName, match="did you mean 'app-password-required'") as raised:
            load_dialect("gmail").reply("imap", "app-pasword-required")
        assert "IMAP reply of the dialect 'gmail'" in str(raised.value)
        assert all(name in str(raised.value) for name in ("imap-disabled", "too-many-connections"))

    def test_a_path_is_not_a_name(self) -> None:
        with pytest.raises(UnknownName):
            load_dialect("../dialects/plain")


class TestFill:
    def test_a_brace_is_written_twice(self) -> None:
        text = '{tag} {{}} {{unknown}} {{"status":{{"a":1}}}} {{user}} {5}'
        said = 'a1 {} {unknown} {"status":{"a":1}} {user} {5}'
        assert fill(text, {"tag": "a1", "user": "u"}) == said

    @pytest.mark.parametrize("text", ["{}", "{{", "{tag} }}{", "{5}", "{{tag}}", "$ {x"])
    def test_any_text_can_be_said(self, text: str) -> None:
        template = escaped(text)
        assert list(wrong_braces(template)) == []
        assert fill(template, {}) == text

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("{usr}", "no placeholder is called 'usr'; did you mean 'user'?"),
            ("{ tag }", "no placeholder is called ' tag '; did you mean 'tag'?"),
            ("{gobbledygook}", "no placeholder is called 'gobbledygook'; known: access_token, "),
            ("{", "a brace that is no placeholder's is written twice: {{"),
            ("{5}}", "a brace that is no placeholder's is written twice: }}"),
            ("${user}", "write {user} for ${user}"),
        ],
    )
    def test_other_braces_are_refused(self, text: str, told: str) -> None:
        assert [wrong[: len(told)] for wrong in wrong_braces(text)] == [told]

    @pytest.mark.parametrize(
        ("protocol", "text", "told"),
        [
            ("imap", "{tag} OK\n* 1 EXISTS\n+ \n+", None),
            ("imap", "* LIST () NIL {5}\nINBOX\n{tag} OK", None),
            ("imap", "NO x", "begins with NO: put {tag} before it"),
            ("imap", "* OK\na1 BAD x", "the tag is the client's: write {tag} BAD, not a1 BAD"),
            ("imap", "550 x", "550 is a code of SMTP; a refusal in IMAP begins with {tag} NO"),
            ("imap", "", "a line of IMAP begins with {tag}, * or +, not with nothing"),
            ("smtp", "220\n250-x\n550 x", None),
            ("smtp", "{tag} NO x", "a reply of SMTP begins with three digits, not '{tag}'"),
        ],
    )
    def test_lines_that_are_no_reply_are_refused(
        self, protocol: DialectProtocol, text: str, told: str | None
    ) -> None:
        wrong = next(wrong_lines(text, protocol), None)
        assert wrong is None if told is None else (wrong or "").startswith(told), wrong

    def test_does_not_fill_what_a_word_contains(self) -> None:
        assert fill("{user} {tag}", {"user": "{tag}", "tag": "a1"}) == "{tag} a1"

    def test_no_word_can_start_a_line(self) -> None:
        assert fill("* {user}", {"user": "u\r\na1 OK"}) == "* u a1 OK"

    def test_a_missing_word_is_a_mistake(self) -> None:
        with pytest.raises(KeyError, match="tag"):
            fill("{tag} OK", {})

    def test_lines_end_in_crlf(self) -> None:
        assert encode("* BYE\n{tag} NO", {"tag": "a1"}) == b"* BYE\r\na1 NO\r\n"
        assert encode("one line\n", {}) == b"one line\r\n"

    def test_a_line_that_wants_what_there_is_none_of_is_left_out(self) -> None:
        assert encode("* {unseen}\n{tag} OK", {"unseen": None, "tag": "a1"}) == b"a1 OK\r\n"

    def test_gbk(self) -> None:
        said = load_dialect("qq").reply("smtp", "app-password-required-2").encode({})
        assert said.startswith(b"535 Error: \xc7\xeb\xca\xb9\xd3\xc3")

    def test_latin_1_and_what_it_cannot_say(self) -> None:
        reply = Reply(text="* NO h\u00e9 \u8bf7", encoding="latin-1")
        assert reply.encode({}) == b"* NO h\xe9 ?\r\n"


class TestModels:
    def test_a_fault_without_any_source_is_refused(self) -> None:
        smtp = {"faults": {"rate-limited": "450 Slow down"}}
        written = {"name": "x", "title": "X", "smtp": smtp}
        [(place, told)] = unsound(Dialect.model_validate(written))
        assert place == ("smtp", "faults", "rate-limited", "source") and "required" in told
        assert list(unsound(Dialect.model_validate(written | {"source": "me"}))) == []

    def test_unknown_keys_are_refused(self) -> None:
        with pytest.raises(ValidationError, match="flavour"):
            Dialect.model_validate({"name": "x", "title": "X", "flavour": "sweet"})

    @pytest.mark.parametrize(
        "side",
        [
            {"imap": {"behaviour": {"addresses": "lenient"}}},
            {"smtp": {"behaviour": {"bad-commands-in-a-row": True}}},
        ],
    )
    def test_what_the_other_protocol_has_is_refused(self, side: dict[str, Any]) -> None:
        with pytest.raises(ValidationError, match=r"behaviour\.[\w-]+\n +Extra inputs"):
            Dialect.model_validate({"name": "x", "title": "X", "source": "me", **side})

    @pytest.mark.parametrize("seen", ["24", "2024-3", "March"])
    def test_seen_is_a_year_or_a_month(self, seen: str) -> None:
        with pytest.raises(ValidationError):
            Reply(text="x", seen=seen)

    def test_recorded_servers_speak_as_recorded(self) -> None:
        for name in RECORDED:
            assert (load_dialect(name).source or "").startswith("recorded from ")


def test_loading_one_dialect_reads_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = Path.read_text

    def read_text(path: Path, **options: str) -> str:
        read.append(path.stem)
        return original(path, **options)

    monkeypatch.setattr(Path, "read_text", read_text)
    module._load.cache_clear()
    first = load_dialect("gmail")
    assert load_dialect("gmail") is first
    assert read == ["gmail"]


def test_a_bad_file_is_told_by_its_name_and_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    written = "imap: {source: here, faults: {bad-credentials: '{tag} NO'}}"
    monkeypatch.setattr(module, "dialect_text", lambda _: written)
    with pytest.raises(ValueError, match=r"dialects/acme\.yaml: ") as raised:
        load_dialect("acme")
    assert re.search(r"title: Field required; imap\.source: Extra", str(raised.value))
    assert len(str(raised.value).splitlines()) == 1
