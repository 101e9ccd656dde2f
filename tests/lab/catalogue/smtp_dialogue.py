"""What every SMTP server is driven into alike: the forms of commands, extensions, line ends."""

from __future__ import annotations

from tests.lab.cases import PASSWORD, USER, Case, after, b64
from tests.lab.catalogue.smtp import AUTH, EHLO, LOCAL, MAIL, REMOTE, SMALL, STARTTLS, over_tls
from tests.lab.client import CLOSED, TLS, Pipelined

UNKNOWN = "RCPT TO:<nobody@example.test>"
CHUNK = "BDAT 12\r\nSubject: x"
LAST_CHUNK = "BDAT 12 LAST\r\nSubject: x"
BODY = "Subject: x\r\n\r\n"

CHUNKS = [
    Case("BDAT, one chunk", over_tls(AUTH, MAIL, LOCAL, LAST_CHUNK)),
    Case(
        "BDAT, several chunks",
        over_tls(AUTH, MAIL, LOCAL, CHUNK, CHUNK, "BDAT 0 LAST"),
    ),
    Case("BDAT of what would end DATA", over_tls(AUTH, MAIL, LOCAL, "BDAT 7 LAST\r\n\r\n.\r\n")),
    Case("BDAT, then NOOP, then the rest", over_tls(AUTH, MAIL, LOCAL, CHUNK, "NOOP", LAST_CHUNK)),
    Case("BDAT without a size", over_tls(AUTH, MAIL, LOCAL, "BDAT", last="NOOP")),
    Case("BDAT before MAIL", over_tls(AUTH, LAST_CHUNK, "NOOP")),
    Case("BDAT before RCPT", over_tls(AUTH, MAIL, LAST_CHUNK, "NOOP")),
    Case("BDAT after an unknown recipient", over_tls(AUTH, MAIL, UNKNOWN, LAST_CHUNK, "NOOP")),
    Case("BDAT after the last chunk", over_tls(AUTH, MAIL, LOCAL, LAST_CHUNK, LAST_CHUNK)),
    Case("an empty chunk", over_tls(AUTH, MAIL, LOCAL, "BDAT 0")),
    Case("MAIL between chunks", over_tls(AUTH, MAIL, LOCAL, CHUNK, MAIL)),
    Case("RCPT between chunks", over_tls(AUTH, MAIL, LOCAL, CHUNK, LOCAL)),
    Case("DATA between chunks", over_tls(AUTH, MAIL, LOCAL, CHUNK, "DATA")),
]

EXTENSIONS = [
    Case(
        "pipelined commands",
        over_tls(AUTH, Pipelined((MAIL, LOCAL, UNKNOWN, "DATA")), SMALL),
    ),
    Case(
        "pipelined commands, all refused",
        over_tls(AUTH, Pipelined((MAIL, UNKNOWN, UNKNOWN, "DATA")), "RSET"),
    ),
    Case(
        "pipelined to the end",
        (TLS, EHLO, AUTH, Pipelined((MAIL, LOCAL, LAST_CHUNK, "QUIT")), CLOSED),
    ),
    Case("SIZE and BODY", over_tls(AUTH, f"{MAIL} SIZE=100 BODY=8BITMIME", "RSET")),
    Case("parameters in lower case", over_tls(AUTH, "mail from:<a@b.test> size=9 body=7bit")),
    Case("SIZE that is no number", over_tls(AUTH, f"{MAIL} SIZE=ten")),
    Case("BODY that is unknown", over_tls(AUTH, f"{MAIL} BODY=BASE64")),
    Case("BODY=BINARYMIME, not offered", over_tls(AUTH, f"{MAIL} BODY=BINARYMIME")),
    Case("AUTH= at MAIL", over_tls(AUTH, f"{MAIL} AUTH=<>")),
    Case("RET and ENVID", over_tls(AUTH, f"{MAIL} RET=HDRS ENVID=abc")),
    Case("NOTIFY and ORCPT", over_tls(AUTH, MAIL, f"{REMOTE} NOTIFY=NEVER")),
    Case(
        "UTF-8 addresses",
        over_tls(AUTH, "MAIL FROM:<j\xc3\xb6@b.test> SMTPUTF8", "RCPT TO:<j\xc3\xb6@c.test>"),
    ),
    Case("UTF-8 addresses without SMTPUTF8", over_tls(AUTH, "MAIL FROM:<j\xc3\xb6@b.test>")),
    Case("8-bit content", over_tls(AUTH, MAIL, LOCAL, "DATA", f"{BODY}\xe9\r\n.")),
    Case("unknown parameter of RCPT", over_tls(AUTH, MAIL, f"{REMOTE} FOO=bar")),
]

LINES = [
    Case("a command of 600 bytes", over_tls("NOOP " + "x" * 595)),
    Case("a command of 2100 bytes", over_tls("NOOP " + "x" * 2095)),
    Case(
        "a line of 1200 bytes in a message",
        over_tls(AUTH, MAIL, LOCAL, "DATA", f"{BODY}{'y' * 1200}\r\n."),
    ),
    Case(
        "dots at the beginning of lines",
        over_tls(AUTH, MAIL, LOCAL, "DATA", f"{BODY}..\r\n...\r\n.x\r\n.", "NOOP"),
    ),
    Case("an empty message", over_tls(AUTH, MAIL, LOCAL, "DATA", ".")),
    *(
        Case(f"{name} in a message", (TLS, EHLO, AUTH, MAIL, LOCAL, "DATA", content, CLOSED))
        for name, content in {
            "LF.LF": f"{BODY}a\n.\nb\r\n.",
            "CRLF.LF": f"{BODY}a\r\n.\nb\r\n.",
            "LF.CRLF": f"{BODY}a\n.\r\nb\r\n.",
            "CR.CR": f"{BODY}a\r.\rb\r\n.",
            "LF only": "Subject: x\n\na\n.\nNOOP",
        }.items()
    ),
    Case("commands ended by LF", over_tls("NOOP\nNOOP", "RSET")),
    Case("a CR in a command", over_tls("NO\rOP")),
    Case("an empty line", over_tls("", " ")),
    Case("a NUL in a command", over_tls("NO\0OP")),
    Case("bytes that are no UTF-8", over_tls("\xe9HLO x")),
    Case("white space before a command", over_tls(" NOOP")),
]

FORMS = [
    Case("two messages", over_tls(AUTH, MAIL, LOCAL, "DATA", SMALL, MAIL, REMOTE, "DATA", SMALL)),
    Case("the null sender", over_tls(AUTH, "MAIL FROM:<>", LOCAL)),
    Case("MAIL without an address", over_tls(AUTH, "MAIL FROM:")),
    Case("MAIL with no path", over_tls(AUTH, "MAIL TO:<a@b.test>")),
    Case("MAIL without a domain", over_tls(AUTH, "MAIL FROM:<anna>")),
    Case("MAIL without brackets", over_tls(AUTH, "MAIL FROM:a@b.test")),
    Case("MAIL with a source route", over_tls(AUTH, "MAIL FROM:<@r.test:a@b.test>")),
    Case("RCPT without TO", over_tls(AUTH, MAIL, "RCPT")),
    Case("RCPT without an address", over_tls(AUTH, MAIL, "RCPT TO:")),
    Case("RCPT to nobody", over_tls(AUTH, MAIL, "RCPT TO:<>")),
    Case("RCPT to postmaster", over_tls(AUTH, MAIL, "RCPT TO:<postmaster>")),
    Case("RCPT without a domain", over_tls(AUTH, MAIL, "RCPT TO:<bob>")),
    Case("RCPT with a bad domain", over_tls(AUTH, MAIL, "RCPT TO:<a@b..c>")),
    Case("DATA with an argument", over_tls(AUTH, MAIL, LOCAL, "DATA now", "RSET")),
    Case("DATA after different refusals", over_tls(AUTH, MAIL, UNKNOWN, "RCPT TO:<>", "DATA")),
    Case("RSET with an argument", over_tls("RSET now")),
    Case("RSET in a message", over_tls(AUTH, MAIL, LOCAL, "RSET", LOCAL)),
    Case("EHLO in a message", over_tls(AUTH, MAIL, LOCAL, EHLO, LOCAL)),
    Case("NOOP and QUIT with arguments", over_tls("NOOP now", last="QUIT now")),
    Case("HELP with an argument", over_tls("HELP MAIL")),
    Case("VRFY of nobody", over_tls("VRFY nobody@example.test")),
    Case("VRFY without an address", over_tls("VRFY")),
    Case("VRFY of half an address", over_tls("VRFY anna")),
    Case("ETRN", over_tls("ETRN example.test")),
    Case("HELO without a name", after(TLS, "HELO", goodbye="QUIT")),
    Case("HELO, then AUTH", after(TLS, "HELO client.test", AUTH, goodbye="QUIT")),
    Case("EHLO with an address literal", after(TLS, "EHLO [127.0.0.1]", goodbye="QUIT")),
    Case("EHLO with two words", after(TLS, "EHLO client test", goodbye="QUIT")),
    Case("EHLO with an underscore", after(TLS, "EHLO my_client", goodbye="QUIT")),
    Case(
        "RCPT, DATA, RSET before EHLO",
        after(TLS, LOCAL, "DATA", "RSET", goodbye="QUIT"),
        why="Exim repeats the code, too, of a refusal in its own words",
    ),
    Case(
        "STARTTLS with an argument",
        after(EHLO, "STARTTLS now", goodbye="QUIT"),
        "starttls",
        STARTTLS,
    ),
    Case("STARTTLS before EHLO", ("STARTTLS",), "starttls", STARTTLS),
    Case("AUTH with too many words", over_tls("AUTH PLAIN a b")),
    Case("AUTH with an empty initial response", over_tls("AUTH PLAIN =")),
    Case("AUTH answered by an empty line", over_tls("AUTH PLAIN", "")),
    Case("AUTH LOGIN with the name at once", over_tls(f"AUTH LOGIN {b64(USER)}", b64(PASSWORD))),
    Case("AUTH LOGIN cancelled at the password", over_tls("AUTH LOGIN", b64(USER), "*")),
    Case("AUTH LOGIN malformed at the password", over_tls("AUTH LOGIN", b64(USER), "!!!")),
    Case("AUTH, bad and then good", over_tls("AUTH PLAIN AGEAYQ==", AUTH)),
]

CASES = [*CHUNKS, *EXTENSIONS, *LINES, *FORMS]
