"""Mailboxes that stand for as long as somebody wants them, and what drives them from outside.

A `Stand` holds each as a `Standing`, at its `Placement`; `api` and `page` drive it, `server` has
both.
"""
