"""Scenario files as tests: what is collected, how it runs, what a failing case prints."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET

import pytest

from harness.runner.life.run_life import LIVED_WHEN_LATE, SLOWER
from tests.harness.conftest import COMES_IN
from tests.harness.plugin.conftest import Ran

MODELINE = "# yaml-language-server: $schema=scenario.schema.json\n"
WORKING = """
title: A mailbox that works
reproduces: connected
source: RFC 8314
matrix: {security: [implicit-tls, cleartext]}
imap: {security: <security>}
smtp: {security: <security>}
"""
REFUSED = """
title: The wrong password was typed
reproduces: unauthorized
stage: imap-login
cause: bad-credentials
source: RFC 5530
customer: {password: wrong}
remedy:
  - advice: confirm-address-and-password
    apply: {customer: {password: account}}
"""
CONNECTORS = """
import os

def blind(settings):
    return {"error": "connected"}

def knowing(settings):
    return {"error": os.environ["KNOWN"]}
"""


@pytest.fixture
def own(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a folder of scenarios, other files among them, and connectors of its own."""
    folder = pytester.mkdir("own")
    (folder / "working.yaml").write_text(MODELINE + WORKING)
    (folder / "refused.yaml").write_text(MODELINE + REFUSED)
    (folder / "compose.yaml").write_text("services: {}\n")
    (folder / "about.yaml").write_text("# as in scenario.schema.json\n")
    (folder / "other.yaml").write_text("# yaml-language-server: $schema=other.schema.json\n")
    (folder / "readme.md").write_text(MODELINE)
    pytester.makepyfile(connectors=CONNECTORS)
    pytester.makeini("[pytest]\npythonpath = .\n")
    return pytester


def _names(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


def test_only_scenario_files_are_collected_one_test_for_each_case(
    own: pytest.Pytester, ran: Ran
) -> None:
    result = ran("--collect-only", "-q", "own")
    assert result.ret == 0, "other files are nobody's mistake"
    assert _names(result) == [
        "own/refused.yaml::refused",
        "own/working.yaml::working[implicit-tls]",
        "own/working.yaml::working[cleartext]",
    ]


def test_the_checker_passes(own: pytest.Pytester) -> None:
    result = own.runpytest_subprocess("own", "-W", "error", "--junitxml=out.xml")
    result.assert_outcomes(passed=3)
    cases = ET.parse(own.path / "out.xml").iter("testcase")
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("own.refused.yaml", "refused"),
        ("own.working.yaml", "working[implicit-tls]"),
        ("own.working.yaml", "working[cleartext]"),
    ]


@pytest.mark.parametrize(
    ("options", "passed"),
    [
        ("-n 2", 3),
        ("-n 2 --dist worksteal", 3),
        ("-k implicit-tls", 1),
        ("-p no:randomly -p backwards", 3),
        ("-p no:xdist", 3),
    ],
)
def test_with_other_ways_to_run(own: pytest.Pytester, ran: Ran, options: str, passed: int) -> None:
    own.makepyfile(
        backwards="""
        def pytest_collection_modifyitems(items):
            items.reverse()
        """
    )
    result = ran("own", *options.split())
    assert result.parseoutcomes()["passed"] == passed
    assert result.ret == 0


def test_a_sample(own: pytest.Pytester, ran: Ran) -> None:
    """Each cause once; the tests of other kinds stay."""
    own.makepyfile(test_other="def test_other(): pass\n")
    (own.path / "own/again.yaml").write_text(
        MODELINE + REFUSED.replace("was typed", "was typed again")
    )
    names = _names(ran("--collect-only", "-q", "--badinbox-sample"))
    assert names == [
        "own/again.yaml::again",
        "own/working.yaml::working[implicit-tls]",
        "own/working.yaml::working[cleartext]",
        "test_other.py::test_other",
    ]
    result = ran("own", "--badinbox-sample", "-n2")
    result.assert_outcomes(passed=3)


def test_a_failing_case_prints_what_the_command_prints(own: pytest.Pytester, ran: Ran) -> None:
    options = ["--badinbox-connector", "connectors:blind"]
    result = ran("own/refused.yaml", *options)
    result.assert_outcomes(failed=1)
    shown = result.stdout
    shown.fnmatch_lines(
        [
            "*_ unauthorized/refused _*",
            "unauthorized/refused: not-exercised",
            "*expected *unauthorized at imap-login*",
            "*FAILED own/refused.yaml::refused*",
        ]
    )
    shown.no_fnmatch_line("*Traceback*")
    shown.no_fnmatch_line("*plugin.py*")


def test_the_connector_can_be_configured(own: pytest.Pytester, ran: Ran) -> None:
    own.makeini("[pytest]\npythonpath = .\nbadinbox_connector = connectors:blind\n")
    ran("own/refused.yaml").assert_outcomes(failed=1)
    options = ["--badinbox-connector", "builtin"]
    ran("own/refused.yaml", *options).assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["nothing", "connectors:missing", "missing:check"])
def test_an_unknown_connector(own: pytest.Pytester, name: str, ran: Ran) -> None:
    result = ran("own/refused.yaml", "--badinbox-connector", name)
    assert result.ret != 0
    result.stdout.fnmatch_lines([f"*{name.partition(':')[0]}*"])
    result.stdout.no_fnmatch_line("*plugin.py*")


def test_a_mapping(own: pytest.Pytester, ran: Ran) -> None:
    own.makepyfile(connectors="def check(settings):\n    return {'error': 'EAUTH'}\n")
    options = ["own/refused.yaml", "--badinbox-connector", "connectors:check"]
    unmapped = ran(*options)
    unmapped.stdout.fnmatch_lines(["unauthorized/refused: *", "*answered *EAUTH*"])
    (own.path / "map.yaml").write_text("rules: [{code: EAUTH, means: unauthorized}]\n")
    mapped = ran(*options, "--badinbox-mapping", "map.yaml")
    mapped.stdout.fnmatch_lines(["*said *unauthorized*", "*answered *EAUTH*"])
    (own.path / "map.yaml").write_text("rules: [{code: EAUTH, means: unauthorised}]\n")
    own.makeini("[pytest]\npythonpath = .\nbadinbox_mapping = map.yaml\n")
    refused = ran(*options)
    refused.assert_outcomes(errors=1)
    refused.stdout.fnmatch_lines(["*map.yaml:1: rules?0?.means: unknown word 'unauthorised'*"])


def test_a_bad_scenario_is_a_collection_error(own: pytest.Pytester, ran: Ran) -> None:
    (own.path / "own" / "refused.yaml").write_text(MODELINE + REFUSED.replace("stage", "stagge"))
    result = ran("own")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*ERROR collecting own/refused.yaml*", "*refused.yaml:5: stagge: *"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_id_twice_is_a_collection_error(own: pytest.Pytester, ran: Ran) -> None:
    (own.mkdir("other") / "refused.yaml").write_text(MODELINE + REFUSED)
    result = ran("own", "other")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*refused.yaml:1: the id 'unauthorized/refused' is taken by *"])


def test_nothing_is_left_behind(own: pytest.Pytester) -> None:
    own.makepyfile(
        run="""
        import sys, threading
        import pytest
        code = pytest.main(["own", "-x", "--badinbox-connector", sys.argv[1]])
        assert threading.enumerate() == [threading.main_thread()], threading.enumerate()
        sys.exit(code)
        """
    )
    assert own.run(sys.executable, "run.py", "builtin").ret == 0
    assert own.run(sys.executable, "run.py", "connectors:blind").ret == 1


def test_nothing_runs_during_other_tests(own: pytest.Pytester, ran: Ran) -> None:
    (own.path / "own" / "test_between.py").write_text(
        "import threading\n\n"
        "def test_one():\n"
        "    names = {thread.name for thread in threading.enumerate()}\n"
        "    assert 'badinbox-check' not in names\n"
    )
    ran("own").assert_outcomes(passed=4)


def test_what_the_connector_does_not_do_is_skipped(own: pytest.Pytester, ran: Ran) -> None:
    own.makeini(
        "[pytest]\npythonpath = .\nbadinbox_connector = connectors:blind\n"
        "badinbox_does = services=smtp\n"
    )
    result = ran("-rs", "-q", "own/refused.yaml")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*not applicable: it does not check IMAP"])
    result = ran("-q", "--badinbox-does", "sned=no", "own/refused.yaml")
    result.stdout.fnmatch_lines(["*--does: sned: unknown key; did you mean 'sends'?"])


def test_a_life_is_one_test(own: pytest.Pytester, ran: Ran) -> None:
    folder = own.mkdir("lives")
    (folder / "comes-in.yaml").write_text(MODELINE + COMES_IN)
    ran("lives").assert_outcomes(passed=1)
    asked = ran("lives", "--badinbox-connector", "connectors:blind", "-rs")
    asked.assert_outcomes(skipped=1)
    asked.stdout.fnmatch_lines(["*not applicable: it does not stay connected*"])


TELLS_ITS_PACE = """
async def stay(settings, pace, orders):
    yield {"state": "failing", "error": f"pace {pace.poll_s:g}"}
    async for _ in orders:
        yield {"state": "stopped"}
"""


def test_the_pace_of_lives(own: pytest.Pytester, ran: Ran) -> None:
    """That of the command line is over that of the configuration, and a wrong one is one line."""
    short = COMES_IN.replace("until: connected", "wait-s: 0.1").replace("  - deliver: 1\n", "")
    short = short.replace("seen: all", "says: connected\n    within-s: 0.1")
    (own.mkdir("lives") / "short.yaml").write_text(MODELINE + short)
    own.makepyfile(connectors=TELLS_ITS_PACE)
    own.makeini(
        "[pytest]\npythonpath = .\nbadinbox_connector = connectors:stay\nbadinbox_pace = 0.4\n"
        "badinbox_does = stays=true fetches=true sends=true idles=true\n"
    )
    for typed, poll_s in ((), 0.2), (("--badinbox-pace", "0.2"), 0.1):
        shown = ran("lives", *typed)
        shown.assert_outcomes(failed=1)
        told = re.search(r"answered +pace ([\d.]+)", str(shown.stdout))
        # Where this process was late it is lived again, slower.
        paces = [round(poll_s * SLOWER**times, 6) for times in range(LIVED_WHEN_LATE)]
        assert told and float(told[1]) in paces
    wrong = ran("lives", "--badinbox-pace", "fast")
    wrong.assert_outcomes(errors=1)
    wrong.stdout.fnmatch_lines(["*badinbox_pace: 'fast' is not a number from 0.2 to 60"])
    wrong.stdout.no_fnmatch_line("*Traceback*")
