"""The documentation as a site: `python -m docs.site build FOLDER`.

Its pages are the Markdown of `docs/`, README, CONTRIBUTING and the other documents of the
repository as they stand, and pages that are made of the data: one for each documented error, in
English and French, and the reference of commands, API and formats. Nothing is committed twice.

Sphinx with MyST and Furo builds it: neither needs the network, and what they make loads nothing
from elsewhere: no fonts, no scripts. Sphinx knows every heading, so that a link to one that is not
there fails the build. `links` looks once more, at what was made.
"""
