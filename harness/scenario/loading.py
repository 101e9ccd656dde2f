"""From a scenario file to its scenarios, every mistake explained with its line.

A scenario file is YAML whose first line is the modeline that editors read:
`# yaml-language-server: $schema=…`, a path or address that ends in `scenario.schema.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from harness.files.explanations import explained
from harness.files.mistakes import follow
from harness.files.nodes import Node, read_yaml
from harness.files.problems import BadInput, KeyPath, Problem, did_you_mean, key_path, nearest_word
from harness.files.pruning import rest_of
from harness.files.whole_file import read_text
from harness.scenario import builtin_path
from harness.scenario.cases import (
    FAMILY_KEYS,
    INSECURE_ALLOWED,
    Family,
    Variant,
    expand,
    merge,
    substitute,
)
from harness.scenario.consistency import (
    advice_on,
    causes_at,
    facts_findings,
    is_local,
    outcome_findings,
    reached_findings,
    reply_sources,
)
from harness.scenario.firing import rule_findings
from harness.scenario.life.life_steps import BREAKS
from harness.scenario.living.breaking import Breaking, CannotBegin
from harness.scenario.living.breaks_into import BreaksInto, breaks_into, has_life
from harness.scenario.living.loaded import (
    FOLDER,
    Lived,
    NoTarget,
    broken_data,
    life_into,
    lived,
    misplaced,
    target,
)
from harness.scenario.model import (
    AlsoAccepted,
    CaseFile,
    Facts,
    Remedy,
    Reproduces,
    Scenario,
)
from harness.scenario.remedies import remedy_findings, rules_in
from harness.scenario.schemas.modeline import MAX_BYTES, has_reproduces, is_modeline, no_scenario
from harness.taxonomy import error_titled

_FEW_BYTES: Final = 1000
_STEM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_Model = TypeVar("_Model", bound=BaseModel)


def load(file: Path) -> list[Scenario]:
    """The scenarios of one file, in its order. Raises BadInput with all that is wrong with it."""
    _look_at(file)
    text = read_text(file)
    told = [] if is_modeline(text.partition("\n")[0].encode()) else [no_scenario(file)]
    if told and not has_reproduces(file):
        raise BadInput(told)
    loading = _Loading(file, read_yaml(text, str(file)))
    scenarios = loading.scenarios()
    if problems := [*told, *loading.sorted_problems(), *loading.beside]:
        raise BadInput(problems)
    return scenarios


def _look_at(file: Path) -> None:
    """Whether it can be a scenario at all, before it is read. Raises BadInput."""
    if not file.is_file():
        message = "not a file" if file.exists() else "no such file"
        raise BadInput([Problem(str(file), 0, "", message)])
    size = file.stat().st_size
    if size > MAX_BYTES:
        message = f"{size} bytes are too many for a scenario; at most {MAX_BYTES}"
        raise BadInput([Problem(str(file), 1, "", message)])
    if not size or (size < _FEW_BYTES and not file.read_bytes().strip()):
        raise BadInput([Problem(str(file), 1, "", "the file is empty")])


@dataclass
class _Loading:
    """One file being read. `problems` has, for each, the cases in which it was met."""

    file: Path
    root: Node
    problems: dict[Problem, list[str]] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    beside: dict[Problem, None] = field(default_factory=dict)
    """The problems of the dialects' files that it names."""

    def scenarios(self) -> list[Scenario]:
        data = self.root.data
        if not isinstance(data, dict):
            what = "the file is empty" if data is None else "expected a mapping"
            self.report(_WHOLE, (), what)
            return []
        if not _STEM.fullmatch(self.file.stem):
            name = self.file.stem
            self.report(_WHOLE, (), f"{name!r} is no id: letters, digits and . _ - only")
        own = {key: data[key] for key in FAMILY_KEYS if key in data}
        if spelled := self.misspelt_breaks_into():
            self.report(_WHOLE, (spelled,), f"unknown key; did you mean {BREAKS!r}?")
            return []
        into = breaks_into(data)
        lives = has_life(data)
        reproduces = None if into else self.documented_error(data.get("reproduces"))
        family = self.validated(Family, own, _WHOLE)
        variants = self.variants(data, family)
        if variants is None or not (reproduces or into):
            self.look_at_the_rest(data)
            return []
        self.cases = {_without_sibling(variant.case) for variant in variants}
        place = FOLDER if lives else reproduces
        stem = f"{place}/{self.file.stem}"
        read = self.breaking if into else self.living if lives else self.scenario
        found = [read(stem, variant) for variant in variants]
        folder = self.file.absolute().parent.name
        if folder in (*get_args(Reproduces), FOLDER) and folder != place:
            key = "life" if "life" in data else BREAKS if into else "reproduces"
            self.report(_WHOLE, (key,), misplaced(folder, place))
        return [scenario for scenario in found if scenario is not None]

    def misspelt_breaks_into(self) -> str:
        """By which nothing else would be said of the file that helps."""
        if {"reproduces", BREAKS} & self.root.entries.keys():
            return ""
        return nearest_word(BREAKS, self.root.entries)

    def variants(self, data: Mapping[str, Any], family: Family | None) -> list[Variant] | None:
        """None where what the cases say would be a consequence of what is wrong with them."""
        if family is None:
            return None
        wrong: list[tuple[KeyPath, str]] = []
        variants = expand(dict(data), family, lambda path, text: wrong.append((path, text)))
        for path, text in wrong:
            self.report(_WHOLE, path, text)
        return None if wrong else variants

    def look_at_the_rest(self, data: Mapping[str, Any]) -> None:
        """Of a file of which it is not known what it reproduces, or which cases it has."""
        rest = {key: value for key, value in data.items() if key not in FAMILY_KEYS}
        if rest.get("reproduces") not in get_args(Reproduces):
            rest["reproduces"] = _STAND_IN
        if "<" not in json.dumps(rest, default=str):  # else it has placeholders
            variant = Variant("", rest, ((),), {})
            if case := self.validated(CaseFile, rest, variant):
                self.report_local(case, frozenset(), variant)

    def report_local(self, case: CaseFile, pruned: frozenset[KeyPath], variant: Variant) -> None:
        """What is wrong with single texts and events, whatever else is."""
        for path, message in (*self.facts_findings(case), *rule_findings(case, [case])):
            if is_local(path, pruned):
                self.report(variant, path, message)

    def facts_findings(self, facts: Facts) -> list[tuple[KeyPath, str]]:
        """Those of the file; the mistakes in a dialect's own file are kept beside."""
        found: list[tuple[KeyPath, str]] = []
        try:
            found.extend(facts_findings(facts))
        except BadInput as bad:
            self.beside.update(dict.fromkeys(bad.problems))
        return found

    def documented_error(self, written: object) -> str | None:
        """What the file reproduces, which is part of every id and cannot be a placeholder."""
        known = get_args(Reproduces)
        if written in known:
            return str(written)
        meant = error_titled(written) if isinstance(written, str) else None
        near = f"; did you mean {meant!r}?" if meant else did_you_mean(written, known)
        hint = "" if written is None else f", not {written!r}{near}"
        key: KeyPath = ("reproduces",)
        if written is None and (spelled := nearest_word("reproduces", self.root.entries)):
            key, hint = (spelled,), "; write 'reproduces'"
        lives = "life" in self.root.entries or self.file.absolute().parent.name == FOLDER
        also = f", or {BREAKS}, the id of a scenario" if lives and not hint else ""
        self.report(_WHOLE, key, f"required: a documented error or connected{also}{hint}")
        return None

    def case(self, variant: Variant) -> CaseFile | None:
        case = self.validated(CaseFile, variant.data, variant)
        if not case and (rest := rest_of(variant.data, lambda data: self.read(CaseFile, data))):
            self.report_local(*rest, variant)
        return case

    def scenario(self, stem: str, variant: Variant) -> Scenario | None:
        case = self.case(variant)
        return self.of_case(stem, variant, case) if case else None

    def of_case(self, stem: str, variant: Variant, case: CaseFile) -> Scenario | None:
        facts = Facts.model_construct(**{key: getattr(case, key) for key in Facts.model_fields})
        facts_wrong = self.facts_findings(case)
        for path, message in (*outcome_findings(case), *facts_wrong):
            self.report(variant, path, message)
        if self.beside:  # whether it has a reply is not known
            return None
        if not facts_wrong:
            for path, message in reached_findings(case):
                self.report(variant, path, message)
        remedies = list(self.remedies(case, facts, variant))
        for path, message in rule_findings(case, [case, *(each.facts for each in remedies)]):
            self.report(variant, path, message)
        return Scenario(
            id=variant.id(stem),
            file=self.file,
            title=case.title,
            reproduces=case.reproduces,
            stage=case.stage,
            cause=case.cause,
            source=tuple(dict.fromkeys([*case.source, *reply_sources(facts)])),
            notes=case.notes,
            timeout_s=case.timeout_s,
            expect=tuple(case.expect),
            also_accepted=tuple(_completed(each, case) for each in case.also_accepted),
            facts=facts,
            remedies=tuple(remedies),
            unproven={each.advice: each.unproven for each in case.remedy if each.unproven},
        )

    def breaking(self, stem: str, variant: Variant) -> Scenario | None:
        """A life that breaks into another scenario."""
        file = self.validated(BreaksInto, variant.data, variant)
        if file is None:
            return None
        try:
            places = (self.file.absolute().parent.parent, builtin_path())
            into = target(file.breaks_into, places, load)
            becomes, found = life_into(file, into, partial(self.changed_facts, variant))
        except (NoTarget, CannotBegin) as wrong:
            self.report(variant, (BREAKS,), str(wrong))
            return None
        except BadInput as bad:
            self.beside.update(dict.fromkeys(bad.problems))
            return None
        return self.with_life(stem, variant, becomes, found)

    def living(self, stem: str, variant: Variant) -> Scenario | None:
        """A life with a failure of its own: what is so once all its changes are."""
        data, changes = broken_data(variant.data)
        places = [(*source, *change) for change in changes for source in variant.sources]
        broken = replace(variant, data=data, sources=(*places, *variant.sources))
        case = self.case(broken)
        becomes = self.of_case(stem, broken, case) if case else None
        own = {key: value for key, value in variant.data.items() if key in _FACTS}
        begins = self.validated(Facts, own, variant) if becomes else None
        if case is None or becomes is None or begins is None:
            return None
        how = Breaking(begins, becomes.facts)
        read = partial(self.changed_facts, variant)
        return self.with_life(stem, variant, becomes, lived(case.life, becomes, how, read, None))

    def with_life(self, stem: str, variant: Variant, becomes: Scenario, found: Lived) -> Scenario:
        for path, message in found.findings:
            self.report(variant, ("life", *path), message)
        return replace(becomes, id=variant.id(stem), file=self.file, life=found.life)

    def changed_facts(self, variant: Variant, step: int, data: Mapping[str, Any]) -> Facts | None:
        """The facts from a step on. What is wrong with them is told there."""
        place: KeyPath = ("life", step, "change")
        sources = tuple((*source, *place) for source in variant.sources)
        facts = self.validated(Facts, data, replace(variant, sources=(*sources, *variant.sources)))
        for path, message in self.facts_findings(facts) if facts else ():
            self.report(variant, (*place, *path), message)
        return facts

    def remedies(self, case: CaseFile, facts: Facts, variant: Variant) -> Iterator[Remedy]:
        own = {key: value for key, value in variant.data.items() if key in _FACTS}
        for number, remedy in enumerate(case.remedy):
            apply: KeyPath = ("remedy", number, "apply")
            if remedy.unproven:
                if remedy.apply or remedy.keep_mailbox:
                    self.report(variant, apply, "a remedy that is unproven changes nothing")
                continue
            for path in rules_in(remedy.apply):
                self.report(variant, (*apply, *path), "the cure must not delete the rule")
            sources = tuple((*source, *apply) for source in variant.sources)
            cured = Variant(
                variant.case,
                merge(own, substitute(remedy.apply, variant.values)),
                (*sources, *variant.sources),
                variant.values,
            )
            after = self.validated(Facts, cured.data, cured)
            if after is None:
                continue
            for path, message in self.facts_findings(after):
                self.report(cured, path, message)
            for path, message in remedy_findings(case, remedy, facts, after):
                self.report(variant, ("remedy", number, *path), message)
            yield Remedy(remedy.advice, after, remedy.keep_mailbox)

    def validated(
        self, model: type[_Model], data: Mapping[str, Any], variant: Variant
    ) -> _Model | None:
        try:
            return self.read(model, data)
        except ValidationError as error:
            for path, message in explained(error, model):
                unknown = message.startswith("unknown word") and "did you mean" not in message
                if path == ("cause",) and unknown:
                    message = causes_at(data.get("stage")) or message
                elif path[-1:] == ("advice",) and unknown:
                    message = advice_on(data.get("cause")) or message
                self.report(variant, path, message)
            return None

    def read(self, model: type[_Model], data: Mapping[str, Any]) -> _Model:
        """As JSON, because only there are lists strictly accepted as tuples."""
        return model.model_validate_json(
            json.dumps(data),
            strict=True,
            by_alias=True,
            by_name=False,
            context={"folder": self.file.parent},
        )

    def report(self, variant: Variant, path: KeyPath, message: str) -> None:
        """Note a problem at the line where the value was written that this case has there."""
        names = {written: str(substitute(written, variant.values)) for written in self.axes()}
        reached = []
        for source in variant.sources:
            start, prefix = follow(self.root, source, {})
            if len(prefix) >= sum(isinstance(key, str) for key in source):
                node, found = follow(start, path, names)
                reached.append((len(found), node, (*prefix, *found)))
        _, node, written = max(reached, key=_how_well_found)
        if path and path[-1:] != written[-1:] and message.startswith("required"):
            written = (*written, path[-1])
        problem = Problem(str(self.file), node.line, key_path(written), message)
        self.problems.setdefault(problem, []).append(variant.case)

    def axes(self) -> Iterator[str]:
        """Every key of the file that has a placeholder in it."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            waiting += [*node.items, *node.entries.values()]
            yield from (key for key in node.entries if "<" in key)

    def sorted_problems(self) -> list[Problem]:
        """By line; where only some cases have a problem, one of them is named."""
        shown = []
        for problem, cases in self.problems.items():
            some = not self.cases <= set(map(_without_sibling, cases))
            told = some and cases[0] not in problem.path
            suffix = f" (case {cases[0]!r})" if told else ""
            message = problem.message + suffix
            shown.append(Problem(problem.file, problem.line, problem.path, message))
        return sorted(shown)


def _how_well_found(reached: tuple[int, Node, KeyPath]) -> tuple[int, bool]:
    """What is written nowhere belongs to the file, and not to a step that changes something."""
    found, _, written = reached
    return found, bool(found) or written[:1] != ("life",)


_WHOLE: Final = Variant("", {}, ((),), {})
"""For what is said of the file, not of a case."""
_STAND_IN: Final = "unauthorized"
"""For what a file reproduces of which that is not known."""
_FACTS: Final = {field.alias or name for name, field in Facts.model_fields.items()}


def _completed(also: AlsoAccepted, case: CaseFile) -> AlsoAccepted:
    """With the stage and the cause of the case, where it says nothing of its own."""
    if also.error == "connected":
        return also
    own = {"stage": also.stage or case.stage, "cause": also.cause or case.cause}
    return also.model_copy(update=own)


def _without_sibling(case: str) -> str:
    return case.removesuffix(INSECURE_ALLOWED).removesuffix(",")
