"""Mistakes of those who contribute a dialect."""

from tests.harness.files.mistakes import Mistake

RIGHT = """\
# yaml-language-server: $schema=dialect.schema.json
title: Acme Mail
source: https://acme.example/help
settings:
  - source: https://acme.example/settings
    seen: 2026-11
    domains: [acme.example]
    imap: {host: imap.acme.example, port: 993, security: implicit-tls}
    smtp: {host: smtp.acme.example, port: 465, security: implicit-tls}
imap:
  capabilities:
    before-login: [IMAP4rev1, AUTH=PLAIN]
  manners:
    greeting: '* OK Acme is ready'
  faults:
    account-locked:
      text: '{tag} NO Acme does not know you'
      seen: 2026-11
smtp:
  capabilities:
    before-login: [AUTH PLAIN, SIZE 1000]
  behaviour:
    line-limit: 1000
  faults:
    account-locked:
      text: '535 Acme does not know you'
      seen: 2026-11
"""
_IMAP = "imap.faults.account-locked"
_SMTP = "smtp.faults.account-locked"

LISTED = {
    "a mistyped manner": Mistake(
        "greeting:", "greting:", 14, "imap.manners.greting", ("'greeting'",)
    ),
    "a NO without a tag": Mistake("'{tag} NO", "'NO", 17, f"{_IMAP}.text", ("{tag}",)),
    "an unknown placeholder": Mistake("know you'", "know {usr}'", 17, f"{_IMAP}.text", ("'user'",)),
    "an unquoted text": Mistake(
        "'{tag} NO Acme does not know you'", "{tag} NO Acme", 17, "", ("quotes", "{tag}")
    ),
}
CONTRIBUTOR = {
    "a mistyped fault": Mistake(
        "account-locked:", "account-lockd:", 16, "imap.faults.account-lockd", ("'account-locked'",)
    ),
    "a name that is the file's": Mistake(
        "title: Acme Mail", "title: Acme Mail\nname: acme", 3, "name", ("file",)
    ),
    "a manner among the faults": Mistake(
        "    account-locked:\n      text: '{tag}",
        "    login-ok: '{tag} OK'\n    account-locked:\n      text: '{tag}",
        16,
        "imap.faults.login-ok",
        ("imap.manners",),
    ),
    "a fault among the manners": Mistake(
        "    greeting:",
        "    quota-exceeded: '{tag} NO'\n    greeting:",
        14,
        "imap.manners.quota-exceeded",
        ("imap.faults",),
    ),
    "a manner one level too high": Mistake(
        "  manners:\n    greeting:", "  greeting:", 13, "imap.greeting", ("imap.manners",)
    ),
    "a fault one level too high": Mistake(
        "  faults:\n    account-locked:\n      text: '535",
        "  account-locked:\n      text: '535",
        24,
        "smtp.account-locked",
        ("smtp.faults",),
    ),
    "American behaviour": Mistake("behaviour:", "behavior:", 22, "smtp.behavior", ("'behaviour'",)),
    "a behaviour of the other side": Mistake(
        "line-limit: 1000", "bare-names: true", 23, "smtp.behaviour.bare-names", ("imap.behaviour",)
    ),
    "capabilities without their state": Mistake(
        "  capabilities:\n    before-login: [IMAP4rev1, AUTH=PLAIN]",
        "  capabilities: [IMAP4rev1, AUTH=PLAIN]",
        11,
        "imap.capabilities",
        ("before-login",),
    ),
    "capabilities in one text": Mistake(
        "[IMAP4rev1, AUTH=PLAIN]",
        "IMAP4rev1 IDLE",
        12,
        "imap.capabilities.before-login",
        ("[IMAP4rev1, IDLE]",),
    ),
    "a capability of SMTP's form": Mistake(
        "AUTH=PLAIN]", "AUTH PLAIN]", 12, "imap.capabilities.before-login[1]", ("AUTH=PLAIN",)
    ),
    "a whole date": Mistake(
        "  seen: 2026-11\nsmtp", "  seen: 2026-11-05\nsmtp", 18, f"{_IMAP}.seen", ("2026-11",)
    ),
    "a date with a slash": Mistake(
        "  seen: 2026-11\nsmtp", "  seen: 11/2026\nsmtp", 18, f"{_IMAP}.seen", ("2026-11",)
    ),
    "an unknown circumstance": Mistake(
        "greeting:",
        "noop-ok@after-logn:",
        14,
        "imap.manners.noop-ok@after-logn",
        ("'after-login'",),
    ),
    "a host with its port": Mistake(
        "host: imap.acme.example, port: 993",
        "host: 'imap.acme.example:993', port: 993",
        8,
        "settings[0].imap.host",
        ("port",),
    ),
    "one domain without its list": Mistake(
        "[acme.example]", "acme.example", 7, "settings[0].domains", ("[acme.example]",)
    ),
    "a source that is missing": Mistake(
        "source: https://acme.example/help\n", "", 15, f"{_IMAP}.source", ("source",)
    ),
    "an encoding of another name": Mistake(
        "      text: '535",
        "      encoding: iso-8859-1\n      text: '535",
        26,
        f"{_SMTP}.encoding",
        ("latin-1",),
    ),
    "SMTP without a code": Mistake("'535 Acme", "'Acme", 26, f"{_SMTP}.text", ("three digits",)),
    "SMTP with two codes": Mistake(
        "'535 Acme does not know you'",
        "|-\n        535-Acme\n        550 Go",
        26,
        f"{_SMTP}.text",
        ("535", "550"),
    ),
    "SMTP that never ends": Mistake("'535 Acme", "'535-Acme", 26, f"{_SMTP}.text", ("535 ",)),
    "an untagged reply in IMAP": Mistake(
        "'{tag} NO Acme", "'Acme", 17, f"{_IMAP}.text", ("{tag}",)
    ),
    "replies that are neither": Mistake(
        "  manners:\n    greeting: '* OK Acme is ready'\n  faults:",
        "  replies:\n    greeting: '* OK Acme is ready'\n  faults:",
        13,
        "imap.replies",
        ("greeting, below manners", "bad-credentials, below faults"),
    ),
    "a tag by another name": Mistake("{tag} NO", "$TAG NO", 17, f"{_IMAP}.text", ("{tag}",)),
}
