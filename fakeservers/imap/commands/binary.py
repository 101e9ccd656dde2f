"""Messages appended as binary (RFC 3516, 4.4): what a store of text keeps of them."""

from __future__ import annotations

import base64

from fakeservers.imap.mime import Part


def storable(content: bytes) -> bytes | None:
    """The message without NUL: its body in base64 where it has any. None: a multipart has them,
    whose parts would have to be re-coded."""
    if b"\0" not in content:
        return content
    message = Part.of(content)
    if message.main_type == "multipart" or b"\0" in message.header:
        return None
    kept = message.header_of(["content-transfer-encoding"], negate=True).removesuffix(b"\r\n")
    coded = base64.encodebytes(message.body).replace(b"\n", b"\r\n")
    return kept + b"Content-Transfer-Encoding: base64\r\n\r\n" + coded
