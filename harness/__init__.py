"""Reads scenarios, runs a connector against them, judges and reports.

The rooms, from top to bottom; a room may import those below it (the import
contract in `pyproject.toml` is this list).

- `cli`: the command line
- `serving`: mailboxes that stand until somebody ends them, their HTTP API and page
- `recording`: between a client and a real server; what is said becomes a scenario
- `reproducing`: from a log, a reply or an error message to a scenario of the failure
- `check_report`: a check of a real mailbox, explained to the customer and to the IT team
- `results`: what a team does with the results of two runs: accept what is known, compare
- `plugin`: scenario files as pytest's tests, and mailboxes for tests of one's own
- `reports`: what is told of a run, from its events: terminal, JSON, JUnit, Markdown, HTML
- `mapping`: what a connector's own codes and messages mean
- `runner`: runs scenarios, each in its fault phase and with every remedy, and tells events
- `connectors`: everybody else's: commands, HTTP, Python callables; and the built-in one
- `stayer`: the built-in connector that stays: connected, and told of new mail, for weeks
- `judging`: from what was expected, said and seen to a verdict
- `checker`: the built-in connector: the article's five steps, and the second look
- `scenario`: from a scenario file to its cases, checked, and to the catalogue of them
- `classify`: from one observation to a diagnosis
- `texts`: what people read, in English and French
- `contract`: what a connector is given and what it says; public
- `taxonomy`: documented errors, stages, causes, remedies
- `files`: YAML that people wrote: read with line numbers, mistakes explained
"""
