"""Any program as a connector: settings as JSON on its standard input, the answer on its output.

`node check.js` is started anew for each check and reads its input to the end; `jsonl:node check.js`
stays, and answers each line with a line. Either is started once for each life, in which it stays
connected. The environment names the authority that issued the valid certificates in the way that
each runtime looks for.
"""

from __future__ import annotations

import asyncio
import itertools
import shlex
import shutil
from dataclasses import replace
from typing import Final

from harness.connectors.connector import (
    Asked,
    UnknownConnector,
    read_text,
    request,
    too_late,
    whole,
)
from harness.connectors.pool import Pool
from harness.connectors.process import ConnectorProcess, Environment, Lost, ended, kill_marked
from harness.connectors.starting import unstartable
from harness.connectors.staying import Heard, Stay
from harness.connectors.staying.by_lines import stay_by_lines
from harness.connectors.staying.hearing import Lives
from harness.contract.answer import Answer, Lapse, NoAnswer, Output
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Pace

LINES_PREFIX: Final = "jsonl:"
_LINGERED: Final[frozenset[Lapse]] = frozenset({"did-not-end"})


def connector(name: str) -> OneShot | AnswerLines | None:
    """`node check.js`, or `jsonl:` and a command. A command has arguments, is a path, or the name
    of a program."""
    if name.startswith(LINES_PREFIX):
        return AnswerLines(name.removeprefix(LINES_PREFIX))
    known = " " in name.strip() or "/" in name or shutil.which(name) is not None
    return OneShot(name) if known else None


def split(command: str) -> list[str]:
    """The words of a command line; no shell is involved. Raises `UnknownConnector`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UnknownConnector(f"connector {command!r}: {error}") from None
    if not words:
        raise UnknownConnector("the connector's command is empty")
    if why := unstartable(words[0]):
        raise UnknownConnector(f"connector {command!r}: {why}")
    return words


def trusting(settings: ConnectionSettings) -> dict[str, str]:
    """The environment in which a runtime trusts the authority of the settings.

    OpenSSL, and with it Python, Ruby, PHP, Perl, Go and .NET on Linux: SSL_CERT_FILE. Node.js:
    NODE_EXTRA_CA_CERTS. curl: CURL_CA_BUNDLE. Deno: DENO_CERT. Java: its trust store.
    """
    found: dict[str, str] = {}
    if settings.ca_file:
        names = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE", "DENO_CERT")
        found |= dict.fromkeys(names, settings.ca_file)
    if settings.trust_store:
        store = settings.trust_store
        found["BADINBOX_TRUST_STORE"] = store.file
        found["BADINBOX_TRUST_STORE_PASSWORD"] = store.password
        found["JAVA_TOOL_OPTIONS"] = (
            f"-Djavax.net.ssl.trustStore={store.file} "
            f"-Djavax.net.ssl.trustStorePassword={store.password} "
            "-Djavax.net.ssl.trustStoreType=PKCS12"
        )
    return found


class OneShot:
    """A process for each check."""

    a_process_each: Final = True

    def __init__(self, command: str) -> None:
        self._words = split(command)
        self._running: set[ConnectorProcess] = set()
        self._checks = itertools.count(1)
        self._lives = Lives()

    async def start(self) -> None:
        """Nothing runs between checks."""

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        try:
            process = await ConnectorProcess.start(self._words, trusting(settings))
        except Lost as lost:
            return NoAnswer("crashed", f"the connector could not be started: {lost}")
        self._running.add(process)
        check = str(next(self._checks))
        ended = False
        try:
            async with asyncio.timeout(deadline_s):
                ended = await process.ask_once(request(settings, check), whole)
        except Lost as lost:
            return NoAnswer("unclear", str(lost), process.output)
        except TimeoutError:
            if not whole(process.said):
                why = too_late(deadline_s, killed=True)
                return NoAnswer("timed-out", why, process.output)
        finally:
            output = process.output  # before it is killed
            await process.kill()
            self._running.discard(process)
        return _once(
            bytes(process.said), check, output if ended else replace(output, lapses=_LINGERED)
        )

    async def stay(self, settings: ConnectionSettings, pace: Pace, heard: Heard) -> Stay:
        """A process for each life: the same command."""
        starting = ConnectorProcess.start(self._words, trusting(settings))
        life = str(next(self._checks))
        return self._lives.begun(await stay_by_lines(starting, settings, pace, life, heard))

    async def close(self) -> None:
        await self._lives.close()
        for process in list(self._running):
            await process.kill()
        kill_marked()


def _once(text: bytes, check: str, output: Output) -> Answer:
    if not text.strip() and output.exit_code:
        return NoAnswer("crashed", f"it answered nothing; {ended(output)}", output)
    return read_text(text, check, output)


class AnswerLines:
    """Processes that stay, and answer each line with a line."""

    a_process_each: Final = True

    def __init__(self, command: str) -> None:
        words = split(command)

        async def start(environment: Environment) -> ConnectorProcess:
            return await ConnectorProcess.start(words, environment)

        self._pool = Pool(start, forgiving=False)
        self._start = start
        self._checks = itertools.count(1)
        self._lives = Lives()

    async def start(self) -> None:
        """The first process is started with the first check, whose authority it must trust."""

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        return await (await self.ask(settings, deadline_s)).over()

    async def ask(
        self, settings: ConnectionSettings, deadline_s: float, *, fresh: bool = False
    ) -> Asked:
        check = str(next(self._checks))

        def read(line: bytes, output: Output) -> Answer:
            return read_text(line, check, output)

        line = request(settings, check)
        return await self._pool.ask(line, trusting(settings), deadline_s, read, fresh=fresh)

    async def stay(self, settings: ConnectionSettings, pace: Pace, heard: Heard) -> Stay:
        """A process for each life, of its own: it answers no checks."""
        starting = self._start(trusting(settings))
        life = str(next(self._checks))
        return self._lives.begun(await stay_by_lines(starting, settings, pace, life, heard))

    async def close(self) -> None:
        await self._lives.close()
        await self._pool.close()
