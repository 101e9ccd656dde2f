"""How far a connection has come: what the commands so far have built up."""

from __future__ import annotations

from dataclasses import dataclass, field

from fakeservers.conversation import Conversation
from fakeservers.smtp import paths
from fakeservers.smtp.engine import Engine


@dataclass
class Command:
    """One command line, and the words that its reply may need."""

    verb: str
    argument: str
    words: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> paths.Path | None:
        """What MAIL, RCPT and VRFY name."""
        if self.verb in paths.KEYWORDS:
            return paths.parse(self.verb, self.argument)
        return paths.Path(self.argument.strip("<>")) if self.verb == "VRFY" else None


class Progress:
    """The client's name, the transaction, and what of it is rejected or still to come."""

    def __init__(self, conversation: Conversation) -> None:
        self.engine = Engine(hostname=conversation.hostname)
        self.refusals: list[str] = []
        """What was said to the RCPT commands of this transaction that failed, without the code."""
        self.binary = False
        """The transaction's message comes as BODY=BINARYMIME."""
        self.chunks: bytearray | None = None
        """What BDAT has brought of the message so far; None before the first chunk."""
        self.spoilt = False
        """A chunk was refused: those that follow, up to the last, are dropped."""

    async def begin(self, path: paths.Path, *, binary: bool) -> str:
        """A MAIL command is accepted."""
        await self.end()
        self.binary = binary
        smtputf8 = any(parameter.name == "SMTPUTF8" for parameter in path.parameters)
        return await self.engine.begin(path.address, smtputf8=smtputf8)

    async def end(self) -> None:
        """The transaction is over, one way or the other."""
        await self.engine.end_transaction()
        self.refusals, self.binary = [], False
        self.chunks, self.spoilt = None, False
