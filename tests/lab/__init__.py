"""The likeness of the dialects: real servers and the fakes, driven into the same failures.

`python -m tests.lab` compares the dialogues, and what the built-in checker says of both, and prints
two tables; `python -m tests.lab --write` brings those in `scenarios/README.md` up to date; `python
-m tests.lab record` makes dialects of what real servers say. The servers are child processes on
loopback ports, in folders of their own; it takes root, because they change users.
"""
