"""At which stage a check failed.

`walk` goes through a dialogue, `guess` has a reply without one; `diagnosed` is what the
classification says of what was observed there.
"""
