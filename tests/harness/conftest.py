"""Small scenarios, as the text of their files."""

from __future__ import annotations

HEADER = "# yaml-language-server: $schema=../scenario.schema.json\n"
COMES_IN = """\
title: A message comes in
reproduces: connected
source: RFC 9051
life:
  - until: connected
  - deliver: 1
  - seen: all
"""
"""The shortest life in which a connector has something to do."""
WORKING = "title: works\nreproduces: connected\nsource: [RFC 9051]\n"
REFUSED = """\
title: wants an app password
reproduces: unauthorized-app-password-required
stage: imap-login
cause: app-password-required
source: [RFC 5530]
imap:
  rules:
    - when: {event: login, password: account}
      then: {text: "{tag} NO [ALERT] Application-specific password required"}
remedy:
  - advice: use-app-password
    apply: {customer: {password: app-password}}
"""
