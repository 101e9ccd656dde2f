"""Several versions beside one another: a folder each, and what leads from one to the other."""

from __future__ import annotations

import json
import re
from pathlib import Path

_REDIRECT = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={newest}/index.html">
<title>badinbox</title>
<link rel="icon" href="{newest}/_static/icon.svg">
<a href="{newest}/index.html">badinbox {newest}</a>
</html>
"""


def join(folder: Path) -> None:
    """Write `versions.js`, which every version reads, and `index.html`, which leads to the newest.

    Both are made of the folders that are there, so a version goes by taking its folder away. A
    script, as pages that are opened from a disk may read no JSON."""
    found = sorted((each.parent.name for each in folder.glob("*/index.html")), key=_age)
    (folder / "versions.js").write_text(f"window.badinboxVersions = {json.dumps(found)};\n")
    (folder / "index.html").write_text(_REDIRECT.format(newest=found[0]))


def _age(name: str) -> tuple[bool, list[int]]:
    """Numbers, the newest first; then names, such as `dev`."""
    numbers = re.findall(r"\d+", name)
    return not numbers, [-int(each) for each in numbers]
