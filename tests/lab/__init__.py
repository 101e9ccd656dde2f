"""The likeness of the dialects: real servers and the fakes, driven into the same failures.

`python -m tests.lab` prints the table, `python -m tests.lab --write` brings the one in
`scenarios/README.md` up to date. The servers are child processes on loopback ports, in folders of
their own; it takes root, because they change users.
"""
