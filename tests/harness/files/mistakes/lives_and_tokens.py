"""Mistakes in scenarios of accounts with tokens, in lives, and where one file is several cases."""

from tests.harness.files.mistakes import Mistake

TOKENS = """\
# yaml-language-server: $schema=../scenario.schema.json
title: The token has expired
reproduces: unauthorized
stage: imap-login
cause: token-expired
source: https://acme.example/help
dialect: outlook
customer:
  oauth2:
    access-token: expired
    expiry: untold
    refresh-token: valid
    grant: refresh_token
oauth:
  issuing: {tokens: jwt, expires-in-s: 3599, rotates: true}
  rules:
    - when: {event: token-request, grant: refresh_token, client: unknown}
      then: {reply: oauth-client-refused}
mailbox:
  folders:
    - Customers/Acme
    - {name: Spam, special-use: \\Junk}
  messages:
    - headers: {Subject: Invoice}
      text: See below.
      flags: [\\Seen]
      received: 2026-01-02T03:04:05Z
remedy:
  - advice: reconnect-account
    apply: {customer: {oauth2: {access-token: valid}}}
"""
LIFE = """\
# yaml-language-server: $schema=../scenario.schema.json
title: The directory is away
reproduces: imap-authentication-error
stage: imap-login
cause: temporary-failure
source: https://acme.example/help
imap:
  rules:
    - when: {event: login, failures: {per: address, at-least: 9}}
      then: {reply: ip-blocked}
    - when: {event: login, state: outage}
      then: {reply: temporary-failure}
life:
  - until: connected
  - change: {state: [outage]}
  - cut: fin
  - says: imap-authentication-error
  - at-most: {log-ins: 6}
    for-s: 5
  - remedy: retry-later
  - says: connected
remedy:
  - advice: retry-later
    apply: {state: []}
"""
MATRIX = """\
# yaml-language-server: $schema=../scenario.schema.json
title: <dialect> refuses the password
reproduces: unauthorized
stage: imap-login
cause: bad-credentials
source: https://acme.example/help
dialect: <dialect>
matrix:
  dialect: [gmail, yahoo]
cases:
  yahoo:
    notes: x
customer: {password: wrong}
imap:
  rules:
    - when: {event: login, password: wrong}
      then: {reply: bad-credentials}
remedy:
  - advice: confirm-address-and-password
    apply: {customer: {password: account}}
"""
BREAKS = """\
# yaml-language-server: $schema=../scenario.schema.json
title: The password is changed
breaks-into: unauthorized/bad-password-imap[gmail]
"""
MISTAKES_IN_TOKENS = {
    "a token's state that is mistyped, in a rule": Mistake(
        "grant: refresh_token, client: unknown",
        "refresh-token: expird",
        17,
        "oauth.rules[0].when.refresh-token",
        ("did you mean 'expired'?",),
    ),
    "the same where a password may stand": Mistake(
        "event: token-request, grant: refresh_token, client: unknown",
        "event: token-request, password: token-expird",
        17,
        "oauth.rules[0].when.password",
        ("did you mean 'token-expired'?",),
    ),
    "a circumstance that no rule asks for": Mistake(
        "customer:\n", "state: [expird]\ncustomer:\n", 8, "state[0]", ("no rule asks for 'expird'",)
    ),
    "the same of what was connected": Mistake(
        "access-token: expired",
        "access-token: expird",
        10,
        "customer.oauth2.access-token",
        ("did you mean 'expired'?",),
    ),
    "false for a word": Mistake(
        "expiry: untold",
        "expiry: false",
        11,
        "customer.oauth2.expiry",
        ("yes, no, on, off, true and false are no words unless in quotes",),
    ),
    "the server's key for the customer's": Mistake(
        "  oauth2:\n    access-token",
        "  oauth:\n    access-token",
        9,
        "customer.oauth",
        ("did you mean 'oauth2'?",),
    ),
    "a grant with a dash": Mistake(
        "grant: refresh_token\noauth",
        "grant: refresh-token\noauth",
        13,
        "customer.oauth2.grant",
        ("did you mean 'refresh_token'?",),
    ),
    "a key of RFC 6749": Mistake(
        "expires-in-s: 3599",
        "expires_in: 3599",
        15,
        "oauth.issuing.expires_in",
        ("did you mean 'expires-in-s'?",),
    ),
    "an hour": Mistake(
        "expires-in-s: 3599", "expires-in-s: 1h", 15, "oauth.issuing.expires-in-s", ("write 3600",)
    ),
    "capitals": Mistake(
        "tokens: jwt", "tokens: JWT", 15, "oauth.issuing.tokens", ("did you mean 'jwt'?",)
    ),
    "half a reply": Mistake(
        "reply: oauth-client-refused",
        "reply: client-refused",
        18,
        "oauth.rules[0].then.reply",
        ("did you mean 'oauth-client-refused'?",),
    ),
    "half an event": Mistake(
        "event: token-request",
        "event: token",
        17,
        "oauth.rules[0].when.event",
        ("did you mean 'token-request'?",),
    ),
    "a special use without its backslash": Mistake(
        "special-use: \\Junk",
        "special-use: Junk",
        22,
        "mailbox.folders[1].special-use",
        ("did you mean '\\Junk'?",),
    ),
    "a special use of another name": Mistake(
        "special-use: \\Junk",
        "special-use: \\Spam",
        22,
        "mailbox.folders[1].special-use",
        ("did you mean '\\Junk'?",),
    ),
    "a system flag without its backslash": Mistake(
        "flags: [\\Seen]",
        "flags: [Seen]",
        26,
        "mailbox.messages[0].flags[0]",
        ("did you mean \\Seen?",),
    ),
    "a moment in words": Mistake(
        "received: 2026-01-02T03:04:05Z",
        "received: yesterday",
        27,
        "mailbox.messages[0].received",
        ("expected a moment, such as 2027-01-31T09:30:00Z",),
    ),
    "the body of a message": Mistake(
        "text: See below.",
        "body: See below.",
        25,
        "mailbox.messages[0].body",
        ("did you mean 'text'?",),
    ),
    "a header beside the headers": Mistake(
        "headers: {Subject: Invoice}",
        "subject: Invoice",
        24,
        "mailbox.messages[0].subject",
        ("write headers: {Subject: …}",),
    ),
    "a folder that is mistyped": Mistake(
        "text: See below.",
        "folder: Customers/Acm\n      text: See below.",
        25,
        "mailbox.messages[0].folder",
        ("did you mean 'Customers/Acme'?",),
    ),
    "a token that is no password": Mistake(
        "apply: {customer: {oauth2: {access-token: valid}}}",
        "apply: {customer: {access-token: valid}}",
        30,
        "remedy[0].apply.customer.access-token",
        ("unknown key; it belongs at customer.oauth2.access-token",),
    ),
}
MISTAKES_IN_LIFE = {
    "another form of idle": Mistake(
        "until: connected", "until: idling", 14, "life[0].until", ("did you mean 'idle'?",)
    ),
    "an end in the words of sockets": Mistake(
        "cut: fin", "cut: close", 16, "life[2].cut", ("did you mean 'fin'?",)
    ),
    "another one": Mistake("cut: fin", "cut: reset", 16, "life[2].cut", ("did you mean 'rst'?",)),
    "the plural of life": Mistake("life:\n", "lives:\n", 13, "lives", ("did you mean 'life'?",)),
    "the steps by their name": Mistake(
        "life:\n", "steps:\n", 13, "steps", ("did you mean 'life'?",)
    ),
    "a pause by another name": Mistake(
        "cut: fin", "sleep-s: 2", 16, "life[2].sleep-s", ("did you mean 'wait-s'?",)
    ),
    "well in other words": Mistake(
        "says: connected\nremedy",
        "says: ok\nremedy",
        21,
        "life[6].says",
        ("did you mean 'connected'?",),
    ),
    "how often, of what": Mistake(
        "at-most: {log-ins: 6}",
        "at-most: 6",
        18,
        "life[4].at-most",
        ("expected a mapping; write {log-ins: 6} or {connections: 6} or {sends: 6}",),
    ),
    "a time without its unit": Mistake(
        "    for-s: 5", "    for: 5", 19, "life[4].for", ("did you mean 'for-s'?",)
    ),
    "a window for what happens": Mistake(
        "cut: fin",
        "cut: fin\n    within-s: 5",
        16,
        "life[2]",
        ("within-s means nothing beside cut",),
    ),
    "two steps in one": Mistake(
        "cut: fin",
        "cut: fin\n    deliver: 1",
        16,
        "life[2]",
        ("expected one of cut, deliver in a step",),
    ),
    "a port that is closed": Mistake(
        "cut: fin", "down-s: 5\n    port: closed", 17, "life[2].port", ("did you mean 'refused'?",)
    ),
    "an INBOX that is deleted": Mistake(
        "cut: fin", "inbox: deleted", 16, "life[2].inbox", ("did you mean 'gone'?",)
    ),
    "a step without its value": Mistake(
        "  - cut: fin", "  - cut", 16, "life[2]", ("write {cut: …}",)
    ),
    "a circumstance that is mistyped": Mistake(
        "change: {state: [outage]}",
        "change: {state: [outtage]}",
        15,
        "life[1].change.state[0]",
        ("did you mean 'outage'?",),
    ),
}
MISTAKES_IN_MATRIX = {
    "an axis in braces": Mistake(
        "dialect: <dialect>\n",
        "dialect: {dialect}\n",
        7,
        "dialect",
        ("write <dialect> for an axis of the matrix",),
    ),
    "the same in quotes": Mistake(
        "dialect: <dialect>\n",
        "dialect: '{dialect}'\n",
        7,
        "dialect",
        ("no dialect is called '{dialect}'; an axis of the matrix is written <dialect>",),
    ),
    "an axis of a shell": Mistake(
        "dialect: <dialect>\n",
        "dialect: $dialect\n",
        7,
        "dialect",
        ("no dialect is called '$dialect'; an axis of the matrix is written <dialect>",),
    ),
    "an axis that there is not": Mistake(
        "dialect: <dialect>\n",
        "dialect: <dialec>\n",
        7,
        "dialect",
        ("no dialect is called '<dialec>'; no axis of the matrix is called so",),
    ),
    "the plural of matrix": Mistake(
        "matrix:", "matrices:", 8, "matrices", ("did you mean 'matrix'?",)
    ),
}
MISTAKES_IN_BREAKS = {
    "half a key": Mistake("breaks-into:", "breaks:", 3, "breaks", ("did you mean 'breaks-into'?",)),
    "a case that is mistyped": Mistake(
        "unauthorized/bad-password-imap[gmail]",
        "unauthorized/bad-password-imap[gmial]",
        3,
        "breaks-into",
        ("did you mean 'unauthorized/bad-password-imap[gmail]'?",),
    ),
}
