"""`badinbox run`: what it writes, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.harness.conftest import HEADER

from .conftest import Badinbox, command, environment, started, until

PASSES = "connected/works"
ASKS = "unauthorized-app-password-required/asks"
CONNECTORS = """\
import time
def says_connected(settings): return {"error": "connected"}
def knocks(settings):
    import socket
    for server in (settings.imap, settings.smtp):
        socket.create_connection((server.host, server.port)).close()
    return {"error": "connected"}
def hangs(settings):
    open("began", "w").close()
    time.sleep(1000)
def answers_once(settings):
    try:
        open("answered", "x").close()
    except FileExistsError:
        hangs(settings)
    return {"error": "E_ONCE", "message": "no"}
"""


def test_all_passed(badinbox: Badinbox, scenarios: Path, tmp_path: Path) -> None:
    done = badinbox(
        *("run", "--scenarios", "scenarios", "--json", "out.json", "--junit", "out.xml")
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "3 checks of 2 scenarios: all passed" in done.stdout
    document = json.loads((tmp_path / "out.json").read_text())
    cases = [(case["id"], case["phase"], case["remedy"]) for case in document["cases"]]
    assert cases == [
        (PASSES, "fault", None),
        (ASKS, "fault", None),
        (ASKS, "remedy", "use-app-password"),
    ]
    assert [case["delivered"] for case in document["cases"]] == [True, False, True]
    assert ElementTree.parse(tmp_path / "out.xml").getroot().get("tests") == "3"
    assert "Tr0ub4dor" not in done.stdout + (tmp_path / "out.json").read_text()


def test_something_did_not_pass(badinbox: Badinbox, scenarios: Path, tmp_path: Path) -> None:
    (tmp_path / "product.py").write_text(CONNECTORS)
    run = (
        *("run", "--scenarios", "scenarios", "--no-preflight"),
        *("--connector", "product:says_connected"),
    )
    done = badinbox(*run)
    assert done.returncode == 1 and done.stderr == ""
    assert "not-exercised: never meets the fault in 1 of 1" in done.stdout
    assert f"{ASKS}: not-exercised" in badinbox(*run, "--verbose").stdout
    short = badinbox(*run, "-q")
    assert short.returncode == 1 and short.stdout.count("\n") == 1
    assert "3 checks of 2 scenarios: 3 did not pass, named rightly 0 of 2," in short.stdout
    first = badinbox(
        *(
            "run",
            "-x",
            "--scenarios",
            "scenarios",
            "--no-preflight",
            "--connector",
            "product:says_connected",
        )
    )
    assert first.returncode == 1 and "1 check of 1 scenario" in first.stdout


def test_reports_are_written_although_whoever_read_the_output_has_left(
    scenarios: Path, tmp_path: Path
) -> None:
    read, write = os.pipe()
    os.close(read)
    file = tmp_path / "out.json"
    run = subprocess.run(
        command("run", str(scenarios), "--json", str(file)),
        cwd=tmp_path,
        env=environment(),
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
    )
    os.close(write)
    assert (run.returncode, run.stderr) == (0, b"")
    assert json.loads(file.read_text())["summary"]["passed"]
    assert not file.with_name("out.json.part").exists()


def test_a_harness_that_lies_beside_does_not_matter(
    started_anew: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").write_text("raise RuntimeError('theirs')\n")
    (tmp_path / "product.py").write_text(CONNECTORS)
    done = started_anew(
        "run", "--scenarios", "scenarios", "--no-preflight", "--connector", "product:says_connected"
    )
    assert done.returncode == 1 and "3 did not pass" in done.stdout


def test_a_connector_that_cannot_connect_at_all_is_not_run_any_further(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "product.py").write_text(CONNECTORS)
    done = badinbox("run", "--scenarios", "scenarios", "--connector", "product:says_connected")
    assert done.returncode == 1 and "connected/working[implicit-tls]: not-exercised" in done.stdout
    assert "nothing else was run" in done.stderr and "It never connected" in done.stderr


DISTRUSTS = """\
import json, ssl, socket, sys
server = json.load(sys.stdin)["imap"]
try:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(
        socket.create_connection((server["host"], server["port"])), server_hostname="127.0.0.1")
except ssl.SSLError as error:
    print(json.dumps({"error": "ETLS", "message": str(error)}))
"""


def test_a_connector_that_does_not_trust_the_authority_is_told_what_to_set(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "check.py").write_text(DISTRUSTS)
    connector = f"{sys.executable} check.py"
    done = badinbox("run", "--scenarios", "scenarios", "--connector", connector)
    assert done.returncode == 1 and "NODE_EXTRA_CA_CERTS (Node.js)" in done.stderr
    assert "answered    ETLS: [SSL: CERTIFICATE_VERIFY_FAILED]" in done.stdout


READS = """\
import json, ssl, sys, imaplib
asked = json.load(sys.stdin)
trusted = ssl.create_default_context(cafile=asked["ca_file"])
server = asked["imap"]
error = "connected"
with open("asked", "a") as log: log.write(server["security"] + "\\n")
try:
    imap = imaplib.IMAP4_SSL(server["host"], server["port"], ssl_context=trusted)
    try: imap.login(asked["email"], asked["password"])
    except imaplib.IMAP4.error: error = "unauthorized-app-password-required"
    imap.shutdown()
except OSError:
    error = "imap-settings-incorrect"
print(json.dumps({"error": error}))
"""
"""It reads one server, by implicit TLS only, and leaves without LOGOUT."""
SENT = """\
title: the mail is refused
reproduces: test-email-failed
stage: smtp-rcpt
cause: temporary-failure
source: [RFC 5321]
smtp:
  rules:
    - when: {event: command, command: RCPT}
      then: {text: "550 no such user"}
      times: 1
remedy: {advice: retry-later, keep-mailbox: true}
"""


def test_what_a_connector_does_not_do_is_not_asked_of_it(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "check.py").write_text(READS)
    sent = scenarios / "test-email-failed" / "refused.yaml"
    sent.parent.mkdir()
    sent.write_text(HEADER + SENT)
    run = ("run", "--scenarios", "scenarios", "--connector", f"{sys.executable} check.py")
    reports = ("--json", "out.json", "--junit", "out.xml")
    done = badinbox(*run, *reports)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    told = " ".join(done.stdout.split())
    assert (
        "logs in to IMAP only, opens no mailbox, sends nothing, no STARTTLS, no cleartext" in told
    )
    assert "leaves without LOGOUT" in told
    assert "Not applicable, and neither passed nor failed: it does not check SMTP (2)." in told
    assert "5 checks of 3 scenarios: all passed" in told
    cases = json.loads((tmp_path / "out.json").read_text())
    verdicts = {case["id"]: case["verdict"] for case in cases["cases"]}
    assert verdicts["test-email-failed/refused"] == "not-applicable" and cases["summary"]["passed"]
    suite = ElementTree.parse(tmp_path / "out.xml").getroot()
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "2")
    strict = badinbox(*run, "--strict")
    assert strict.returncode == 1 and "no-logout" in strict.stdout
    declared = badinbox(*run, "--no-preflight", "--does", "services=imap", "--does", "sends=no")
    assert declared.returncode == 0 and "preflight" not in declared.stdout
    done = badinbox(*run, "--does", "services=imap,smtp")
    assert done.returncode == 1
    assert "declared `services: imap, smtp`, seen imap: what is declared counts" in done.stdout


TOKENS = """\
title: A mailbox that takes tokens
reproduces: connected
source: RFC 7628
customer: {oauth2: {}}
"""


def test_who_takes_no_tokens_is_asked_none(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "check.py").write_text(READS)
    (scenarios / "connected" / "tokens.yaml").write_text(HEADER + TOKENS)
    run = ("run", "--scenarios", "scenarios", "--connector", f"{sys.executable} check.py")
    done = badinbox(*run)
    told = " ".join(done.stdout.split())
    assert (done.returncode, done.stderr) == (0, ""), told
    assert "no tokens (OAuth)" in told and "it takes no tokens (OAuth) (1)" in told
    required = badinbox(*run, "--require", "oauth2")
    why = "--require oauth2: not asked, as it takes no tokens (OAuth): 1\n"
    assert (required.returncode, required.stderr) == (1, why)
    unasked = badinbox(*run, "--no-preflight", "--does", "services=imap", "--does", "sends=no")
    assert "it takes no tokens (OAuth) (1)" in " ".join(unasked.stdout.split())
    assert badinbox("run", "--scenarios", "scenarios", "--require", "oauth2").returncode == 0


def test_mistakes_in_what_is_said_of_a_connector(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "policy.yaml").write_text("policy: {no-quite: off}\n")
    run = ("run", "--scenarios", "scenarios")
    for given, problem in (
        (("--does", "sned=no"), "--does: sned: unknown key; did you mean 'sends'?"),
        (
            ("--policy", "policy.yaml"),
            "policy.yaml:1: policy.no-quite: no such violation; did you mean 'no-quit'?",
        ),
    ):
        done = badinbox(*run, *given)
        assert (done.returncode, done.stderr) == (2, f"badinbox: {problem}\n")


def test_a_mapping(badinbox: Badinbox, scenarios: Path, tmp_path: Path) -> None:
    (tmp_path / "check.py").write_text(DISTRUSTS)
    (tmp_path / "mapping.yaml").write_text(
        "rules:\n- code: ETLS\n  message: VERIFY_FAILED\n"
        "  means: unauthorized-untrusted-certificate\n"
    )
    command = (
        "run",
        "-v",
        "--no-preflight",
        "--scenarios",
        "scenarios",
        "--mapping",
        "mapping.yaml",
    )
    done = badinbox(*command, "--connector", f"{sys.executable} check.py", "--json", "out.json")
    assert done.returncode == 1
    cases = json.loads((tmp_path / "out.json").read_text())["cases"]
    assert {case["diagnosis"]["error"] for case in cases} == {"unauthorized-untrusted-certificate"}
    assert {case["said"]["error"] for case in cases} == {"ETLS"}
    assert {case["diagnosis"]["rule"] for case in cases} == {"mapping.yaml:2"}
    shown = " ".join(done.stdout.split())
    assert "(code ETLS, so unauthorized-untrusted-certificate by mapping.yaml:2)" in shown
    done = badinbox(*command, "--connector", f"{sys.executable} check.py", "--verbose")
    assert "said        unauthorized-untrusted-certificate, by mapping.yaml:2\n" in done.stdout
    assert "; by the rule at mapping.yaml:2\n" in done.stdout
    (tmp_path / "mapping.yaml").write_text("rules: [{code: ETLS, means: conected}]\n")
    done = badinbox(*command, "--connector", f"{sys.executable} check.py")
    assert done.returncode == 2
    assert done.stderr == (
        "badinbox: mapping.yaml:1: rules[0].means: unknown word 'conected'; "
        "did you mean 'connected'?\n"
    )


def test_a_first_mapping_and_a_baseline(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "check.py").write_text(DISTRUSTS)
    connector = ("--connector", f"{sys.executable} check.py", "--scenarios", "scenarios")
    done = badinbox("mapping", "init", *connector)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("wrote mapping.yaml, from "), "verdicts say nothing yet"
    assert "`badinbox run --mapping mapping.yaml`" in done.stdout
    text = (tmp_path / "mapping.yaml").read_text()
    assert "ETLS" not in text and "it connected no mailbox" in text, "no word for success"
    assert badinbox("mapping", "init", *connector).returncode == 2, "nothing is written over"
    run = ("run", "--no-preflight", "--mapping", "mapping.yaml", *connector)
    done = badinbox(*run, "--write-baseline", "baseline.yaml")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "wrote baseline.yaml: it accepts 3 checks that did not pass" in done.stdout, done.stdout
    done = badinbox(*run, "--baseline", "baseline.yaml", "--junit", "out.xml")
    assert done.returncode == 0 and "of them accepted" in done.stdout, done.stdout
    assert ElementTree.parse(tmp_path / "out.xml").getroot().get("failures") == "0"
    text = (tmp_path / "baseline.yaml").read_text()
    (tmp_path / "baseline.yaml").write_text(text.replace("verdict: ", "verdict: missed #"))
    assert badinbox(*run, "--baseline", "baseline.yaml").returncode == 1


def test_no_baseline_is_written_of_a_connector_that_was_not_run(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "check.py").write_text("")
    connector = ("--connector", f"{sys.executable} check.py", "--scenarios", "scenarios")
    done = badinbox("run", *connector, "--write-baseline", "baseline.yaml")
    assert done.returncode == 1 and "baseline.yaml is not written: nothing was run" in done.stdout
    assert not (tmp_path / "baseline.yaml").exists()


@pytest.mark.parametrize(
    ("selectors", "cases"),
    [
        ([PASSES], [PASSES]),
        (["connected"], [PASSES]),
        (["connected/"], [PASSES]),
        (["scenarios/connected/works.yaml"], [PASSES]),
        (["scenarios"], [PASSES, ASKS]),
        (["stage=imap-login"], [ASKS]),
        (["stage=imap-login", PASSES], [PASSES, ASKS]),
        (["--shard", "2/2"], [ASKS]),
    ],
)
def test_selectors(
    badinbox: Badinbox, scenarios: Path, selectors: list[str], cases: list[str]
) -> None:
    done = badinbox("list", "--json", "--scenarios", "scenarios", *selectors)
    if "--shard" in selectors:
        done = badinbox("run", "--phase", "fault", "--scenarios", "scenarios", *selectors)
        assert f"[1/1] passed        {cases[0]}" in done.stdout
    else:
        assert [row["id"] for row in json.loads(done.stdout)] == cases


def test_scenarios_of_ones_own_and_of_the_catalogue_together(
    badinbox: Badinbox, scenarios: Path
) -> None:
    done = badinbox("list", "scenarios/connected/works.yaml", "connected/working")
    assert done.returncode == 0 and PASSES in done.stdout and "connected/working" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "conected/works"], "no scenario fits 'conected/works'; did you mean"),
        (["run", "stage=imap-logn"], "no scenario has stage 'imap-logn'; did you mean"),
        (["run", "--shard", "3/2"], "'3/2' is not I/N"),
        (["run", "--jobs", "0"], "--jobs"),
        (["run", "--timeout", "0"], "--timeout"),
        (["run", "--timeout", "nan"], "'nan' is no number of seconds"),
        (["check", "--timeout", "inf"], "'inf' is no number of seconds"),
        (["run", "--json", "no/such/out.json"], "the folder no/such does not exist"),
        (["run", "--junit", "."], "is a folder"),
        (["run", "--connector", "bultin"], "unknown connector 'bultin'"),
        (["run", "--connector", ""], "unknown connector ''"),  # a variable that is not set
        (["run", "--connector", "http://127.0.0.1:99999/"], "expected an address of this machine"),
        (["run", "--does", "hello-bytes=-1"], "hello-bytes: expected greater than 0"),
        (["run", "--connector", "no_such:check"], "No module named 'no_such'"),
        (["run", "--scenarios", "nowhere"], "nowhere"),
        (["rum"], "no such command 'rum'; did you mean 'run'?"),
        (["run", "--jbos", "3"], "No such option"),
        (["show", "connected"], "stands for several cases, choose one"),
        (["validate", "nowhere.yaml"], "nowhere.yaml"),
        (["validate", "bad.yaml"], "bad.yaml:2"),
        (["run", "bad.yaml"], "bad.yaml:2"),
    ],
)
def test_bad_input_is_one_line(
    badinbox: Badinbox, tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    (tmp_path / "bad.yaml").write_text(
        "# yaml-language-server: $schema=scenario.schema.json\ntitel: works\n"
        "title: works\nreproduces: connected\nsource: x\n"
    )
    done = badinbox(*arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert complaint in done.stderr and done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_bug_of_ours_is_one_line_unless_asked_for_more(badinbox: Badinbox) -> None:
    code = (
        "import harness.scenario.catalogue, harness.cli, sys\n"
        "harness.scenario.catalogue.collect = None\n"
        "sys.exit(harness.cli.main(['list', '--coverage']))\n"
    )
    root = str(Path(command()[1]).parent)
    for debug in ("", "1"):
        done = subprocess.run(
            [command()[0], "-c", code],
            env=environment(PYTHONPATH=root, BADINBOX_DEBUG=debug),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 3 and "a fault of badinbox itself: TypeError" in done.stderr
        assert ("Traceback" in done.stderr) == (debug == "1")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_closes_all(scenarios: Path, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "product.py").write_text(CONNECTORS)
    product = ("--connector", "product:hangs")
    with started(tmp_path, "run", PASSES, "--scenarios", "scenarios", *product) as running:
        until((tmp_path / "began").exists, running)
        running.send_signal(number)
        # The pipes are at their end only when the worker, which has them too, is gone.
        _, errors = running.communicate(timeout=30)
    assert running.returncode == 128 + number and "Traceback" not in errors, errors


ONCE = (
    *("run", "--scenarios", "scenarios", "--no-preflight", "--jobs", "1", "--phase", "fault"),
    *("--connector", "product:answers_once", "--json", "out.json"),
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_writes_every_report_and_says_how_far_it_came(
    scenarios: Path, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "product.py").write_text(CONNECTORS)
    files = ("--junit", "out.xml", "--markdown", "out.md", "--html", "out.html")
    baseline = ("--write-baseline", "baseline.yaml")
    with started(tmp_path, *ONCE, *files, *baseline) as running:
        part = tmp_path / "out.json.part"
        until(lambda: part.exists() and part.read_bytes().count(b"\n") >= 2, running)
        running.send_signal(number)
        output, errors = running.communicate(timeout=30)
    assert running.returncode == 128 + number and errors == "", errors
    told = "1 of 2 scenarios"
    assert f"incomplete, {told}: 1 check of 1 scenario" in output
    assert "baseline.yaml is not written" in output and not (tmp_path / "baseline.yaml").exists()
    summary = json.loads((tmp_path / "out.json").read_text())["summary"]
    assert (summary["complete"], summary["planned"], summary["scenarios"]) == (False, 2, 1)
    assert f'name="incomplete" value="{told}"' in (tmp_path / "out.xml").read_text()
    assert f"(incomplete: {told})" in (tmp_path / "out.md").read_text()
    assert f"(incomplete: {told})" in (tmp_path / "out.html").read_text()
    assert not (tmp_path / "out.json.part").exists()


def test_a_run_that_was_killed_can_be_judged(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "product.py").write_text(CONNECTORS)
    with started(tmp_path, *ONCE) as running:
        part = tmp_path / "out.json.part"
        until(lambda: part.exists() and part.read_bytes().count(b"\n") >= 2, running)
        running.kill()
        running.communicate()
    assert not (tmp_path / "out.json").exists()
    done = badinbox("judge", "out.json", "-q")
    assert done.returncode == 1 and done.stderr == ""
    assert "incomplete, 1 of 2 scenarios: 1 check of 1 scenario: 1 did not pass" in done.stdout
    assert badinbox("judge", "out.json.part", "-q").stdout == done.stdout


def test_stopped_at_the_first_it_is_marked_incomplete(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "product.py").write_text(CONNECTORS)
    done = badinbox(*ONCE, "-x")
    assert done.returncode == 1 and "incomplete, 1 of 2 scenarios" in done.stdout


def test_a_recorded_run_is_judged_again_with_a_mapping(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "check.py").write_text(DISTRUSTS)
    connector = f"{sys.executable} check.py"
    run = ("run", "--no-preflight", "--scenarios", "scenarios", "--connector", connector)
    assert badinbox(*run, "--json", "run.json").returncode == 1
    (tmp_path / "m.yaml").write_text(
        "rules: [{code: ETLS, means: unauthorized-untrusted-certificate}]\n"
    )
    done = badinbox("judge", "run.json", "--mapping", "m.yaml", "--json", "again.json")
    assert done.returncode == 1 and "so unauthorized-untrusted-cert" in done.stdout
    again = json.loads((tmp_path / "again.json").read_text())
    badinbox(*run, "--json", "run.json", "--mapping", "m.yaml")
    anew = json.loads((tmp_path / "run.json").read_text())
    key = ("id", "phase", "verdict", "violations", "notes", "why")
    assert [[c[k] for k in key] for c in again["cases"]] == [
        [c[k] for k in key] for c in anew["cases"]
    ]
    assert again["connector"] == connector
    done = badinbox("mapping", "suggest", "run.json", "--mapping", "m.yaml")
    assert (done.returncode, done.stdout) == (
        0,
        "# before m.yaml:1: 1 more are named rightly, 0 no longer\n"
        '  - code: "ETLS"\n    means: connected\n',
    )


def test_a_recorded_run_is_judged_again_with_a_policy(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    (tmp_path / "product.py").write_text(CONNECTORS)
    run = ("run", "--scenarios", "scenarios", "--no-preflight", "--phase", "fault", PASSES)
    rude = ("--connector", "product:knocks", "--does", "sends=true")
    assert badinbox(*run, *rude, "--json", "run.json").returncode == 1
    [case] = json.loads((tmp_path / "run.json").read_text())["cases"]
    assert case["verdict"] == "misbehaved", case
    decisions = "\n".join(f"  {name}: {{level: off, reason: known}}" for name in case["violations"])
    (tmp_path / "policy.yaml").write_text(f"policy:\n{decisions}\n")
    done = badinbox("judge", "run.json", "--policy", "policy.yaml", "-q")
    assert done.returncode == 0 and "all passed" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "run.json: cannot be read: No such file or directory"),
        ("[]", "run.json: not what `badinbox run --json` writes"),
        ('{"badinbox_run": 2}', "run.json: "),
    ],
)
def test_what_cannot_be_judged_is_one_line(
    badinbox: Badinbox, tmp_path: Path, content: str | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    done = badinbox("judge", "run.json")
    assert done.returncode == 2 and done.stdout == ""
    assert complaint in done.stderr and done.stderr.count("\n") == 1


def test_a_port_in_use_is_bad_input_and_the_others_run_on(
    badinbox: Badinbox, scenarios: Path, closed_port: str
) -> None:
    (scenarios / "taken.yaml").write_text(
        f"{HEADER}title: x\nreproduces: connected\nsource: x\nimap: {{port: {closed_port}}}\n"
    )
    done = badinbox("run", "--scenarios", "scenarios")
    assert done.returncode == 2
    assert f"port {closed_port}: Address already in use" in done.stdout
    assert "4 checks of 3 scenarios: 1 did not pass" in done.stdout
