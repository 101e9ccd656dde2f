"""What EHLO offers: the dialect's keywords, as far as they are implemented here."""

from __future__ import annotations

from fakeservers.conversation import Conversation
from fakeservers.sasl import MECHANISMS

IMPLEMENTED = frozenset(
    {
        "PIPELINING",
        "SIZE",
        "8BITMIME",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "STARTTLS",
        "AUTH",
        "VRFY",
        "HELP",
        "DSN",
        "CHUNKING",
        "BINARYMIME",
        "ETRN",
        "PIPECONNECT",  # whoever does not wait for the greeting is answered all the same
    }
)


def before_tls(conversation: Conversation) -> bool:
    """Whether the service wants STARTTLS, and it has not happened yet."""
    return conversation.service.security == "starttls" and not conversation.connection.tls_active


def mechanisms(conversation: Conversation) -> list[str]:
    """The SASL mechanisms that the AUTH keyword lists now; none where AUTH is not offered.

    A service may list mechanisms on purpose that nobody implements; a dialect's are filtered.
    """
    service = conversation.service
    if before_tls(conversation):
        return []
    if service.mechanisms is not None:
        return service.mechanisms
    return [name for name in conversation.dialect.side("smtp").mechanisms if name in MECHANISMS]


def keywords(conversation: Conversation) -> list[str]:
    """The EHLO keyword lines for the state the connection is in, in the dialect's order."""
    service = conversation.service
    listed = conversation.dialect.side("smtp").capabilities
    in_cleartext = before_tls(conversation)
    lines = (listed.before_tls if in_cleartext else listed.before_login) or []
    offered = mechanisms(conversation)
    ours = {
        "SIZE": f"SIZE {service.max_message_bytes}",
        "STARTTLS": "STARTTLS" if in_cleartext else "",
        "AUTH": " ".join(["AUTH", *offered]) if offered else "",
    }
    names = [name for name in (line.split()[0].upper() for line in lines) if name in IMPLEMENTED]
    # What the settings of the service ask for is offered, whatever the dialect's list was.
    names += ["STARTTLS", "AUTH"]
    return [line for name in dict.fromkeys(names) if (line := ours.get(name, name))]
