"""The names by which scenarios are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scenario import builtin_path
from harness.scenario.catalogue import ids_in
from harness.serving.common.case_names import (
    LONGEST,
    CaseNames,
    NoCase,
    TypedName,
    kept_names,
    local_part,
    typed_name,
)
from tests.catalogue import whole_catalogue
from tests.harness.conftest import COMES_IN, HEADER

GMAIL = "unauthorized/bad-password-imap[gmail]"


@pytest.fixture(scope="module")
def names() -> CaseNames:
    return CaseNames(ids_in(builtin_path()))


def test_a_file_with_mistakes_has_no_ids(tmp_path: Path) -> None:
    for name, text in (("empty", ""), ("list", "[]"), ("cases", "cases: {a: 1}"), ("ill", "a: [")):
        (tmp_path / f"{name}.yaml").write_text(HEADER + text)
    (tmp_path / "well.yaml").write_text(HEADER + COMES_IN)
    assert ids_in(tmp_path) == ["life/well"]


def test_names_are_kept_for_these_ids_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for ids in ([GMAIL], [GMAIL], ["connected/works"]):
        assert kept_names(ids).find(local_part(ids[0])) == ids[0]
    with pytest.raises(NoCase):
        kept_names(["connected/works"]).find(local_part(GMAIL))


def test_ids_are_known_without_reading_scenarios() -> None:
    assert set(ids_in(builtin_path())) == {each.id for each in whole_catalogue()}


def test_every_scenario_has_a_name_of_its_own_that_fits_into_an_address(names: CaseNames) -> None:
    ids = ids_in(builtin_path())
    locals_ = [local_part(each) for each in ids]
    assert len(set(locals_)) == len(ids)
    assert max(map(len, locals_)) <= LONGEST
    assert [names.find(each) for each in locals_] == ids
    assert local_part(GMAIL) == "unauthorized.bad-password-imap.gmail"


@pytest.mark.parametrize(
    "typed",
    [
        "unauthorized.bad-password-imap.gmail",
        "bad-password-imap.gmail",
        "unauthorized-bad-password-imap--gmail",
    ],
)
def test_other_names_mean_it_too(names: CaseNames, typed: str) -> None:
    assert names.find(typed) == GMAIL


def test_a_name_of_several_is_told_with_some_of_them(names: CaseNames) -> None:
    with pytest.raises(NoCase, match=r"is 8 scenarios: unauthorized.bad-password-imap.cyrus, "):
        names.find("bad-password-imap")
    assert names.hint("bad-password-imap") == ""


@pytest.mark.parametrize(
    "typed",
    ["unauthorised.bad-password-imap.gmail", "bad-pasword-imap.gmail", "bad-password-imap.gmial"],
)
def test_what_may_be_meant_is_told(names: CaseNames, typed: str) -> None:
    with pytest.raises(NoCase, match="no scenario is called"):
        names.find(typed)
    assert names.hint(typed) == "; did you mean unauthorized.bad-password-imap.gmail?"


def test_nothing_is_suggested_for_what_is_like_nothing(names: CaseNames) -> None:
    assert names.hint("zzzz.qqqq") == names.hint("z" * 300) == ""


@pytest.mark.parametrize(
    ("typed", "name", "tester"),
    [
        ("A.b@badinbox.test", "a.b", ""),
        ("a.b+Anna@elsewhere.test", "a.b", "anna"),
        ("a.b", "a.b", ""),
        ("a.b@badinbox.test\\sales@example.test", "a.b", ""),
    ],
)
def test_a_user_name_tells_the_scenario_and_the_tester(typed: str, name: str, tester: str) -> None:
    assert typed_name(typed) == TypedName(name, tester)


@pytest.mark.parametrize(
    "typed", ["", "@badinbox.test", "a+@b", "a+b.c@d", "a+" + "b" * 30, "a" * 500]
)
def test_what_is_no_name_is_told(typed: str) -> None:
    with pytest.raises(NoCase) as refused:
        typed_name(typed)
    assert str(refused.value).isascii() and len(str(refused.value)) < 200
