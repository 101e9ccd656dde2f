"""What is no YAML, or other YAML than is meant; of the scenario that is right."""

from tests.harness.files.mistakes import Mistake
from tests.harness.files.mistakes.scenarios import RIGHT as RIGHT

_THEN = '{text: "{tag} NO [AUTHENTICATIONFAILED] Who is {user}?"}'
_TITLE = "title: Acme refuses the password"

LISTED = {
    "a tab": Mistake("  security: starttls", "\tsecurity: starttls", 10, "", ("tab", "spaces")),
    "no space after a colon": Mistake("dialect: plain", "dialect:plain", 7, "", ("'dialect: ",)),
    "an unquoted placeholder": Mistake(
        _THEN, "\n        text: {tag} NO Go away", 15, "", ("quotes", "{tag}")
    ),
    "an unquoted star": Mistake(_THEN, "\n        text: * BYE Go away", 15, "", ("quotes", "'*'")),
    "an unquoted at": Mistake("https://acme.example/help", "@acme", 6, "", ("quotes", "'@'")),
    "an unquoted per cent": Mistake(_TITLE, "title: %s is refused", 2, "", ("quotes", "'%'")),
    "a colon in a plain text": Mistake(
        _TITLE, "title: Acme: the password is refused", 2, "", ("quotes", "': '")
    ),
    "a quote that is not closed": Mistake(_TITLE, 'title: "Acme refuses', 2, "", ("quote", '"')),
    "a line further in": Mistake("  mechanisms:", "   mechanisms:", 11, "", ("indent", "line 10")),
    "a line further out": Mistake("  mechanisms:", " mechanisms:", 11, "", ("indent",)),
    "a key twice": Mistake("dialect: plain", "title: Acme", 7, "title", ("twice", "line 2")),
}
OWN = {
    "quotes of a word processor": Mistake(_THEN, "{text: “{tag} NO Go away”}", 14, "", ("“", '"')),
    "a no-break space": Mistake(
        "  security: starttls", "\u00a0\u00a0security: starttls", 10, "", ("no-break space",)
    ),
    "a dash of a word processor": Mistake(
        "  - advice: confirm-address-and-password\n    apply",
        "  \u2013 advice: confirm-address-and-password\n    apply",
        21,
        "",
        ("\u2013", "'- '"),
    ),
    "no space after a dash": Mistake(
        "    - when: {event", "    -when: {event", 13, "", ("'- when",)
    ),
    "a brace that is not closed": Mistake(
        "{event: login, password: wrong}", "{event: login, password: wrong", 13, "", ("}",)
    ),
    "a bracket that is not closed": Mistake("[PLAIN, LOGIN]", "[PLAIN, LOGIN", 11, "", ("]",)),
    "a quote inside quotes": Mistake(_TITLE, "title: 'Acme's server refuses'", 2, "", ("''",)),
    "an equals sign": Mistake("dialect: plain", "dialect = plain", 7, "", ("'dialect: ",)),
    "an unquoted grave accent": Mistake(
        _TITLE, "title: `AUTH` is refused", 2, "", ("quotes", "'`'")
    ),
    "two keys on one line": Mistake(
        "imap:\n  security: starttls\n", "imap: security: starttls\n", 9, "", ("line",)
    ),
    "no comma between keys": Mistake(
        "{event: login, password: wrong}", "{event: login password: wrong}", 13, "", ("comma",)
    ),
    "a backslash in double quotes": Mistake(
        "{user}?", r"C:\users?", 14, "", ("backslash", "single")
    ),
    "an exclamation mark": Mistake(_TITLE, "title: !important", 2, "title", ("quotes", "'!'")),
    "a text that goes on at the margin": Mistake(
        "title: Acme refuses the password\n",
        "title: Acme refuses\nthe password\n",
        3,
        "",
        ("'the password'", "indent"),
    ),
    "a block text at the margin": Mistake(
        _THEN, "\n        text: |\n{tag} NO Go away", 16, "", ("indent",)
    ),
    "a conflict of git": Mistake(
        "dialect: plain\n", "<<<<<<< HEAD\ndialect: plain\n", 7, "", ("git",)
    ),
    "a fence of Markdown": Mistake("title:", "```yaml\ntitle:", 2, "", ("```",)),
    "a comma at the end of a line": Mistake(
        "dialect: plain\n", "dialect: plain,\n", 7, "dialect", ("'plain'",)
    ),
}
