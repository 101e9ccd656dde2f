"""Mistakes in connector files, mappings, baselines and policies."""

from tests.harness.files.mistakes import Mistake

MAPPING = """\
connector: node check.js
does:
  services: [imap, smtp]
  sends: false
policy:
  no-logout: {level: error, reason: our gateway counts}
  retried-at-once: {level: note, reason: the pool does so}
rules:
  - code: E_AUTH
    means: unauthorized
  - message: '(?i)certificate'
    means: {error: unauthorized-untrusted-certificate, cause: self-signed-certificate}
"""
MISTAKES_IN_MAPPINGS = {
    "a stage at which that error never happens": Mistake(
        "means: unauthorized\n",
        "means: {error: unauthorized, stage: smtp-rcpt}\n",
        10,
        "rules[0].means.stage",
        ("smtp-rcpt never gives 'unauthorized'; it gives: test-email-failed",),
    ),
    "a cause of another stage": Mistake(
        "means: unauthorized\n",
        "means: {error: unauthorized, stage: imap-login, cause: refused}\n",
        10,
        "rules[0].means.cause",
        ("'refused' is not possible at imap-login; possible at: imap-connect, smtp-connect",),
    ),
    "a cause of another error": Mistake(
        "cause: self-signed-certificate",
        "cause: bad-credentials",
        12,
        "rules[1].means.cause",
        ("'bad-credentials' never gives 'unauthorized-untrusted-certificate'",),
    ),
    "a cause of what is well": Mistake(
        "means: unauthorized\n",
        "means: {error: connected, cause: refused}\n",
        10,
        "rules[0].means.cause",
        ("whoever says 'connected' names none",),
    ),
    "an unknown error": Mistake(
        "means: unauthorized\n", "means: unauthorised\n", 10, "rules[0].means", ("'unauthorized'",)
    ),
    "two errors in a sentence": Mistake(
        "means: unauthorized\n",
        "means: unauthorized or connected\n",
        10,
        "rules[0].means",
        ("write [unauthorized, connected]",),
    ),
    "a rule without its meaning": Mistake(
        "    means: unauthorized\n", "", 9, "rules[0].means", ("required",)
    ),
    "a word of another language": Mistake(
        "sends: false", "sends: nope", 4, "does.sends", ("true or false",)
    ),
    "an unknown violation": Mistake(
        "no-logout:", "no-logot:", 6, "policy.no-logot", ("'no-logout'",)
    ),
    "a decision without a reason": Mistake(
        "{level: note, reason: the pool does so}", "note", 7, "policy.retried-at-once", ("reason",)
    ),
    "a level of another tool": Mistake(
        "{level: error, reason: our gateway counts}",
        "warning",
        6,
        "policy.no-logout",
        ("error, note, off",),
    ),
    "no pattern": Mistake(
        "'(?i)certificate'", "'(certificate'", 11, "rules[1].message", ("regular expression",)
    ),
    "a backslash in double quotes": Mistake(
        "'(?i)certificate'", '"\\d+ certificate"', 11, "", ("backslash", "single")
    ),
    "a policy at the wrong place": Mistake(
        "connector: node check.js", "no-quit: off", 1, "no-quit", ("policy",)
    ),
    "a capability at the top": Mistake(
        "connector: node check.js", "sends: false", 1, "sends", ("does",)
    ),
    "rules without a dash": Mistake(
        "  - code: E_AUTH\n    means: unauthorized\n  - message: '(?i)certificate'\n"
        "    means: {error: unauthorized-untrusted-certificate, cause: self-signed-certificate}\n",
        "  code: E_AUTH\n  means: unauthorized\n",
        8,
        "rules",
        ("- ",),
    ),
    "a tab": Mistake("  sends", "\tsends", 4, "", ("tab",)),
    "a plural": Mistake("connector: node", "connectors: node", 1, "connectors", ("'connector'",)),
    "a capability in Python's spelling": Mistake(
        "  sends: false", "  opens_inbox: false", 4, "does.opens_inbox", ("'opens-inbox'",)
    ),
}

BASELINE = """\
accepted:
  - id: unauthorized/bad-password-imap[gmail]
    verdict: wrong
    reason: known
    until: 2027-01-31
"""
MISTAKES_IN_BASELINES = {
    "a day in words": Mistake("2027-01-31", "next year", 5, "accepted[0].until", ("2027-01-31",)),
    "a date of another country": Mistake(
        "2027-01-31", "31.01.2027", 5, "accepted[0].until", ("2027-01-31",)
    ),
    "a verdict of another name": Mistake(
        "verdict: wrong", "verdict: failed", 3, "accepted[0].verdict", ("wrong",)
    ),
    "no reason": Mistake("    reason: known\n", "", 2, "accepted[0].reason", ("required",)),
    "a bare list": Mistake(
        "accepted:\n  - id: unauthorized/bad-password-imap[gmail]\n    verdict: wrong\n"
        "    reason: known\n    until: 2027-01-31\n",
        "- id: unauthorized/bad-password-imap[gmail]\n",
        1,
        "",
        ("accepted",),
    ),
}
