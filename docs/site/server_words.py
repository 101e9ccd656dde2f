"""In which words servers say what is wrong in a scenario, as far as there are any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from docs.site.markdown import code, code_lines, html_table, link, table, words
from fakeservers.actions.words.answer_http import AnswerHttp
from fakeservers.actions.words.literal_text import Text
from fakeservers.actions.words.named_reply import NamedReply
from fakeservers.dialects.dialect import Dialect, dialect_protocol, load_dialect
from fakeservers.spec import Rule, Service
from harness.scenario.model import Scenario
from harness.taxonomy import protocol_of

_WITHOUT_RULE: Final = "bad-credentials"
"""What a server says by itself, of a password that is not right."""
_SHOWN_CHARACTERS: Final = 300


def words_of(scenario: Scenario) -> str:
    """What the server says where it fails, line by line; empty: no words are what fails."""
    if scenario.stage is None:
        return ""
    service = scenario.facts.typed(protocol_of(scenario.stage)).service
    dialect = load_dialect(service.dialect or scenario.dialect)
    said = [text for rule in service.rules for text in _said(rule, service, dialect)]
    if not said and scenario.cause == _WITHOUT_RULE:
        said = [dialect.reply(dialect_protocol(service.protocol), _WITHOUT_RULE).wording]
    return "\n".join(dict.fromkeys(said))[:_SHOWN_CHARACTERS]


def _said(rule: Rule, service: Service, dialect: Dialect) -> Iterator[str]:
    for action in rule.then:
        if isinstance(action, NamedReply):
            yield dialect.reply(dialect_protocol(service.protocol), action.reply).wording
        elif isinstance(action, Text):
            yield action.text
        elif isinstance(action, AnswerHttp):
            yield action.http.wording


def words_table(
    scenarios: Sequence[Scenario], texts: dict[str, Any], *, searched: bool
) -> Iterator[str]:
    """Whose words, which, in which scenarios, and where they were seen. The same words of the same
    provider are one row. ``searched``: whether the site's search finds them."""
    alike: defaultdict[tuple[str, str], list[Scenario]] = defaultdict(list)
    for each in scenarios:
        provider = load_dialect(each.dialect).title
        alike[provider, words_of(each) or texts["none"].format(title=each.title)].append(each)
    if searched:
        rows = (_in_markdown(*key, same, texts) for key, same in alike.items())
        yield from table(texts["words"], rows)
    else:
        yield from html_table(
            texts["words"], (_in_html(*key, same, texts) for key, same in alike.items())
        )


def _in_markdown(
    provider: str, said: str, same: Sequence[Scenario], texts: dict[str, Any]
) -> Sequence[str]:
    first, more, source = code(same[0].id), len(same) - 1, same[0].source[0]
    named = texts["more"].format(id=first, number=more) if more else first
    seen = link(_host(source), source) if _host(source) else words(source)
    return words(provider), code_lines(said) if words_of(same[0]) else words(said), named, seen


def _in_html(
    provider: str, said: str, same: Sequence[Scenario], texts: dict[str, Any]
) -> Sequence[str]:
    first, more, source = f"<code>{escape(same[0].id)}</code>", len(same) - 1, same[0].source[0]
    named = texts["more"].format(id=first, number=more) if more else first
    seen = f'<a href="{escape(source)}">{_host(source)}</a>' if _host(source) else escape(source)
    lines = "<br>".join(
        f"<code>{escape(line)}</code>" for line in said.splitlines() if line.strip()
    )
    return escape(provider), lines if words_of(same[0]) else escape(said), named, seen


def _host(source: str) -> str:
    """Of an address; a source may be another thing."""
    return source.split("/")[2] if source.startswith("https://") else ""
