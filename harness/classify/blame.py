"""Do words blame what was typed? The one place that decides whether the password may be asked for.

The code beside the words is the server's usual one for every refusal, so words that speak of
something else clear the credentials. What blames them must be said in one clause. Each kind below
has examples in the tests.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from fakeservers.files.patterns import KeptPatterns, kept_regex

_SECRET: Final = r"(?:password|passphrase|passwd|credentials?)"
_WHO: Final = r"(?:user|account|login|mailbox)"
_OF: Final = r"(?:the\s|this\s|that\s|your\s)?"
_BE: Final = r"(?:(?:is|are|was|were|has\sbeen|have\sbeen)\s)?"
_GOOD: Final = r"(?:ok|okay|fine|correct|accepted|valid|right|good|verified|checked|matche[sd])"

_CLEARED: Final = rf"""
    # They are right, or are said not to be wrong.
      \b{_SECRET}\b\s{_BE}{_GOOD}\b
    | (?<!no\s)(?<!such\s)\b(?:user(?:name)?|login|account)\b\s{_BE}
        (?:ok|okay|fine|good|known|found|exists)\b
    | \b(?:{_WHO}|you)\s(?:(?!not)\S+\s){{0,2}}authenticated\b
    | (?:^|[.:;]\s)authenticated\b | \bauthenticated,?\sbut\b
    | \b(?:authentication|login)\s(?:was\s)?(?:succeeded|successful|ok)\b
    | \b(?:not|never)\s(?:been\s|be\s|a\s|an\s|the\s)?
        (?:wrong|incorrect|invalid|bad|rejected|refused|mismatched|at\sfault)\b
    # Another thing than a password was presented, or is needed besides.
    | \b(?:second|2nd)\sfactor\b | (?<!password\sor\s)(?<!password\sor\saccess\s)token
    | \bcertificates?\b
    | \b(?:kerberos|gssapi|ntlm|jwt|bearer|oauth\w*|tickets?|scopes?|audience|signature)\b
    # What the server rests on is at fault, not what was typed.
    | \b(?:ldaps?|sql|mysql|database|backend|back-end|directory|storage|radius|saslauthd|socket)\b
    | \b(?:can\s?not|could\snot|can't|couldn't|unable\sto|failed\sto)\s
        (?:verify|check|validate|look\s?up|contact|reach|connect|load|open|read|decrypt)\b
    | \b(?:internal|configuration|system|server|account)\serror\b
    | \bcheck\s(?:your|the)\s(?:\S+\s)?connection\b
    # The blame is laid on something of the user's: "the user's mailbox", "store of the user".
    | \b(?:{_WHO}|password)\s(?:account\s)?(?:agent|polic\w+|records?|quer\w+|hash\w*|schemes?
        |files?|db|servers?|service|stores?|home|attributes?|columns?|table|quota|group|licen[cs]e)\b
    | \b{_WHO}'s\s(?!user|name|password|credentials|login)\w
    | \b(?!name|password|passphrase|credentials|combination|id|none|any|out|instead)\w{{3,}}\sof\s
        {_OF}{_WHO}\b(?!\s(?:name|{_SECRET}))
    | \b(?:host|client|device|agent|time|location|network|domain|version|realm|sender|port|protocol
        |service|address)\s(?:for|of)\s{_OF}{_WHO}\b
    # It is refused for where, when and for what it is used.
    | \b(?:disabled|switched\soff|turned\soff|deactivated|suspended|locked)\s(?:from|by|in|until)\b
    | \b(?:not|never)\s(?:\S+\s)?(?:valid|enabled|licensed|meant)\sfor\s(?:imap|smtp|pop|this|mail)
    | \b(?:imap|smtp|pop3?|service|protocol|access)\b\s{_BE}not\svalid\b
    | \bnot\s(?:found\s|a\smember\s)?(?:in|of)\s(?:\S+\s)?(?:group|list)\b
    | \b(?:from|at|on)\s(?:this|that|your|our)\s
        (?:network|host|address|ip|location|country|device|site)
    | \blicen[cs]e[sd]?\b | \bsubscription | \bprovision | \boffice\shours\b
    """
_CLAUSES: Final = kept_regex(r"(?:(?<!\W\w)[.;!?](?=\s|$)|\n|,?\s\b(?:but|however|although)\b)")


def blames(words: str, evidence: re.Pattern[str] | None) -> bool:
    """Nothing in ``words`` clears the credentials, and one clause has the ``evidence``, if it takes
    words at all."""
    if _cleared().search(words):
        return False
    return evidence is None or any(map(evidence.search, _CLAUSES.split(words)))


@cache
def _cleared() -> re.Pattern[str]:
    """Kept as it was compiled, and not before a word is to be judged: it takes a while."""
    return KeptPatterns("blame", [_CLEARED], re.VERBOSE | re.IGNORECASE).of(_CLEARED)
