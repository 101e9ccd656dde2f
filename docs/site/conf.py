"""What Sphinx is told (https://www.sphinx-doc.org/en/master/usage/configuration.html)."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

project = "badinbox"
author = "badinbox contributors"
copyright = author
extensions = ["myst_parser"]
myst_heading_anchors = 5
myst_links_external_new_tab = False
suppress_warnings = ["misc.highlighting_failure"]  # JSON with `…` in it, for people
smartquotes = False  # what is typed keeps its hyphens
html_theme = "furo"
html_title = "badinbox"
html_favicon = "../../harness/serving/page/static/icon.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("switch.js", {"defer": "defer"})]
templates_path = ["templates"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_sidebars = {
    "**": [
        *("sidebar/brand.html", "sidebar/versions.html", "sidebar/search.html"),
        *("sidebar/scroll-start.html", "sidebar/navigation.html", "sidebar/scroll-end.html"),
    ]
}


def _language(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Pages below `fr/` are French, whatever the language of the site is."""
    if page.startswith("fr/"):
        context["language"] = "fr"


def _title(app: Sphinx, config: Any) -> None:
    config.html_title = f"badinbox {config.release}"


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _title)
    app.connect("html-page-context", _language)
