"""Before anything else is run: can this connector connect a mailbox that works?

If not, every further verdict would say the same. The usual reason is that the connector does not
trust the authority that issued the valid certificates.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.runner.events import CaseResult
from harness.runner.runner import Runner
from harness.scenario.catalogue import builtin_path, collect, select

PREFLIGHT = "connected/working[implicit-tls]"


async def preflight(runner: Runner) -> CaseResult | None:
    """The result, where the connector did not connect; None where it did, however it behaved: the
    test e-mail is there to prove it."""
    [scenario] = select(collect([builtin_path() / "connected" / "working.yaml"]), [PREFLIGHT])
    [result] = await runner.run_case(scenario, "fault")
    connected = result.judgement.verdict in ("passed", "misbehaved")
    return None if connected and result.delivered else result


def explained(result: CaseResult) -> Iterator[str]:
    """What to look at, for people."""
    yield "The connector did not connect a mailbox that works, so nothing else was run."
    if _distrusts(result):
        yield (
            "It does not trust the certificate, which is valid: let it trust the authority in the "
            "settings' `ca_file` (PEM) or `trust_store` (PKCS#12, for Java). A command finds both "
            "in its environment: SSL_CERT_FILE (OpenSSL: Python, Ruby, PHP, Perl, Go, .NET), "
            "NODE_EXTRA_CA_CERTS (Node.js), CURL_CA_BUNDLE (curl), JAVA_TOOL_OPTIONS (Java)."
        )
    elif not result.transcript:
        yield "It never connected: are host and port taken from `imap` and `smtp` of the settings?"
    else:
        yield "The transcript above shows how far it came."
    yield "`--no-preflight` runs the scenarios all the same."


def _distrusts(result: CaseResult) -> bool:
    """Whether it said so, or ended a handshake or a connection right after it, without a word."""
    named = result.diagnosis and result.diagnosis.error == "unauthorized-untrusted-certificate"
    spoke = any(line.direction == "C" for record in result.transcript for line in record.lines)
    return bool(named) or (bool(result.transcript) and not spoke)
