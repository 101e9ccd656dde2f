"""How clients and servers write their logs, and how that is read.

What is particular to a client is data: a file in `harness/known/forms/` (`form`), whose lines are
templates (`template`). `leads` knows what loggers write before a line; `marked`, `fields` and
`told` read what forms describe, `unknown` what none does, `quoted` the replies that messages have
in them. `reading` finds out which form a log has; `normal` makes a log of what people paste
(`pasted`).
"""
