"""Mistakes in the steps of a life: what stands at another depth than it was meant, `- ` where there
is none, and none where there is one."""

from tests.harness.files.mistakes import Mistake

STEPS = """\
# yaml-language-server: $schema=../scenario.schema.json
title: The directory is away
reproduces: imap-authentication-error
stage: imap-login
cause: temporary-failure
source: https://acme.example/help
imap:
  rules:
    - when: {event: login, state: outage}
      then: {reply: temporary-failure}
life:
  - until: connected
  - change: {state: [outage]}
  - cut: fin
  - says: imap-authentication-error
    within-s: 10
  - at-most: {log-ins: 6}
    for-s: 5
  - remedy: retry-later
  - says: connected
remedy:
  - advice: retry-later
    apply: {state: []}
"""
_WINDOW = "    within-s: 10\n"
_CUT = "  - cut: fin\n"
_CHANGE = "  - change: {state: [outage]}\n"
_SAYS = "  - says: imap-authentication-error\n"
_MIXED = "entries with '- ' and without it do not go together"
_FURTHER = "indented further than line 15, though nothing is opened there"
_FITS_NONE = "the indentation fits no line before: one level is one column"

IN_YAML = {
    "a window in the column of the list": Mistake(
        _WINDOW,
        "  within-s: 10\n",
        16,
        "",
        (f"3: {_MIXED}: indent 'within-s' by 2 to belong to the entry above it, or write '- '",),
    ),
    "a window at the top": Mistake(
        _WINDOW,
        "within-s: 10\n",
        16,
        "",
        ("1: 'within-s' ends the list that goes on below: begin it in column 5",),
    ),
    "a window too deep": Mistake(
        _WINDOW,
        "      within-s: 10\n",
        16,
        "",
        (f"7: {_FURTHER}; beside 'says' it begins in column 5",),
    ),
    "a window one column short": Mistake(
        _WINDOW,
        "   within-s: 10\n",
        16,
        "",
        (f"4: {_FITS_NONE}; beside 'says' it begins in column 5",),
    ),
    "a window behind a comma": Mistake(
        f"{_SAYS}{_WINDOW}",
        "  - says: imap-authentication-error, within-s: 10\n",
        15,
        "",
        ("a second ': ' in this line",),
    ),
    "a step at the top": Mistake(
        _CUT,
        "- cut: fin\n",
        14,
        "",
        (f"1: {_MIXED}; as an entry of the list above it begins in column 3",),
    ),
    "a step too deep": Mistake(
        _CUT,
        "    - cut: fin\n",
        14,
        "",
        (f"5: {_MIXED}; as an entry of the list above it begins in column 3",),
    ),
    "a step one column further": Mistake(
        _CUT,
        "   - cut: fin\n",
        14,
        "",
        (f"4: {_FITS_NONE}; as an entry of the list above it begins in column 3",),
    ),
    "a step without its dash": Mistake(
        _CUT, "  cut: fin\n", 14, "", (f"3: {_MIXED}: indent 'cut' by 2", "write '- ' before")
    ),
    "a change beneath what is expected": Mistake(
        _WINDOW,
        "      - change: {state: []}\n",
        16,
        "",
        (f"7: {_FURTHER}; as an entry of the list above it begins in column 3",),
    ),
    "the remedy in the column of the steps": Mistake(
        "\nremedy:\n",
        "\n  remedy:\n",
        21,
        "",
        (
            f"3: {_MIXED}: indent 'remedy' by 2",
            "or begin it in column 1",
        ),
    ),
    "what the remedy changes in the column of the list": Mistake(
        "    apply:", "  apply:", 23, "", (f"3: {_MIXED}: indent 'apply' by 2",)
    ),
    "an action deeper than its event": Mistake(
        "      then:", "        then:", 10, "", ("beside 'when' it begins in column 7",)
    ),
    "steps with numbers": Mistake(
        "  - until: connected", "  1: {until: connected}", 13, "", (f"3: {_MIXED}",)
    ),
    "a tab": Mistake(_CUT, "\t- cut: fin\n", 14, "", ("a tab; YAML is indented with spaces",)),
}
IN_YAML_OF_LIBYAML = {
    "a colon in braces without its space": Mistake(
        "{state: [outage]}", "{state:[outage]}", 13, "", ("no space after the colon of 'state'",)
    ),
}
"""The parser that is written in Python takes it."""
IN_STEPS = {
    "steps without their dashes": Mistake(
        "  - until: connected\n  - change: {state: [outage]}\n  - cut: fin\n"
        f"{_SAYS}{_WINDOW}  - at-most: {{log-ins: 6}}\n    for-s: 5\n"
        "  - remedy: retry-later\n  - says: connected\n",
        "  until: connected\n  says: imap-authentication-error\n  says: connected\n",
        14,
        "life.says",
        ("written twice; first on line 13; entries of a list begin with '- '",),
    ),
    "a window as a step": Mistake(
        _WINDOW,
        "  - within-s: 10\n",
        16,
        "life[4]",
        ("within-s stands beside until, says, seen, sent: without '- ', in the step above",),
    ),
    "how long, as a step": Mistake(
        "    for-s: 5",
        "  - for-s: 5",
        18,
        "life[5]",
        ("for-s stands beside until, stays, at-most",),
    ),
    "how long, among what is counted": Mistake(
        "at-most: {log-ins: 6}\n    for-s: 5",
        "at-most:\n      log-ins: 6\n      for-s: 5",
        19,
        "life[4].at-most.for-s",
        ("unknown key; it belongs at life[4].for-s",),
    ),
    "what is counted, beside it": Mistake(
        "at-most: {log-ins: 6}",
        "at-most:\n    log-ins: 6",
        17,
        "life[4]",
        ("at-most is empty; indent 'log-ins' further, to stand below it",),
    ),
    "what is counted, as a list": Mistake(
        "at-most: {log-ins: 6}",
        "at-most:\n      - log-ins: 6",
        17,
        "life[4].at-most",
        ("expected a mapping, without '- '; its keys: connections, log-ins, sends",),
    ),
    "what changes, beside it": Mistake(
        _CHANGE,
        "  - change:\n    state: [outage]\n",
        13,
        "life[1]",
        ("change is empty; indent 'state' further, to stand below it",),
    ),
    "what changes, as a list": Mistake(
        _CHANGE,
        "  - change:\n      - state: [outage]\n",
        13,
        "life[1].change",
        ("expected facts, 'breaks-into' or 'as-it-began', without '- '",),
    ),
    "a circumstance without its list": Mistake(
        "[outage]", "outage", 13, "life[1].change.state", ("expected a list; write [outage]",)
    ),
    "what is expected, below that word": Mistake(
        _SAYS,
        "  - expect:\n      - says: imap-authentication-error\n",
        15,
        "life[3].expect",
        ("write says, stays, at-most, seen or sent in its place, a step each",),
    ),
    "a change below that word": Mistake(
        _SAYS,
        "  - expect:\n      - change: {state: []}\n",
        15,
        "life[3].expect",
        ("write says, stays, at-most, seen or sent in its place, a step each",),
    ),
    "two steps as one, in a column": Mistake(
        f"{_CHANGE}{_CUT}",
        "  - change: {state: [outage]}\n    cut: fin\n",
        13,
        "life[1]",
        ("expected one of change, cut in a step: each step begins with a '- ' of its own",),
    ),
    "two steps as one, in braces": Mistake(
        f"{_CHANGE}{_CUT}",
        "  - {change: {state: [outage]}, cut: fin}\n",
        13,
        "life[1]",
        ("each step begins with a '- ' of its own",),
    ),
    "a step of nothing": Mistake(_CUT, "  -\n", 14, "life[2]", ("it is empty",)),
    "two dashes": Mistake(_CUT, "  - - cut: fin\n", 14, "life[2]", ("a mapping, without '- '",)),
    "a step of one word": Mistake(
        "- until: connected",
        "- connected",
        12,
        "life[0]",
        ("write {until: connected} or {says: connected}",),
    ),
    "a step without its colon": Mistake(
        "until: connected", "until connected", 12, "life[0]", ("write 'until: connected', with a",)
    ),
    "a step without a space": Mistake(
        "until: connected", "until:connected", 12, "life[0]", ("write 'until: connected', with a",)
    ),
    "a mapping for a word": Mistake(
        "until: connected",
        "until: {connected: true}",
        12,
        "life[0]",
        ("write until: connected",),
    ),
    "what says what": Mistake(
        f"{_SAYS}{_WINDOW}",
        "  - says:\n      error: imap-authentication-error\n      within-s: 10\n",
        15,
        "life[3].says",
        ("expected one of imap-settings-incorrect, ", "; not a mapping"),
    ),
    "steps below a word of their own": Mistake(
        "life:\n  - until: connected\n",
        "life:\n  steps:\n  - until: connected\n",
        11,
        "life",
        ("expected a list; take 'steps' away, its entries belong here",),
    ),
    "a step beside the life": Mistake(
        "life:\n", "deliver: 1\nlife:\n", 11, "deliver", ("it belongs at life[0].deliver",)
    ),
    "the life below a service": Mistake(
        "life:\n", "  life:\n", 11, "imap.life", ("unknown key; it belongs at life",)
    ),
    "the remedies among the steps": Mistake(
        "\nremedy:\n  - advice: retry-later\n    apply: {state: []}\n",
        "\n  - remedy:\n    - advice: retry-later\n      apply: {state: []}\n",
        21,
        "life[7].remedy",
        ("expected an advice: remedies themselves stand at the top of the file",),
    ),
    "what the remedy changes, as an entry": Mistake(
        "    apply:",
        "  - apply:",
        23,
        "remedy[1].advice",
        ("required; or 'apply' belongs to the entry above: take its '- ' away",),
    ),
    "an action as an entry": Mistake(
        "      then:",
        "    - then:",
        10,
        "imap.rules[1].when",
        ("required; or 'then' belongs to the entry above: take its '- ' away",),
    ),
    "rules without their word": Mistake(
        "  rules:\n    - when: {event: login, state: outage}\n      then:",
        "  - when: {event: login, state: outage}\n    then:",
        7,
        "imap",
        ("write 'rules:' above the list, and indent the list further",),
    ),
    "a service without what is below it": Mistake(
        "imap:\n  rules:", "imap:\nrules:", 8, "rules", ("it belongs at imap.rules",)
    ),
    "settings that are asked for nicely": Mistake(
        "remedy: retry-later\n  - says",
        "resettle: yes please\n  - says",
        19,
        "life[5].resettle",
        ("expected true",),
    ),
    "settings that are given so many times": Mistake(
        "remedy: retry-later\n  - says",
        "resettle: 1\n  - says",
        19,
        "life[5].resettle",
        ("expected true",),
    ),
    "a farewell in words": Mistake(
        _CUT, f"{_CUT}    bye: please\n", 15, "life[2].bye", ("expected true",)
    ),
    "a farewell as a step": Mistake(
        _CUT, "  - bye: true\n", 14, "life[2]", ("bye stands beside cut, down-s",)
    ),
    "how it dies, as a mapping": Mistake(
        "cut: fin", "cut: {how: fin}", 14, "life[2].cut", ("rst, close-notify", "; not a mapping")
    ),
    "an action that takes nothing": Mistake(
        "{reply: temporary-failure}", "{hang: 5}", 10, "then.hang", ("expected true",)
    ),
    "what it breaks into, as a step": Mistake(
        _CUT,
        "  - breaks-into: unauthorized/refused-and-closed\n",
        14,
        "life[2].breaks-into",
        ("it belongs at the top of the file; the step is change: breaks-into",),
    ),
    "what it breaks into, where it does": Mistake(
        "change: {state: [outage]}",
        "change: unauthorized/refused-and-closed",
        13,
        "life[1].change",
        ("the id stands at the top of the file, as breaks-into: unauthorized/refused-and-closed",),
    ),
    "a command by UID in small letters": Mistake(
        "event: login",
        "event: command, command: uid fetch",
        9,
        "imap.rules[0].when.command",
        ("did you mean 'UID FETCH'?",),
    ),
}
