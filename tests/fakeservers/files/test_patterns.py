"""A pattern that was kept is the one that `re` compiles."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fakeservers.files import patterns
from fakeservers.files.patterns import KeptPatterns, kept_regex
from harness.classify.rules import load_rules

FLAGS = re.IGNORECASE | re.MULTILINE
SOURCES = (
    r"(?P<status>OK|NO) (\[(?P<code>[A-Z-]+)\] )?",
    r"\b(?:not|never) (?:been )?\w{2,}(?<!\d)$",
    "mot de passe erron\u00e9|\u5bc6\u7801",
)
TEXT = "ok NO [AUTHENTICATIONFAILED] never been said\nMot de passe ERRON\u00c9 \u5bc6\u7801"


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def found(pattern: re.Pattern[str]) -> list[object]:
    return [(each.span(), each.groups(), each.groupdict()) for each in pattern.finditer(TEXT)]


def test_a_kept_pattern_is_the_same(monkeypatch):
    KeptPatterns("some", SOURCES, FLAGS)
    kept = KeptPatterns("some", (), FLAGS)
    monkeypatch.setattr(re, "compile", None)
    got = [kept.of(source) for source in SOURCES]
    monkeypatch.undo()
    for source, pattern in zip(SOURCES, got, strict=True):
        compiled = re.compile(source, FLAGS)
        assert pattern == compiled
        assert pattern.groupindex == compiled.groupindex
        assert found(pattern) == found(compiled) != []


def test_this_python_compiles_as_is_relied_on():
    every = [words for rule in load_rules() for words in rule.words]
    assert all(patterns._compiled(source, FLAGS) for source in every)


def test_where_python_compiles_otherwise_the_source_is_compiled(monkeypatch):
    def other(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(patterns, "import_module", other)
    kept = KeptPatterns("some", SOURCES, FLAGS)
    assert [kept.of(each) for each in SOURCES] == [re.compile(each, FLAGS) for each in SOURCES]


def test_what_was_kept_and_is_refused_is_compiled(monkeypatch):
    broken = patterns._Compiled(int(FLAGS), b"\xff" * 8, 0, {})
    monkeypatch.setattr(patterns, "_made", lambda sources, flags: dict.fromkeys(sources, broken))
    kept = KeptPatterns("some", SOURCES, FLAGS)
    assert kept.of(SOURCES[0]) == re.compile(SOURCES[0], FLAGS)


def test_another_source_is_compiled():
    assert KeptPatterns("some", SOURCES, FLAGS).of("other") == re.compile("other", FLAGS)


def test_what_is_no_pattern_is_told():
    with pytest.raises(re.error):
        KeptPatterns("some", ["("], FLAGS)


PROGRAM = """
import re
from fakeservers.files import patterns
compile_, compiled = patterns._compiled, []
patterns._compiled = lambda *given: compiled.append(given) or compile_(*given)
for source, flags in ((r"(?P<a>x)|y{source}", re.I), (rb"[\\x80-\\xff]+", re.DOTALL), (r"é", 0)):
    assert patterns.kept_regex(source, flags) == re.compile(source, flags)
print(len(compiled))
"""


def compiled_anew(more: str = "") -> int:
    """How many patterns a process compiles."""
    program = PROGRAM.replace("{source}", more)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return int(done.stdout)


def test_what_one_process_has_compiled_the_next_ones_find():
    assert compiled_anew() == 3
    assert compiled_anew() == 0
    assert compiled_anew("another") == 1
    assert compiled_anew() == 0, "what others found before is kept, too"


def test_where_nothing_can_be_kept_all_is_compiled(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert compiled_anew() == compiled_anew() == 3


def test_where_python_compiles_otherwise_re_does_it(monkeypatch):
    monkeypatch.setattr(patterns, "_compiled", lambda *_: None)
    assert kept_regex("never met before", re.I) == re.compile("never met before", re.I)
