"""What is expunged in a life, where the connector has moved or deleted mail itself."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from harness.judging.lives.diary import Diary
from harness.runner.life.life_run import LifeRun
from harness.scenario.life.life_steps import LifeStep
from harness.scenario.model import Moment


@pytest.mark.parametrize(("delivered", "left", "gone"), [(3, 3, 2), (3, 1, 1), (3, 0, 0)])
def test_no_more_is_expunged_than_there_is(delivered: int, left: int, gone: int) -> None:
    async def expunged() -> set[str]:
        async with open_mailbox(MailboxSpec()) as mailbox:
            inbox = mailbox.accounts.account.inbox
            inbox.remove([*inbox.messages])
            mailbox.deliver(delivered)
            inbox.remove(inbox.messages[left:])  # the connector has taken them in
            run = SimpleNamespace(mailbox=mailbox, diary=Diary())
            await LifeRun._expunge(run, Moment(LifeStep(expunge=2)))  # type: ignore[arg-type]
            assert len(inbox.messages) == left - gone
            return run.diary.expunged

    assert len(asyncio.run(expunged())) == gone
