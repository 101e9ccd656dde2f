"""A file of which only is said what it breaks into."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from fakeservers.files.base_model import Spec
from harness.scenario.life.life_steps import BREAKS, MOST_STEPS, LifeStep
from harness.scenario.model import listed

LIVELY_S: Final = 3.0
"""The longest wait in any one step where a connector stays connected, in seconds: a life is short.
"""


class BreaksInto(Spec):
    """A life that breaks into another scenario: all that fails is that one's."""

    title: str = Field(min_length=1)
    """What goes wrong, in one sentence."""
    breaks_into: str = Field(min_length=1)
    """A scenario, by its id: the mailbox works at first, and becomes that one."""
    source: Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(listed)] = []
    """Where this was seen. The sources of that scenario are added to these."""
    notes: str | None = None
    """For whoever reads the file."""
    timeout_s: float = Field(default=LIVELY_S, gt=0, le=600)
    """The longest wait in any one step that the connector is told, in seconds."""
    life: list[LifeStep] = Field(default=[], min_length=1, max_length=MOST_STEPS)
    """What happens, step by step; left out: it works, it breaks, it is cured."""


def breaks_into(data: Mapping[str, Any]) -> bool:
    """Whether a file, or a case of it, names a scenario that it breaks into."""
    cases = data.get("cases")
    inside = cases.values() if isinstance(cases, dict) else ()
    return any(isinstance(each, dict) and BREAKS in each for each in (data, *inside))


def has_life(data: Mapping[str, Any]) -> bool:
    """Whether its scenarios live, and so are in the folder of those that do."""
    return "life" in data or breaks_into(data)
