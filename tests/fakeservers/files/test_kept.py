"""What was made of data is made once, unless it could be otherwise now."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fakeservers.files import kept as module
from fakeservers.files.base_model import Spec
from fakeservers.files.kept import kept


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was really made, in a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return []


def ask(made: list[str], name: str = "words", version: str = "1") -> list[str]:
    """Of a process that begins now."""

    def make() -> list[str]:
        made.append(name)
        return [name, version]

    return kept(name, make, version)


def the_file(tmp_path: Path) -> Path:
    [file] = (tmp_path / "caches/badinbox").rglob("*.pickle")
    return file


def test_it_is_made_once(made):
    assert ask(made) == ask(made) == ["words", "1"]
    assert made == ["words"]


def test_each_thing_has_a_place_of_its_own(made):
    assert ask(made, "words") != ask(made, "rules")
    assert made == ["words", "rules"]


def test_it_is_made_anew_where_what_it_rests_on_is_another(made):
    assert [ask(made, version=each)[1] for each in ("1", "2", "1")] == ["1", "2", "1"]
    assert len(made) == 3


def test_other_code_or_other_data_makes_it_anew(made, tmp_path, monkeypatch):
    (tmp_path / "code/room").mkdir(parents=True)
    monkeypatch.setattr(module, "_CODE", (tmp_path / "code",))
    files = ["room/rules.yaml", "room/code.py", "glossary.txt"]
    for number, file in enumerate(files):
        module._code.cache_clear()
        (tmp_path / "code" / file).write_text("what is read")
        ask(made)
        assert ask(made) and len(made) == number + 1, file
    module._code.cache_clear()
    (tmp_path / "code/room/notes.md").write_text("what nobody reads")
    ask(made)
    module._code.cache_clear()
    assert len(made) == len(files)


@pytest.mark.parametrize("change", ["emptied", "one byte", "for all to write", "a folder"])
def test_what_cannot_be_trusted_is_silently_made_anew(made, tmp_path, change, capfd):
    ask(made)
    file = the_file(tmp_path)
    content = file.read_bytes()
    if change == "for all to write":
        file.chmod(0o666)
    elif change == "a folder":
        file.unlink()
        file.mkdir()
    else:
        flipped = content[:-1] + bytes([content[-1] ^ 1])
        file.write_bytes(b"" if change == "emptied" else flipped)
    assert ask(made) == ["words", "1"]
    assert len(made) == 2
    assert capfd.readouterr() == ("", "")


def test_where_nothing_can_be_written_it_is_made_every_time(made, tmp_path):
    (tmp_path / "caches").write_text("no folder")
    assert ask(made) == ask(made)
    assert len(made) == 2


def test_nobody_else_may_read_or_write_it(made, tmp_path):
    ask(made)
    assert the_file(tmp_path).stat().st_mode & 0o777 == 0o600


def test_a_model_is_built_by_one_thread_only_and_once():
    class Part(Spec):
        number: int

    class Whole(Spec):
        parts: list[Part]

    assert not Whole.__pydantic_complete__
    begin = threading.Barrier(8)
    read: list[Whole] = []

    def validate() -> None:
        begin.wait()
        read.append(Whole.model_validate({"parts": [{"number": 1}]}))

    threads = [threading.Thread(target=validate) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.parts[0].number for each in read] == [1] * 8
