"""The document of the API and what is answered agree, whatever is asked: schemathesis asks, always
the same."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from harness.runner.background import Background
from harness.serving.api.operation import document
from harness.serving.api.operations import OPERATIONS
from harness.serving.server import Api
from tests.harness.serving.conftest import WORKING, world

EXAMPLES = 25
"""Calls of each operation that fit the document, and as many that do not."""
BEYOND = re.compile(
    rb"Value error, (?:required: |'[^']*' is not possible at |\S+ never gives )"
    rb"|Value error, (?:an answer has one body|not a regular expression: )"
    rb"|no (?:remedy|service) '|has no life|said a state that"
)
"""What no schema says: that of several keys one is needed, or one alone is possible, which stages a
cause and an error have, what is a regular expression, and what a mailbox has."""
DOCUMENT = schemathesis.openapi.from_dict(document(OPERATIONS))


@asynccontextmanager
async def standing(folder: Path) -> AsyncIterator[tuple[Api, str]]:
    async with world(folder) as made:
        yield made.api, (await made.start(WORKING))["name"]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, str]]:
    """An API, and the mailbox that stands there."""
    background = Background()
    with background.hold(standing(tmp_path_factory.mktemp("api"))) as made:
        yield made
    background.close()


CALLS = [(each.name, GenerationMode.POSITIVE) for each in OPERATIONS]
CALLS += [(each.name, GenerationMode.NEGATIVE) for each in OPERATIONS if each.body]


@pytest.mark.parametrize(("name", "mode"), CALLS)
def test_it_is_answered_as_the_document_says(
    name: str, mode: GenerationMode, api: tuple[Api, str]
) -> None:
    where, mailbox = api
    operation = DOCUMENT.find_operation_by_id(name)
    bearer = {"authorization": f"Bearer {where.token}"}
    # A rule of a call before, such as one that waits, is no part of this one.
    httpx.delete(f"{where.url}/v1/mailboxes/{mailbox}/rules", headers=bearer).raise_for_status()

    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asks(case: schemathesis.Case) -> None:
        if "mailbox" in case.path_parameters and case.method != "DELETE":
            case.path_parameters["mailbox"] = mailbox
        if name == "wait_for_events":
            case.query["timeout_s"] = 0
        if mode is GenerationMode.POSITIVE and name == "start_mailbox":
            case.body |= {"scenario": WORKING, "replaces": mailbox}
        answer = case.call(
            base_url=where.url, headers={"authorization": f"Bearer {where.token}"}, timeout=20
        )
        beyond = [positive_data_acceptance] if BEYOND.search(answer.content) else []
        # Whether the token is needed is for `test_guard`.
        case.validate_response(answer, excluded_checks=[ignored_auth, *beyond])

    asks()
