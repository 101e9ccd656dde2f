"""`append`: the same segment that carries the next reply carries these bytes too.

After the OK to STARTTLS they are what an attacker injects into the cleartext (CVE-2011-0411).
"""

from fakeservers.actions import BaseAction, Scene
from fakeservers.actions.words.raw import RawBytes


class Append(BaseAction):
    append: RawBytes

    async def perform(self, scene: Scene) -> None:
        scene.connection.pace.suffix += self.append.encode("latin-1")
