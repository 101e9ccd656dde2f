"""What a connector says in one life: read, looked at, and told to whoever runs the life."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from harness.connectors.connector import LONGEST_ANSWER, one_value
from harness.connectors.staying import Heard, Stay
from harness.contract.answer import NoAnswer, Output
from harness.contract.staying import (
    MOST_STATE_BYTES,
    MOST_STATES,
    Order,
    State,
    Stopped,
    read_state,
)

_A_LINE: Final = "a line that it wrote"


class Hearing:
    """Hears one connector. After the first thing that cannot be read it is over: `heard` has been
    told a `NoAnswer`, and is told nothing more."""

    def __init__(
        self, life: str, heard: Heard, output: Callable[[], Output] = lambda: Output()
    ) -> None:
        """`life`: the `check` of its settings. `output`: what there is of it so far."""
        self.life = life
        self._heard = heard
        self._output = output
        self.states = 0
        """How many it has said."""
        self._bytes = 0
        self.stopped = False
        self.why = ""
        """Why it is over; empty: it is not."""
        self._ended = asyncio.Event()

    async def ended(self) -> None:
        """Wait until it has said `stopped`, it is over, or nobody is there any more."""
        await self._ended.wait()

    def close(self) -> None:
        """Nobody is there any more."""
        self._ended.set()

    def text(self, text: bytes) -> bool:
        """Hear a line, a state as JSON; whether it was one."""
        if len(text) > LONGEST_ANSWER:
            return self.fail(f"said a line that is longer than {LONGEST_ANSWER} bytes")
        if not text.strip():
            return self.fail("said an empty line")
        try:
            return self.weigh(text) and self.value(one_value(text, _A_LINE))
        except ValueError as error:
            return self.fail(str(error))

    def weigh(self, text: bytes) -> bool:
        """Whether what has come with this is not too much for one life."""
        self._bytes += len(text)
        enough = self._bytes <= MOST_STATE_BYTES
        return enough or self.fail(f"said more than {MOST_STATE_BYTES} bytes in one life")

    def value(self, value: object) -> bool:
        """The same of a value of JSON."""
        state = read_state(value, self.life)
        return self.fail(state) if isinstance(state, str) else self.state(state)

    def state(self, state: State) -> bool:
        """The same of a state."""
        if self.why:
            return False
        self.states += 1
        if self.states > MOST_STATES:
            return self.fail(f"said more than {MOST_STATES} states in one life")
        if self.stopped:
            return self.fail(f"said a state that comes after `stopped`: {state.state}")
        self._heard(state)
        if isinstance(state, Stopped):
            self.stopped = True
            self._ended.set()
        return True

    def fail(self, why: str) -> bool:
        """It has said what cannot be read. False, as what is returned of that."""
        return self.lose(NoAnswer("unclear", why, self._output()))

    def lose(self, answer: NoAnswer) -> bool:
        """It is over, for another reason. False."""
        if not self.why:
            self.why = answer.why
            self._ended.set()
            self._heard(answer)
        return False


class NeverBegun:
    """A connector that could not even begin to stay."""

    async def tell(self, order: Order) -> None:
        """Nobody is there."""

    async def end(self, grace_s: float) -> Output:
        return Output()


def cannot_begin(heard: Heard, why: str) -> Stay:
    """Tell why it cannot begin."""
    heard(NoAnswer("crashed", f"the connector could not be started: {why}"))
    return NeverBegun()


class Lives:
    """All that a connector has begun, so that none is left when it is closed."""

    def __init__(self) -> None:
        self._begun: list[Stay] = []

    def begun(self, stay: Stay) -> Stay:
        """Keep it in mind."""
        self._begun.append(stay)
        return stay

    async def close(self) -> None:
        """End them at once."""
        await asyncio.gather(*(stay.end(0) for stay in self._begun))
        self._begun.clear()
