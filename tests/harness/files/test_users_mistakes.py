"""Every plausible mistake is refused with its line, its key, what to write instead, and 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import main
from harness.files import nodes
from tests.harness.files.mistakes import (
    Mistake,
    dialects,
    indented_lives,
    lives_and_tokens,
    others,
    scenarios,
    yaml_itself,
)

TABLES: dict[str, tuple[str, dict[str, Mistake]]] = {
    scenarios.FOLDER + "/scenario.yaml": (
        scenarios.RIGHT,
        {**scenarios.LISTED, **scenarios.QA, **scenarios.SUPPORT},
    ),
    "broken.yaml": (scenarios.RIGHT, {**yaml_itself.LISTED, **yaml_itself.OWN}),
    "acme.yaml": (dialects.RIGHT, {**dialects.LISTED, **dialects.CONTRIBUTOR}),
    "connector.yaml": (others.MAPPING, others.MISTAKES_IN_MAPPINGS),
    "baseline.yaml": (others.BASELINE, others.MISTAKES_IN_BASELINES),
    "unauthorized/tokens.yaml": (
        lives_and_tokens.TOKENS,
        lives_and_tokens.MISTAKES_IN_TOKENS,
    ),
    "unauthorized/matrix.yaml": (
        lives_and_tokens.MATRIX,
        lives_and_tokens.MISTAKES_IN_MATRIX,
    ),
    "life/one.yaml": (lives_and_tokens.LIFE, lives_and_tokens.MISTAKES_IN_LIFE),
    "life/steps.yaml": (
        indented_lives.STEPS,
        {
            **indented_lives.IN_YAML,
            **indented_lives.IN_YAML_OF_LIBYAML,
            **indented_lives.IN_STEPS,
        },
    ),
    "life/short.yaml": (lives_and_tokens.BREAKS, lives_and_tokens.MISTAKES_IN_BREAKS),
}
EVERY = [
    pytest.param(name, right, mistake, id=f"{name}: {what}")
    for name, (right, table) in TABLES.items()
    for what, mistake in table.items()
]


def validated(folder: Path, name: str, text: str | bytes) -> int:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return main(["validate", str(file)])


@pytest.mark.parametrize(("name", "right"), [(name, TABLES[name][0]) for name in TABLES])
def test_what_is_right_is_taken(tmp_path: Path, name: str, right: str) -> None:
    assert validated(tmp_path, name, right) == 0


@pytest.mark.parametrize(("name", "right", "mistake"), EVERY)
def test_a_mistake_is_told_so_that_it_can_be_mended(
    tmp_path: Path, name: str, right: str, mistake: Mistake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validated(tmp_path, name, mistake.of(right)) == 2
    told = capsys.readouterr().err.splitlines()
    place = f"{tmp_path / name}:{mistake.line}:"
    key = f"{mistake.key}: " if mistake.key else ""
    assert any(
        place in line
        and key in line
        and all(words in line.partition(place)[2] for words in mistake.says)
        for line in told
    ), told


@pytest.mark.parametrize(
    ("name", "another", "besides"),
    [
        (scenarios.FOLDER + "/scenario.yaml", "another name of the time-out", "a capital key"),
        ("acme.yaml", "American behaviour", "a host with its port"),
        ("connector.yaml", *list(others.MISTAKES_IN_MAPPINGS)[:2]),
    ],
)
def test_a_mistake_hides_no_other(
    tmp_path: Path, name: str, another: str, besides: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each together with one at which the model of the file stops; but for contradictions, which
    need the whole, and what stands below a key that is not known."""
    right, table = TABLES[name]

    def told(text: str) -> set[str]:
        assert validated(tmp_path, name, text) == 2
        lines = capsys.readouterr().err.splitlines()
        return {line.rpartition(f"{name}:")[2].partition(": ")[2] for line in lines}

    hidden = {}
    for what, mistake in table.items():
        second = table[besides if _overlap(right, mistake, table[another]) else another]
        if not mistake.key or _overlap(right, mistake, second):
            continue
        alone = told(mistake.of(right)) | told(second.of(right))
        if not (both := told(second.of(mistake.of(right)))) >= alone:
            hidden[what] = alone - both
    assert hidden.keys() <= {"STARTTLS fails where there is none", "a behaviour of the other side"}


def _overlap(right: str, one: Mistake, other: Mistake) -> bool:
    first, second = sorted((one, other), key=lambda each: right.index(each.old))
    return right.index(first.old) + len(first.old) > right.index(second.old)


@pytest.mark.parametrize(
    ("name", "right", "mistake"),
    [
        each
        for each in EVERY
        if not each.values[2].key
        and each.values[2] not in indented_lives.IN_YAML_OF_LIBYAML.values()
    ],
)
def test_the_parser_without_libyaml_stops_elsewhere_and_the_cause_is_the_same(
    tmp_path: Path,
    name: str,
    right: str,
    mistake: Mistake,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import yaml

    monkeypatch.setattr(nodes, "_PARSER", yaml.SafeLoader)
    test_a_mistake_is_told_so_that_it_can_be_mended(tmp_path, name, right, mistake, capsys)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_byte_order_mark_and_line_ends_of_windows_are_taken(
    tmp_path: Path, name: str, mark: str, end: str
) -> None:
    text = mark + TABLES[name][0].replace("\n", end)
    assert validated(tmp_path, name, text) == 0


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16_is_told(
    tmp_path: Path, name: str, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validated(tmp_path, name, TABLES[name][0].encode(encoding)) == 2
    assert "UTF-16, not UTF-8: save it as UTF-8" in capsys.readouterr().err


def test_a_missing_modeline_hides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = scenarios.RIGHT.partition("\n")[2].replace("title:", "titel:")
    assert validated(tmp_path, "scenario.yaml", text) == 2
    first, *others = capsys.readouterr().err.splitlines()
    assert "scenario.yaml:1: not a scenario: its first line must be the modeline" in first
    assert any("titel: unknown key; did you mean 'title'?" in line for line in others)
