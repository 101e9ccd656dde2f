"""What is said of a connector in a file: what its own codes and messages mean (the mapping), what
it does, and what its violations matter.

The first rule that fits an answer says what it means; what no rule fits must be the id of a
documented error itself.
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, PrivateAttr

from fakeservers.files.base_model import Spec
from harness.contract.answer import ServiceReport
from harness.contract.capabilities import Capabilities
from harness.contract.staying import Slower
from harness.judging.interpret import Meaning
from harness.judging.policy import Decisions
from harness.mapping.mapping_rule import MappingRule
from harness.taxonomy import Cause


def _some(connector: str) -> str:
    if not connector:
        raise ValueError("expected what is tested, as for run --connector")
    return connector


class Mapping(Spec):
    """A connector file: `connector`, as for `run --connector`; what it `does`, as far as that is
    declared; the `pace` of its lives, how many times slower than usual; the `policy` on its
    violations; the `rules`, in the order in which they are tried."""

    other_words = {"command": "connector", "capabilities": "does", "mapping": "rules"}

    connector: Annotated[str, AfterValidator(_some)] = ""
    """What is tested, as for `run --connector`."""
    does: Capabilities = Capabilities.model_construct()
    """What it does, as far as that is declared; the preflight looks for the rest."""
    pace: Slower | None = None
    """How many times slower than usual its lives go."""
    policy: Decisions = Field(default={})
    """What its violations matter."""
    rules: list[MappingRule] = Field(default=[])
    """What its codes and messages mean: the first that fits decides."""
    _places: tuple[str, ...] = PrivateAttr(())
    """Where each rule is written, `file:line`, where it was read from a file."""

    def meant(self, report: ServiceReport, cause: Cause | None) -> Meaning | None:
        """See `harness.judging.interpret.Meanings`."""
        number = self.deciding(report)
        if number is None:
            return None
        return self.rules[number].meaning(cause, self.place(number))

    def deciding(self, report: ServiceReport) -> int | None:
        """The number of the first rule that fits. Raises TimeoutError."""
        return next((n for n, rule in enumerate(self.rules) if rule.fits(report)), None)

    def place(self, number: int) -> str:
        """Where a rule is written."""
        return self._places[number] if self._places else f"rules[{number}]"


def load_mapping(file: Path) -> Mapping:
    """Read a mapping. Raises BadInput.

    >>> import badinbox, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "mapping.yaml")
    ...     written = file.write_text("rules: [{code: E_AUTH, means: unauthorized}]")
    ...     meanings = badinbox.load_mapping(file)
    >>> with badinbox.mailbox("unauthorized/bad-password-imap[gmail]") as mailbox:
    ...     badinbox.check(mailbox.settings).error
    ...     mailbox.judge({"error": "E_AUTH"}, meanings).passed
    'unauthorized'
    True
    """
    from harness.files.mistakes import read_with_lines  # only now: many runs have none

    mapping, root = read_with_lines(file, Mapping)
    rules = root.entries["rules"].items if "rules" in root.entries else ()
    lines = (rule.line for rule in rules)
    mapping._places = tuple(f"{file}:{line}" for line in lines)
    return mapping
