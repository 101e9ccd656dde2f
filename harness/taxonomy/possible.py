"""What goes together: which documented errors are possible at a stage, and with a cause."""

from __future__ import annotations

from harness.taxonomy.causes import CAUSES, CERTIFICATE_CAUSES
from harness.taxonomy.ids import Cause, DocumentedError, Stage
from harness.taxonomy.stages import STAGE_GROUPS, family


def errors_at(stage: Stage) -> set[DocumentedError]:
    """The documented errors that a failure at this stage may be."""
    errors = {family(stage)}
    if stage in STAGE_GROUPS["token"]:
        errors |= {"unauthorized", "unauthorized-untrusted-certificate"}
    if stage in STAGE_GROUPS["tls"]:
        errors.add("unauthorized-untrusted-certificate")
    if stage == "imap-greeting":
        errors.add("imap-settings-incorrect")
    if stage in STAGE_GROUPS["confirm"]:
        errors.add("unauthorized")  # of a token that expires in the middle
    if stage in STAGE_GROUPS["login"]:
        errors |= {"unauthorized", "unauthorized-app-password-required"}
    return errors


def errors_of(cause: Cause, stage: Stage | None = None) -> set[DocumentedError]:
    """The documented errors that this cause gives at the stage, or at any where it is possible."""
    if cause in CERTIFICATE_CAUSES:
        return {"unauthorized-untrusted-certificate"}
    if cause == "app-password-required":
        return {"unauthorized-app-password-required"}
    errors = set().union(*map(errors_at, [stage] if stage else CAUSES[cause].stages))
    return errors - {"unauthorized-untrusted-certificate", "unauthorized-app-password-required"}
