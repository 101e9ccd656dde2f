"""What was read of a folder is not read again, unless it could be otherwise now."""

from __future__ import annotations

import os
from pathlib import Path

import pydantic
import pytest

from harness.files.problems import BadInput
from harness.scenario import catalogue
from harness.scenario.catalogue import compiled
from harness.scenario.loading import load
from tests.harness.scenario.test_catalogue import CASES, CONNECTED, GREETING


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were really read, in a cache folder of its own."""
    names: list[str] = []

    def reading(file: Path):
        names.append(file.name)
        return load(file)

    monkeypatch.setattr(catalogue, "load", reading)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return names


@pytest.fixture
def files(write, tmp_path: Path) -> list[Path]:
    return [write(GREETING, "b/greeting.yaml"), write(CASES, "b/cases.yaml")]


def loaded(files: list[Path]):
    """Of a process that begins now."""
    with compiled(files[0].parent) as known:
        return [known.load(file) for file in files]


def the_cache(tmp_path: Path) -> Path:
    [cache] = (tmp_path / "caches/badinbox").iterdir()
    return cache


def test_a_file_is_read_once_and_is_the_same_ever_after(files, read):
    first = loaded(files)
    assert first == [load(file) for file in files]
    assert loaded(files) == first
    assert read == ["greeting.yaml", "cases.yaml"]


def test_a_file_that_changed_is_read_again(files, read, write):
    loaded(files)
    write(GREETING.replace("No greeting", "Never a greeting"), "b/greeting.yaml")
    assert loaded(files)[0][0].title == "Never a greeting"
    assert read == ["greeting.yaml", "cases.yaml", "greeting.yaml"]


def test_other_code_reads_all_anew(files, read, monkeypatch):
    loaded(files)
    monkeypatch.setattr(pydantic, "VERSION", "another")
    loaded(files)
    assert len(read) == 2 * len(files)


@pytest.mark.parametrize("change", ["emptied", "cut", "one byte", "for all to write", "a folder"])
def test_a_cache_that_cannot_be_trusted_is_silently_made_anew(files, read, tmp_path, change, capfd):
    before = loaded(files)
    cache = the_cache(tmp_path)
    content = cache.read_bytes()
    if change == "for all to write":
        cache.chmod(0o666)
    elif change == "a folder":
        cache.unlink()
        cache.mkdir()
    else:
        middle = len(content) // 2
        flipped = bytes([content[middle] ^ 1])
        cut = {"emptied": b"", "cut": content[:middle]}
        cache.write_bytes(cut.get(change, content[:middle] + flipped + content[middle + 1 :]))
    assert loaded(files) == before
    assert len(read) == 2 * len(files)
    if change != "a folder":
        assert loaded(files) == before
        assert len(read) == 2 * len(files)
    assert capfd.readouterr() == ("", "")


def test_where_nothing_can_be_written_all_is_read(files, read, tmp_path, monkeypatch):
    (tmp_path / "caches").write_text("no folder")
    assert loaded(files) == loaded(files)
    assert len(read) == 2 * len(files)


def test_mistakes_are_told_every_time(read, write):
    file = write(GREETING.replace("smtp-greeting", "smtp-greting"), "b/greeting.yaml")
    told = []
    for _ in range(2):
        with pytest.raises(BadInput) as bad:
            loaded([file])
        told.append(str(bad.value))
    assert told[0] == told[1] != ""


def test_what_rests_on_a_dialect_of_its_own_is_read_every_time(read, write, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b/acme.yaml").write_text("title: Acme\nsource: RFC 9051\n")
    file = write(CONNECTED + "dialect: ./acme.yaml\n", "b/greeting.yaml")
    loaded([file])
    loaded([file])
    assert read == ["greeting.yaml"] * 2


LIFE = "title: It starts, and is gone\nbreaks-into: smtp-settings-incorrect/greeting\n"


def in_the_catalogue(folder: Path, file: Path):
    with compiled(folder) as known:
        return known.load(file)


def test_a_life_is_read_again_once_what_it_breaks_into_has_changed(read, write, tmp_path):
    write(GREETING, "b/smtp-settings-incorrect/greeting.yaml")
    life = write(LIFE, "b/life/gone.yaml")
    first = in_the_catalogue(tmp_path / "b", life)
    assert in_the_catalogue(tmp_path / "b", life) == first
    assert read == ["gone.yaml"]
    other = GREETING.replace("RFC 5321", "RFC 2821")
    write(other, "b/smtp-settings-incorrect/greeting.yaml")
    assert "RFC 2821" in in_the_catalogue(tmp_path / "b", life)[0].source
    assert read == ["gone.yaml"] * 2


def test_a_life_that_breaks_into_what_stands_elsewhere_is_read_every_time(read, write, tmp_path):
    write(GREETING, "b/smtp-settings-incorrect/greeting.yaml")
    life = write(LIFE, "b/life/gone.yaml")
    for _ in range(2):
        in_the_catalogue(life.parent, life)
    assert read == ["gone.yaml"] * 2


def test_caches_of_places_long_gone_are_thrown_away(files, read, tmp_path):
    folder = tmp_path / "caches/badinbox"
    folder.mkdir(parents=True)
    for number in range(9):
        old = folder / f"{number}.pickle"
        old.touch()
        os.utime(old, (number, number))
    loaded(files)
    left = {each.name for each in folder.iterdir()}
    assert len(left) == 8 and "0.pickle" not in left and "8.pickle" in left
