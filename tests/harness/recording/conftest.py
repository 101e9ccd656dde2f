"""A recorder before fakes that play the real server, and the checker as the client."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakeservers.dialects.dialect import load_dialect
from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from harness.cli import main
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.recording.recorded import recorded
from harness.recording.recorder import Recorder, recording
from harness.recording.relay import Upstream
from harness.reproducing.dialogue import Utterance
from harness.reproducing.making.file import write_scenario
from harness.runner.background import Background
from harness.scenario.loading import load
from harness.scenario.model import Scenario


@dataclass
class Studio:
    """What was shown so far, and how to record."""

    background: Background
    folder: Path
    shown: list[str] = field(default_factory=list)
    upstreams: list[Upstream] = field(default_factory=list)

    def show(self, name: str, said: Utterance) -> None:
        self.shown.append(f"{name} {said.direction}: {said.text} {said.about}")

    @contextlib.contextmanager
    def before(self, upstreams: list[Upstream]) -> Iterator[Recorder]:
        """A recorder before these servers."""
        wanted = [(upstream, 0) for upstream in upstreams]
        with self.background.hold(recording(wanted, self.show)) as recorder:
            yield recorder

    @contextlib.contextmanager
    def before_fakes(self, spec: MailboxSpec) -> Iterator[tuple[Recorder, str]]:
        """A recorder before a mailbox, and the file of the authority of both."""
        with self.background.hold(open_mailbox(spec)) as mailbox:
            context = ssl.create_default_context(cafile=mailbox.ca_file)
            self.upstreams = [
                Upstream(
                    name,
                    "127.0.0.1",
                    mailbox.services[name].port,
                    service.security,
                    context,
                    load_dialect(spec.dialect).side("oauth").token_path if name == "oauth" else "",
                )
                for name, service in spec.services.items()
            ]
            with self.before(self.upstreams) as recorder:
                yield recorder, mailbox.ca_file

    def scenario(self, recorder: Recorder) -> tuple[Scenario, str]:
        """What is made of the recording, and its file's text."""
        securities = {relay.upstream.protocol: relay.upstream.security for relay in recorder.relays}
        made, _ = recorded(recorder.relays, securities)
        file = self.folder / "recorded.yaml"
        write_scenario(file, made)
        (scenario,) = load(file)
        return scenario, file.read_text()

    def run(self) -> int:
        """Run the scenario that was made; the exit code."""
        return main(["run", str(self.folder / "recorded.yaml")])


@pytest.fixture
def studio(tmp_path) -> Iterator[Studio]:
    background = Background()
    yield Studio(background, tmp_path)
    background.close()


def settings(
    recorder: Recorder, ca_file: str, spec: MailboxSpec, **typed: Any
) -> ConnectionSettings:
    """What the customer types to reach the recorder."""
    servers = {
        name: ServerSettings(
            host="127.0.0.1", port=recorder.ports[name], security=spec.services[name].security
        )
        for name in ("imap", "smtp")
    }
    account = {"email": spec.account.address, "password": spec.account.password}
    bcc = spec.bcc.address
    return ConnectionSettings(
        **{**account, **servers, "bcc_address": bcc, "ca_file": ca_file, **typed}
    )
