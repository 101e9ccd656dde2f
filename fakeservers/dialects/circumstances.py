"""When a manner of a dialect may be worded otherwise: `<name>@<circumstance>`."""

from __future__ import annotations

CIRCUMSTANCES = {
    "after-login": "someone is logged in",
    "capability-asked": "the client has asked before its log-in, and not as it must after STARTTLS",
    "read-only": "the selected mailbox cannot be changed",
    "initial-response": "malformed is the base64 of the initial response of a SASL exchange",
    "response": "malformed is the base64 of a later response",
    "form": "malformed is what a response decodes to",
    "message-set": "what is wrong is a set of messages",
    "fetch-item": "FETCH does not know the item {text}",
    "search-key": "SEARCH does not know the key {text}",
    "status-item": "STATUS does not know the item {text}",
    "system-flag": "there is no system flag {text}",
    "cancelled": "the client broke off, after it was told why its token is refused",
    # SMTP
    "empty": "there is nothing: no command, no address, no octets in a chunk",
    "nul": "the line has a NUL",
    "unreadable": "the line is not UTF-8",
    "forbidden": "no mail client begins a line so",
    "unknown-command": "the errors were unknown commands",
    "nonmail": "they were no errors, but commands that carry no mail",
    "no-domain": "the address has none",
    "no-value": "the parameter has none",
    **dict.fromkeys(
        ["SIZE=", "BODY=", "SMTPUTF8=", "AUTH=", "RET=", "ENVID=", "NOTIFY=", "ORCPT="],
        "the value of this parameter is wrong",
    ),
    "no-recipients": "in a transaction without any",
    "refused": "all recipients were refused",
    "refused-alike": "all recipients were refused in the same words, which are {text}",
    "binary": "the message was announced as BODY=BINARYMIME",
    "discarded": "an earlier chunk was refused",
}
"""Besides these, every command is one."""
