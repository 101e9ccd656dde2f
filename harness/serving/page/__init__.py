"""The page of `serve`: choose a scenario, see what to type, watch the dialogue, check, cure.

Everything is rendered here by Jinja2; htmx (vendored, 2.0.x) puts what a form answers in its place.
Only the live dialogue is drawn by a script of ours, `static/page.js`: it keeps what is in the
document bounded and where the reader is, which htmx's own extension for server-sent events cannot.
"""
