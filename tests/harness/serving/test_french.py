"""In French, nothing of ours is English: templates, their attributes, scripts, style, tables of
texts, refusals, and what comes of them all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest

from harness.check_report import CheckFindings
from harness.check_report.document import document
from harness.check_report.document import html as check_html
from harness.reports import json_report
from harness.reports.html import results_html
from harness.taxonomy.causes import REASONS
from harness.texts import RetoldKind, preflight_line, retold
from tests.harness.check_report.conftest import findings as findings  # a fixture
from tests.harness.reports.test_tables import RUN
from tests.harness.serving.conftest import GMAIL, NAME, Play, World

HARNESS = Path(__file__).parents[3] / "harness"
PAGE, REPORTS, TEXTS = HARNESS / "serving" / "page", HARNESS / "reports", HARNESS / "texts"
TEMPLATES = [*sorted(PAGE.glob("templates/*.j2")), *sorted(REPORTS.glob("templates/*.j2"))]
SCRIPTS = [PAGE / "static" / "page.js", REPORTS / "templates" / "report.js"]
STYLES = [PAGE / "static" / "page.css", *sorted(REPORTS.glob("templates/*.css"))]
NAMES = {"badinbox", "PEM", "PKCS", "IMAP", "SMTP", "s"}
"""What is the same in every language."""
SAID = {"aria-label", "alt", "title", "placeholder", "label", "data-name"}
"""Attributes that people read or hear."""
FRENCH_ONLY = (*(f".{kind}." for kind in (*get_args(RetoldKind), "hint")), ".console.columns")
"""What stands in English where it comes from, or is an id."""
SAME = {
    *("IMAP", "SMTP", "English", "Français", "badinbox", "client", "Violations", "Dialogue"),
    *("Pages", "PEM", "PKCS#12", "danger", "cause", "stderr", "source"),
}
"""What a page has in English and in French alike, and is neither a word of a server nor an id."""


def spoken(template: str) -> str:
    """What a template says itself, in text and in attributes."""
    text = re.sub(r"{% block \w*(current|attributes) .*?{% endblock %}", " ", template)
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", text, flags=re.DOTALL)
    heard = re.findall(rf'\s(?:{"|".join(SAID)})="([^"]*)"', text)
    data = re.findall(r'\sdata-(?!copy)[\w-]+="([^"]*)"', text)
    heard += [each for each in data if " " in each.strip()]
    return " ".join([re.sub(r"<[^>]*>|&\w+;|#\d+", " ", text), *heard])


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_a_template_says_nothing_but_by_words(template: Path) -> None:
    assert set(re.findall(r"[^\W\d_]{2,}", spoken(template.read_text("utf-8")))) <= NAMES


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_a_script_has_no_sentence(script: Path) -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", script.read_text("utf-8"), flags=re.DOTALL)
    literals = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
    told = [one or other for one, other in literals]
    assert [each for each in told if re.search(r"[A-Za-z]{2,}[ .]+[a-z]{2,} |[a-z]\.$", each)] == []
    shown = r"""(?:complain|say)\(["`][^"`]|(?:textContent|innerText) = ["`][^"`]"""
    assert re.findall(shown, code) == []


@pytest.mark.parametrize("style", STYLES, ids=lambda file: file.name)
def test_a_style_has_no_word(style: Path) -> None:
    found = re.findall(r'content: "([^"]*)"', style.read_text("utf-8"))
    assert {each for each in found if re.search(r"(?<!\\)[A-Za-z]{2}", each)} <= {"tls"}


def leaves(value: Any, path: str = "") -> dict[str, str]:
    if not isinstance(value, dict):
        return {path: str(value)}
    found: dict[str, str] = {}
    for key, each in value.items():
        found |= leaves(each, f"{path}.{key}")
    return found


@pytest.mark.parametrize("kind", ["", "check.", "page.", "report.", "commands."])
def test_each_text_is_there_in_both_languages_with_the_same_names(kind: str) -> None:
    import yaml

    english, french = (
        leaves(yaml.safe_load((TEXTS / f"{kind}{language}.yaml").read_text("utf-8")))
        for language in ("en", "fr")
    )
    french = {key: text for key, text in french.items() if not key.startswith(FRENCH_ONLY)}
    assert list(english) == list(french)
    for key, text in english.items():
        names, theirs = (sorted(re.findall(r"{\w*}", each)) for each in (text, french[key]))
        assert names == theirs, key
        words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"{\w*}", "", text)))
        assert text != french[key] or words <= {"SSL", "TLS", "STARTTLS", "code"} | SAME, key


def test_what_a_transcript_and_a_judge_say_is_told_in_french() -> None:
    """Each sentence that the code makes, as far as it can be read from the code."""
    judged = r"(?:the connector|connected,|said|named|claims|it )"
    sources = {
        "happened": re.findall(r'\bnote\(f?"(.+?)"\)', sources_of("fakeservers")),
        "why": re.findall(
            rf'(?:return|yield|why \+=|,|Final =) f?"({judged}[^"]+)"',
            sources_of("harness/judging"),
        ),
    }
    for kind, sentences in sources.items():
        assert len(sentences) >= 8, sentences
        for sentence in sentences:
            known = {
                **{"moment": " at login", "by": "server", "where": "imap-login at imap"},
                "there": "was nothing that can be shown",
            }
            for name, value in known.items():
                sentence = sentence.replace(f"{{{name}}}", value)
            example = re.sub(r"{[^{}]*}", "7", sentence)
            told = retold(kind, example.lstrip("; "), "fr")  # type: ignore[arg-type]
            assert told != example, example


def test_why_no_answer_can_be_read_is_told_in_french() -> None:
    """Each sentence that the code makes, as far as it can be read from the code."""
    code = sources_of("harness/connectors") + sources_of("harness/contract")
    said = [
        *re.findall(r'NoAnswer\(\s*"[\w-]+", f?"([^"]+)"', code),
        *re.findall(r'ValueError\(f?"((?:it answered|{what})[^"]+)"', code),
        *re.findall(r'(?:return|fail\() ?f?"((?:said|spoke|no answer)[^"]+)"', code),
        *re.findall(r'return f"(there is no program[^"]+|{program!r} is[^"]+)"', code),
    ]
    assert len(said) >= 26, said
    for sentence in said:
        example = sentence.replace("{what}", "its answer").replace("{kind}", "nothing")
        example = example.replace(
            "{message['unreadable']}", "a value of type x that JSON cannot hold"
        )
        example = re.sub(r"{how}|{ended\(output\)}", "its process ended with signal 9", example)
        example = re.sub(r"{end}|{of_a_check.*?}|{_did.*?}|{here.*?}", "", example)
        example = re.sub(
            r"{why}|{byte}", "byte 7 at 7", re.sub(r"{[^{}]*(?:lost|error)[^{}]*}", "7", example)
        )
        example = example.replace(
            "its answer byte 7 at 7", "its answer is not JSON: x at character 7: 7"
        )
        example = re.sub(r"{[^{}]*}", "7", example)
        assert retold("why", example, "fr") != example, example
        parts = retold("why", example, "fr").split(" ; ")
        assert not set(parts) & set(example.split("; ")), example


def test_a_sentence_in_a_sentence_is_told_in_french_too() -> None:
    died = "the connector crashed: its process ended with exit status 7; last printed: a; b"
    assert retold("why", died, "fr") == (
        "le connecteur a planté : son processus s'est terminé (code final 7)"
        " ; il a affiché en dernier : a; b"
    )
    few = "too few log-ins and sends"
    assert retold("why", few, "fr") == "trop peu : identifications et envois"
    nowhere = "the connector never connected to anything, so it cannot have tried smtp"
    assert "rien" in retold("why", nowhere, "fr")


def test_what_is_added_to_a_reason_is_no_part_of_what_the_reason_quotes() -> None:
    for quoted in ("said abort; expected unauthorized", "said that it failed"):
        told = retold("why", f"{quoted}; by the rule at m.yaml:7", "fr")
        assert told == f"{retold('why', quoted, 'fr')} ; d'après la règle m.yaml:7"
        assert retold("why", quoted, "fr") != quoted


def test_what_a_preflight_and_a_baseline_say_is_told_in_french() -> None:
    """Each line that the code makes, as far as it can be read from the code."""
    preflight = sources_of("harness/runner", "preflight.py")
    said = [
        *re.findall(r'yield f?"([^"{n][^"]+|no [a-z][^"]+)"', preflight),
        *re.findall(r'": "(It .+?)"', preflight),
    ]
    assert len(said) >= 12, said
    for sentence in said:
        example = re.sub(r"{[^{}]*}", "7", sentence)
        assert preflight_line(example, "fr") != example, example
        assert preflight_line(example, "en") == example
    whole = "preflight: logs in to IMAP only, sends nothing, no STARTTLS, leaves without LOGOUT"
    assert preflight_line(whole, "fr") == (
        "contrôle préalable : ne s'identifie qu'auprès de IMAP, n'envoie rien, pas de STARTTLS, "
        "part sans LOGOUT"
    )
    complaints = re.findall(r'yield f"({entry[^"]+|{pattern[^"]+)"', sources_of("harness/results"))
    assert len(complaints) >= 4, complaints
    for sentence in complaints:
        example = sentence.replace("{times}", "")
        assert retold("baseline", re.sub(r"{[^{}]*}", "7", example), "fr") != example, example


def test_why_a_name_is_let_in_nowhere_is_told_in_french() -> None:
    """Each sentence that the code makes, as far as it can be read from the code."""
    room = "harness/serving/common"
    reasons = [
        *re.findall(r'yield f?"([^"]+)"', sources_of(room, "reach.py")),
        *re.findall(r'(?:NoCase\(|"port", |BadInput\(\[)f?"([^"{]*[^"]+)"', sources_of(room)),
    ]
    assert len(reasons) >= 28, reasons
    for sentence in reasons:
        example = re.sub(r"{told.protocol}", "imap", sentence)
        example = re.sub(r"it fails at {early}", "it fails at STARTTLS", example)
        example = re.sub(r"{found.why}", "another host is typed", example)
        example = example.replace("{service.listen}", "refused")
        example = re.sub(r"{more}|{unknown}|{await.*}", "", re.sub(r"{len[^}]*}", "7", example))
        example = re.sub(r"{[^{}]*}", "x7", example)
        assert not example or retold("reach", example, "fr") != example, example
    inside = "x needs a port of its own, badinbox serve ID: it is about IPv6; did you mean y or z?"
    assert retold("reach", inside, "fr") == (
        "il faut à x son propre port, badinbox serve ID : il s'agit d'IPv6"
        " ; vouliez-vous dire y ou z ?"
    )


def test_why_no_scenario_reproduces_a_cause_is_told_in_french() -> None:
    assert REASONS
    for reason in set(REASONS.values()):
        assert retold("coverage", reason, "fr") != reason


def sources_of(room: str, name: str = "*.py") -> str:
    return "\n".join(file.read_text("utf-8") for file in (HARNESS.parent / room).rglob(name))


class Heard(HTMLParser):
    """All that is read or heard of a page, but what says itself that it is English, and code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told: set[str] = set()
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        foreign = tag in ("style", "script", "code", "pre") or own.get("lang") == "en"
        if tag not in ("meta", "link", "input", "img", "br", "path", "rect"):
            self._open.append((tag, foreign and tag != "html"))
        self.told |= {value.strip() for name, value in attrs if name in SAID and value}

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(foreign for _, foreign in self._open):
            self.told.add(" ".join(data.split()))


def alike(english: str, french: str, data: str) -> set[str]:
    """What is the same in both, and stands not in the data."""
    assert '<html lang="en"' in english and '<html lang="fr"' in french
    both = Heard(english).told & Heard(french).told
    known = " ".join(data.split())
    words = {each for each in both if re.search(r"[A-Za-z]{2}", each)}
    return {each for each in words if each.strip(" →·") not in known} - SAME


def test_the_page_of_results_is_french() -> None:
    when = datetime(2026, 11, 26, tzinfo=UTC)
    english, french = (results_html(RUN, "check.js", when, each) for each in ("en", "fr"))
    data = json.dumps(json.loads(json_report.report(RUN, "check.js")), ensure_ascii=False)
    told = alike(english, french, data)
    assert {x for x in told if not IDS.fullmatch(x) and EVIL_SHOWN not in x} == {TITLE}
    assert "fired at login" in english and "fired at" not in french


IDS = re.compile(
    r"[a-z0-9-]+([/#.][\w.-]+(\[.*\])?)?( #\d+| \(\d+\))?|[\d:. s]+|.* → .*@.*|[a-z-]+, [a-z-]+"
)
"""Ids, how many there are, and seconds."""
TITLE = "badinbox: check.js"
EVIL_SHOWN = "<script>alert(1)</script> `|*_\\x1b[31m\\n\\x3a:error::"


def test_the_report_of_a_check_is_french(findings: CheckFindings) -> None:
    when = datetime(2026, 11, 26, tzinfo=UTC)
    english, french = (check_html(document(findings, each, when)) for each in ("en", "fr"))
    found = findings
    data = f"{found.settings} {found.diagnosis.evidence} {found.provider} {found.steps}"
    told = alike(english, french, data)
    assert {each for each in told if not re.fullmatch(r"[\w.:-]+(, [\w-]+)?", each)} == set()


def said_in(answer: dict[str, Any]) -> Iterator[str]:
    """What client and server said, not what happened."""
    for connection in answer["connections"]:
        yield from (line["text"] for line in connection["lines"] if line["direction"] != "*")


def test_the_pages_of_serve_are_french(play: Play) -> None:
    async def story(world: World) -> None:
        view = await world.start(GMAIL)
        messages = await world.tcp.get(f"/v1/mailboxes/{GMAIL}/messages")
        data = f"{view} {messages.json()} {view['title']} \u2013 badinbox"
        paths = ["/", f"/s/{NAME}", "/s/nowhere", "/nothing"]
        await world.tcp.get("/", headers={"hx-request": "true"})  # reads the catalogue
        await world.tcp.post(f"/s/{NAME}/check")
        connections = (await world.tcp.get(f"/v1/mailboxes/{GMAIL}/transcripts")).json()
        data += " ".join(said_in(connections))
        for path in paths:
            pages = {}
            for language in ("en", "fr"):
                asked = {"accept-language": f"{language}-CA, de;q=0.9", "accept": "text/html"}
                pages[language] = (await world.tcp.get(path, headers=asked)).text
            if path == "/nothing":
                assert "n'y a rien" in pages["fr"]
                continue
            told = alike(pages["en"], pages["fr"], data)
            assert {each for each in told if not IDS.fullmatch(each)} == set(), path

    play(story)


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({"accept-language": "fr"}, "fr"),
        ({"accept-language": "de, en;q=0.2, fr-BE;q=0.4"}, "fr"),
        ({"accept-language": "fr;q=0, de"}, "en"),
        ({"accept-language": "fr;q=x"}, "en"),
        ({}, "en"),
        ({"accept-language": "fr", "cookie": "badinbox-language=en"}, "en"),
        ({"accept-language": "en", "cookie": "badinbox-language=fr"}, "fr"),
        ({"accept-language": "fr", "cookie": "badinbox-language=tlh"}, "fr"),
    ],
)
def test_the_language_is_the_one_chosen_else_the_browsers(
    play: Play, headers: dict[str, str], language: str
) -> None:
    async def story(world: World) -> None:
        page = (await world.tcp.get("/", headers=headers)).text
        assert f'<html lang="{language}">' in page
        said = (await world.tcp.get("/s/x", headers={**headers, "hx-request": "true"})).json()
        assert ("il n'y a pas de scénario" in said["detail"]) is (language == "fr")

    play(story)


def test_a_person_without_the_token_is_told_so_and_sent_back_to_the_language(play: Play) -> None:
    async def story(world: World) -> None:
        person = world.tcp
        del person.headers["authorization"]
        asked = {"accept": "text/html", "accept-language": "fr"}
        answer = await person.get("/", headers=asked)
        assert answer.status_code == 401 and "Il faut le jeton" in answer.text
        assert (await person.get("/static/page.css")).status_code == 200
        came_from = {"referer": "https://evil.example//evil.example/s/x?text=a"}
        body = b"language=en"
        chosen = await person.post("/language", content=body, headers=asked | came_from)
        assert chosen.headers["location"] == "/evil.example/s/x?text=a"
        assert "The token" in (await person.get("/", headers=asked)).text

    play(story)
