"""The vocabulary of a mailbox check: documented errors, stages, causes and advice.

Plain tables and the ``Literal`` types that pydantic models use. The documented errors are the eight
of the HubSpot article (plus ``connected`` and ``unclassified``); stages are where a check fails;
causes say why; advice says what to do;
manners say how what failed may be tried again. These modules import the standard library only.
"""

from harness.taxonomy.causes import CAUSES, CERTIFICATE_CAUSES, TOKEN_CAUSES, CauseInfo
from harness.taxonomy.errors import ADVICE, DOCUMENTED_ERRORS, ErrorInfo
from harness.taxonomy.ids import (
    Advice,
    AnyProtocol,
    Cause,
    CertificateCause,
    DocumentedError,
    Owner,
    Protocol,
    Stage,
)
from harness.taxonomy.possible import errors_at, errors_of
from harness.taxonomy.retrying import BEYOND, RETRYING, Manner, Retrying, least_retrying, retrying
from harness.taxonomy.stages import STAGE_GROUPS, STAGES, StageInfo, family, protocol_of
from harness.taxonomy.titles import error_titled, folded

__all__ = [
    "ADVICE",
    "BEYOND",
    "CAUSES",
    "CERTIFICATE_CAUSES",
    "DOCUMENTED_ERRORS",
    "RETRYING",
    "STAGES",
    "STAGE_GROUPS",
    "TOKEN_CAUSES",
    "Advice",
    "AnyProtocol",
    "Cause",
    "CauseInfo",
    "CertificateCause",
    "DocumentedError",
    "ErrorInfo",
    "Manner",
    "Owner",
    "Protocol",
    "Retrying",
    "Stage",
    "StageInfo",
    "error_titled",
    "errors_at",
    "errors_of",
    "family",
    "folded",
    "least_retrying",
    "protocol_of",
    "retrying",
]
