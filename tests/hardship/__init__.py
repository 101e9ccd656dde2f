"""Runs of the catalogue where a machine makes it hard: the same verdicts, or one clear line.

`python -m tests.hardship [NAME]… [--checks N]` prints a table, and ends with 1 where a verdict
differs. What this machine cannot do, such as giving up IPv6 without being root, is named there.
"""
