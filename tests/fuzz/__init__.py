"""Inputs that nobody would write, at what reads some: nothing of ours may fail over them, and
nothing may stay behind. The seeds are fixed.

The tests take a share each; `python -m tests.fuzz --inputs 1000000` as many as are wanted.
"""
