"""In which words servers say what is wrong in a scenario, as far as there are any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from docs.site.markdown import html_table
from fakeservers.actions.words.answer_http import AnswerHttp
from fakeservers.actions.words.literal_text import Text
from fakeservers.actions.words.named_reply import NamedReply
from fakeservers.dialects.dialect import Dialect, dialect_protocol, load_dialect
from fakeservers.spec import Rule, Service
from harness.scenario.model import Scenario
from harness.taxonomy import protocol_of

_WITHOUT_RULE: Final = "bad-credentials"
"""What a server says by itself, of a password that is not right."""
_SHOWN_CHARACTERS: Final = 400


def words_of(scenario: Scenario) -> str:
    """What the server says where it fails, line by line; empty: no words are what fails."""
    if scenario.stage is None:
        return ""
    service = scenario.facts.typed(protocol_of(scenario.stage)).service
    dialect = load_dialect(service.dialect or scenario.dialect)
    said = [text for rule in service.rules for text in _said(rule, service, dialect)]
    if not said and scenario.cause == _WITHOUT_RULE:
        said = [dialect.reply(dialect_protocol(service.protocol), _WITHOUT_RULE).wording]
    text = "\n".join(dict.fromkeys(said))
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _said(rule: Rule, service: Service, dialect: Dialect) -> Iterator[str]:
    for action in rule.then:
        if isinstance(action, NamedReply):
            yield dialect.reply(dialect_protocol(service.protocol), action.reply).wording
        elif isinstance(action, Text):
            yield action.text
        elif isinstance(action, AnswerHttp):
            yield action.http.wording


def words_table(scenarios: Sequence[Scenario], texts: dict[str, Any]) -> Iterator[str]:
    """Whose words, which, in which scenarios, and where they were seen. The same words of the same
    provider are one row."""
    alike: defaultdict[tuple[str, str], list[Scenario]] = defaultdict(list)
    for each in scenarios:
        alike[load_dialect(each.dialect).title, _shown(each, texts)].append(each)
    rows = ((escape(who), said, *_where(same, texts)) for (who, said), same in alike.items())
    yield from html_table("server-words", texts["words"], rows)


def _shown(scenario: Scenario, texts: dict[str, Any]) -> str:
    lines = [line for line in words_of(scenario).splitlines() if line.strip()]
    none: str = texts["none"]
    code = "<br>".join(f'<code class="literal">{escape(line)}</code>' for line in lines)
    return code or escape(none.format(title=scenario.title))


def _where(same: Sequence[Scenario], texts: dict[str, Any]) -> tuple[str, str]:
    """The scenarios, and a source: the last one is that of the words."""
    first, more, source = (
        f'<code class="literal">{escape(same[0].id)}</code>',
        len(same) - 1,
        same[0].source[-1],
    )
    named = texts["more"].format(id=first, number=more) if more else first
    if not source.startswith("https://"):
        return named, escape(source)
    return named, f'<a href="{escape(source)}">{escape(source.split("/")[2])}</a>'
