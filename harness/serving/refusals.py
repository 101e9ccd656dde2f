"""What a stand does not do, in the words of whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from harness.files.problems import FEW, BadInput, nearest_word
from harness.texts import LANGUAGES, load_page_texts, retold


class Declined(BadInput):
    """It cannot be done: `problem` is its id in `problems` of `harness/texts/page.*.yaml`, `facts`
    what is filled in there, and `known` what `name` may have been meant to be."""

    status: ClassVar = 422
    """Of the answer over HTTP."""

    def __init__(self, problem: str, known: Iterable[str] = (), **facts: object) -> None:
        self._problem = problem
        self._known = sorted(known)
        self._facts = facts
        super().__init__([self.said(LANGUAGES[0])])

    def said(self, language: str) -> str:
        """The sentence that says so."""
        texts = load_page_texts(language)["problems"]
        shown = self._facts | {"near": self._near(texts)}
        if "why" in self._facts:
            shown["why"] = retold("reach", str(self._facts["why"]), language)
        if "name" in self._facts:
            shown["name"] = repr(self._facts["name"])
        sentence: str = texts[self._problem]
        return sentence.format(**shown)

    def _near(self, texts: dict[str, str]) -> str:
        if near := nearest_word(self._facts.get("name"), self._known):
            return texts["near"].format(near=repr(near))
        few = 0 < len(self._known) <= FEW
        return texts["known"].format(names=", ".join(self._known)) if few else ""


class Absent(Declined):
    """There is no such scenario, mailbox, or part of one."""

    status = 404


class Conflict(Declined):
    """It cannot be done beside what stands already."""

    status = 409
