"""An authority that is kept in a folder, so that a product needs to trust it once only."""

from __future__ import annotations

from pathlib import Path

from fakeservers.wire.certificates import Authority
from harness.files.problems import BadInput


def kept_authority(folder: Path) -> Authority:
    """The authority in there, made where there is none. Raises BadInput."""
    try:
        return Authority(folder.absolute())
    except (OSError, ValueError) as error:
        raise BadInput([f"no authority can be kept in {folder}: {error}"]) from None
