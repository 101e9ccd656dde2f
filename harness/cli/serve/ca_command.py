"""`badinbox ca`: how a product is told to trust the authority that is kept in a folder."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.shared.printing import say


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def ca_command(folder: Path) -> None:
    """Print how to trust the authority in FOLDER, runtime by runtime; make it where there is none.

    `badinbox serve --ca FOLDER` uses it.
    """
    from fakeservers.wire.certificates import CA_KEY, TRUST_STORE_PASSWORD
    from harness.serving.stand import kept_authority

    authority = kept_authority(folder)
    recipes = Path(__file__).with_name("ca_recipes.txt").read_text("utf-8")
    say(
        recipes.format(
            folder=folder.absolute(),
            pem=authority.ca_file,
            p12=authority.trust_store_file,
            key=folder.absolute() / CA_KEY,
            password=TRUST_STORE_PASSWORD,
        ),
        nl=False,
    )
