"""What a connector says about a mailbox: the documented error and everything that explains it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.taxonomy import Advice, Cause, DocumentedError, Owner, Stage

Confidence = Literal["structured", "provider-text", "generic-text", "inferred"]


class _Frozen(BaseModel):
    # Built at first use: not every command diagnoses something.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Signals(_Frozen):
    """What the diagnosis rests on. Secrets are masked by whoever recorded the lines.

    ``reply_code``: SMTP (RFC 5321 4.2). ``enhanced_code``: "5.7.8" (RFC 3463). ``response_code``:
    IMAP, with its arguments (RFC 9051 7.1). ``verify_code``: OpenSSL's X509_V_ERR number.
    ``tls_alert``: name of the alert (RFC 8446 6). ``errno``: the operating system's number.
    """

    lines: list[str] = Field(default_factory=list)
    """The server's lines, or an exception's text."""
    reply_code: int | None = None
    enhanced_code: str | None = None
    response_code: str | None = None
    verify_code: int | None = None
    tls_alert: str | None = None
    errno: int | None = None


class Diagnosis(_Frozen):
    """A connector's answer. Only ``error`` is required of third parties.

    - ``stage``, ``cause``: ``None`` when connected, or not known.
    - ``exact``: the article's text covers this case word for word.
    - ``candidates``: all causes that fit, the named one included, when the signal is ambiguous.
    - ``confidence``: what the cause was read from; ``None`` when connected or not known.
    - ``retryable``: may succeed later unchanged. ``ask_password``: may the customer be asked for
      the password again. ``owner``: who can most likely cure it.
    - ``warnings``: ids of things worth telling that did not decide.
    - ``message_id``: of the test e-mail, once the server has accepted it, or may have.
    - ``rule``, ``other_rules``: the classification rule that decided, and weaker ones that matched;
      of an answer that was mapped, where the mapping's rule is written.
    - ``text``: one readable paragraph by language, "en" and "fr".
    """

    error: DocumentedError
    """The documented error."""
    stage: Stage | None = None
    cause: Cause | None = None
    exact: bool = True
    candidates: list[Cause] = Field(default_factory=list)
    confidence: Confidence | None = None
    retryable: bool = False
    ask_password: bool = False
    owner: Owner | None = None
    warnings: list[str] = Field(default_factory=list)
    evidence: Signals = Field(default_factory=Signals)
    """On what it rests."""
    advice: list[Advice] = Field(default_factory=list)
    """What the customer can do, in this order."""
    message_id: str | None = None
    rule: str | None = None
    other_rules: list[str] = Field(default_factory=list)
    text: dict[str, str] = Field(default_factory=dict)
