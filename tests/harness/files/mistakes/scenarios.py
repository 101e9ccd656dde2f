"""Mistakes in scenarios: of QA engineers, who write many, and of support, who write one."""

from tests.harness.files.mistakes import Mistake

FOLDER = "unauthorized"
RIGHT = """\
# yaml-language-server: $schema=../scenario.schema.json
title: Acme refuses the password
reproduces: unauthorized
stage: imap-login
cause: bad-credentials
source: https://acme.example/help
dialect: plain
timeout-s: 5
imap:
  security: starttls
  mechanisms: [PLAIN, LOGIN]
  rules:
    - when: {event: login, password: wrong}
      then: {text: "{tag} NO [AUTHENTICATIONFAILED] Who is {user}?"}
smtp:
  security: cleartext
  max-message-bytes: 1000
customer:
  password: wrong
remedy:
  - advice: confirm-address-and-password
    apply: {customer: {password: account}}
"""
_RULE = "imap.rules[0]"
_TEXT = f"{_RULE}.then.text"
_WHEN = "when: {event: login, password: wrong}"
_THEN = '{text: "{tag} NO [AUTHENTICATIONFAILED] Who is {user}?"}'
_SMTP_RULE = "smtp:\n  rules:\n    - "

LISTED = {
    "a reply without a tag": Mistake('"{tag} NO', '"NO', 14, _TEXT, ("{tag}",)),
    "an unknown placeholder": Mistake("{user}", "{usr}", 14, _TEXT, ("'usr'", "'user'")),
    "a stage in another order": Mistake("imap-login", "login-imap", 4, "stage", ("'imap-login'",)),
    "a folder that disagrees": Mistake(
        "reproduces: unauthorized\nstage: imap-login\ncause: bad-credentials",
        "reproduces: imap-authentication-error\nstage: imap-login\ncause: temporary-failure",
        3,
        "reproduces",
        ("'unauthorized'", "folder"),
    ),
    "STARTTLS fails where there is none": Mistake(
        "unauthorized\nstage: imap-login\ncause: bad-credentials",
        "smtp-settings-incorrect\nstage: smtp-starttls\ncause: starttls-refused",
        4,
        "stage",
        ("smtp-starttls", "cleartext"),
    ),
    "end-of-data in IMAP": Mistake(
        "event: login, password: wrong", "event: end-of-data", 13, f"{_RULE}.when.event", ("smtp",)
    ),
    "TLS in cleartext": Mistake(
        "smtp:\n",
        _SMTP_RULE + "{when: {event: tls}, then: close}\n",
        17,
        "smtp.rules[0].when.event",
        ("cleartext",),
    ),
    "minutes and seconds": Mistake("timeout-s: 5", "timeout-s: 1:30", 8, "timeout-s", ("90",)),
    "a leading zero": Mistake("timeout-s: 5", "timeout-s: 010", 8, "timeout-s", ("10",)),
    "a unit": Mistake("timeout-s: 5", "timeout-s: 5s", 8, "timeout-s", ("write 5",)),
    "ports": Mistake("max-message-bytes: 1000", "ports: 25", 17, "smtp.ports", ("'port'",)),
    "ports at the top": Mistake("timeout-s: 5", "ports: 25", 8, "ports", ("imap.port",)),
    "rules at the top": Mistake(
        "timeout-s: 5", "rules: []", 8, "rules", ("imap.rules", "smtp.rules")
    ),
    "no that is false": Mistake(
        "event: login, password: wrong",
        "event: command, command: [no]",
        13,
        "when.command[0]",
        ("quotes",),
    ),
    "braces for nothing": Mistake("Who is {user}?", "{5}}", 14, _TEXT, ("}}",)),
}

QA = {
    "another name of the time-out": Mistake(
        "timeout-s: 5", "timeout: 5", 8, "timeout", ("'timeout-s'",)
    ),
    "milliseconds": Mistake("timeout-s: 5", "timeout-ms: 5000", 8, "timeout-ms", ("'timeout-s'",)),
    "a stage in capitals": Mistake("imap-login", "IMAP-LOGIN", 4, "stage", ("'imap-login'",)),
    "a stage with an underscore": Mistake(
        "imap-login", "imap_login", 4, "stage", ("'imap-login'",)
    ),
    "half a stage": Mistake("stage: imap-login", "stage: login", 4, "stage", ("'imap-login'",)),
    "an action called delay": Mistake(_THEN, "{delay: 5}", 14, f"{_RULE}.then", ("'delay-s'",)),
    "an action called sleep": Mistake(_THEN, "{sleep: 5}", 14, f"{_RULE}.then", ("'delay-s'",)),
    "an action called disconnect": Mistake(_THEN, "disconnect", 14, f"{_RULE}.then", ("'close'",)),
    "an action called send": Mistake(_THEN, "{send: '{tag} NO'}", 14, f"{_RULE}.then", ("'text'",)),
    "two actions in one mapping": Mistake(
        _THEN, "{delay-s: 2, reply: bad-credentials}", 14, f"{_RULE}.then", ("list", "- ")
    ),
    "an answer of HTTP with two bodies": Mistake(
        _THEN,
        "{http: {json: {}, html: x}}",
        14,
        f"{_RULE}.then.http",
        ("one body, not json and html",),
    ),
    "a brace in an answer of HTTP": Mistake(
        _THEN,
        "{http: {text: 'a {b'}}",
        14,
        f"{_RULE}.then.http.text",
        ("written twice: {{",),
    ),
    "no header field": Mistake(
        _THEN,
        "{http: {text: a, headers: {Content-Length: '3'}}}",
        14,
        f"{_RULE}.then.http.headers.Content-Length",
        ("'Content-Length' is no name",),
    ),
    "words for an action": Mistake(_THEN, "'{tag} NO Go away'", 14, f"{_RULE}.then", ("{text: ",)),
    "a bare event": Mistake(_WHEN, "when: login", 13, f"{_RULE}.when", ("{event: login}",)),
    "on for when": Mistake("when:", "on:", 13, f"{_RULE}.on", ("'when'",)),
    "an event in capitals": Mistake("event: login", "event: LOGIN", 13, "event", ("'login'",)),
    "a command as an event": Mistake(
        _WHEN, "when: {event: SELECT}", 13, "event", ("command: SELECT",)
    ),
    "a verb of SMTP in IMAP": Mistake(
        "event: login, password: wrong",
        "event: command, command: RCPT",
        13,
        "when.command",
        ("RCPT", "smtp"),
    ),
    "a command in small letters": Mistake(
        "event: login, password: wrong",
        "event: command, command: select",
        13,
        "when.command",
        ("'SELECT'",),
    ),
    "all of a command": Mistake(
        "smtp:\n",
        _SMTP_RULE + '{when: {event: command, command: "RCPT TO"}, then: close}\n',
        17,
        "when.command",
        ("'RCPT'",),
    ),
    "a command without its event": Mistake(
        "event: login, password: wrong",
        "command: SELECT",
        13,
        f"{_RULE}.when.event",
        ("command",),
    ),
    "a password at the greeting": Mistake(
        "event: login, password: wrong",
        "event: greeting, password: wrong",
        13,
        "when.password",
        ("event: login",),
    ),
    "a recipient in IMAP": Mistake(
        "password: wrong}\n      then",
        "recipient: local}\n      then",
        13,
        "when.recipient",
        ("smtp",),
    ),
    "a mechanism that is not offered": Mistake(
        "event: login, password: wrong",
        "event: login, mechanism: XOAUTH2",
        13,
        "when.mechanism",
        ("mechanisms",),
    ),
    "one rule without its dash": Mistake(
        "    - when: {event: login, password: wrong}\n      then",
        "    when: {event: login, password: wrong}\n    then",
        12,
        "imap.rules",
        ("- ",),
    ),
    "TLS for two things": Mistake(
        "security: starttls", "security: tls", 10, "imap.security", ("implicit-tls", "starttls")
    ),
    "TLS versions that are numbers": Mistake(
        "mechanisms: [PLAIN, LOGIN]",
        "tls: {versions: [1.2]}",
        11,
        "imap.tls.versions[0]",
        ('"1.2"',),
    ),
    "a version for all of TLS": Mistake(
        "mechanisms: [PLAIN, LOGIN]", "tls: 1.2", 11, "imap.tls", ("versions",)
    ),
    "mechanisms in one text": Mistake(
        "[PLAIN, LOGIN]", "PLAIN LOGIN", 11, "imap.mechanisms", ("[PLAIN, LOGIN]",)
    ),
    "how often in words": Mistake(
        "      then:", "      times: twice\n      then:", 14, f"{_RULE}.times", ("2",)
    ),
    "cases as a list": Mistake("timeout-s: 5", "cases: [one, two]", 8, "cases", ("one:",)),
    "a reply under when": Mistake(
        "password: wrong}\n", "reply: bad-credentials}\n", 13, "when.reply", ("then",)
    ),
    "bytes with a unit": Mistake(
        "bytes: 1000", "bytes: 10MB", 17, "smtp.max-message-bytes", ("10000000",)
    ),
    "bytes with separators": Mistake(
        "bytes: 1000", "bytes: 10,000", 17, "smtp.max-message-bytes", ("10000",)
    ),
}

SUPPORT = {
    "a capital key": Mistake("title:", "Title:", 2, "Title", ("'title'",)),
    "a host for the server": Mistake(
        "max-message-bytes: 1000",
        "host: mail.acme.example",
        17,
        "smtp.host",
        ("customer.smtp.host",),
    ),
    "a user name at the top": Mistake(
        "timeout-s: 5", "username: anna", 8, "username", ("account.username", "customer.username")
    ),
    "the real password": Mistake(
        "password: wrong\nremedy",
        "password: Summer25\nremedy",
        19,
        "customer.password",
        ("literal",),
    ),
    "a remedy that is only named": Mistake(
        "  - advice: confirm-address-and-password\n    apply: {customer: {password: account}}",
        "  confirm-address-and-password",
        20,
        "remedy",
        ("advice: confirm-address-and-password",),
    ),
    "an advice of one's own": Mistake(
        "advice: confirm-address-and-password",
        "advice: ask-the-administrator",
        21,
        "remedy[0].advice",
        ("on bad-credentials there is: confirm-address-and-password",),
    ),
    "a remedy's change by another name": Mistake(
        "    apply:", "    change:", 22, "remedy[0].change", ("apply",)
    ),
    "an advice for a cause": Mistake(
        "cause: bad-credentials", "cause: wrong-password", 5, "cause", ("bad-credentials",)
    ),
    "the client's own tag": Mistake('"{tag} NO', '"A1 NO', 14, _TEXT, ("{tag}",)),
    "SMTP's words in IMAP": Mistake(
        '"{tag} NO [AUTHENTICATIONFAILED] Who is {user}?"',
        '"535 5.7.8 Authentication failed"',
        14,
        _TEXT,
        ("SMTP", "{tag} NO"),
    ),
    "SMTP without a code": Mistake(
        "smtp:\n",
        _SMTP_RULE + "{when: {event: login}, then: {text: Authentication failed}}\n",
        17,
        "smtp.rules[0].then.text",
        ("three digits",),
    ),
    "another's placeholder": Mistake("{user}", "{username}", 14, _TEXT, ("'user'",)),
    "a shell's placeholder": Mistake("{user}", "${user}", 14, _TEXT, ("{user}",)),
    "a placeholder in capitals": Mistake("{user}", "{USER}", 14, _TEXT, ("'user'",)),
    "nothing said of the dialect": Mistake("dialect: plain", "dialect:", 7, "dialect", ("empty",)),
    "a provider's name": Mistake("dialect: plain", "dialect: Gmail", 7, "dialect", ("'gmail'",)),
    "a provider's company": Mistake(
        "dialect: plain", "dialect: google", 7, "dialect", ("'gmail'",)
    ),
    "a dialect that is a file which is not there": Mistake(
        "dialect: plain", "dialect: ./acme.yaml", 7, "dialect", ("no such file",)
    ),
    "a source that is empty": Mistake(
        "source: https://acme.example/help", 'source: ""', 6, "source", ("at least 1 character",)
    ),
    "the documented error by its title": Mistake(
        "reproduces: unauthorized",
        "reproduces: Unauthorized",
        3,
        "reproduces",
        ("'unauthorized'",),
    ),
}
