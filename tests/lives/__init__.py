"""Every life of the catalogue with connectors that lie: each is to be caught where it lies.

`python -m tests.lives` prints how many lives concern each liar, by which verdict it was caught
there, and where it was not. `--honest N` lets the built-in stayer live each life N times instead,
and prints the verdicts that differ.
"""
