"""TLS as servers spoke it that nobody has looked after since: a small Diffie-Hellman group, and no
word of secure renegotiation."""

from __future__ import annotations

import base64
import ssl
import tempfile
from typing import Final

# RFC 2409 section 6.2: the Second Oakley Group, of 1024 bits, which many servers had built in.
_OAKLEY_2: Final = bytes.fromhex(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)
# PKCS #3: a sequence of two integers, the prime and the generator 2, in DER.
_PARAMETERS: Final = b"\x30\x81\x87\x02\x81\x81\0" + _OAKLEY_2 + b"\x02\x01\x02"
DHE_CIPHERS: Final = "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-SHA256"
"""Classic Diffie-Hellman only, which wants an RSA certificate."""
# RFC 5246: a record of the handshake, the message ServerHello, and RFC 5746's extension in it.
_HANDSHAKE: Final = b"\x16\x03"
_SERVER_HELLO: Final = 2
_RENEGOTIATION_INFO: Final = b"\xff\x01\x00\x01\x00"
_HEADER_BYTES, _MESSAGE_HEADER_BYTES, _RANDOM_BYTES = 5, 4, 32


class SilentContext(ssl.SSLContext):
    """A server that has never heard of RFC 5746. OpenSSL always answers a client's word of it, so
    the answer is taken out of what leaves. Clients that insist end the handshake there. One that
    puts up with it fails at its end, other than with a real server of this kind: by then each side
    has seen another ServerHello."""


def weaken(context: ssl.SSLContext) -> None:
    """Have a context agree on nothing but Diffie-Hellman in a group of 1024 bits."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{DHE_CIPHERS}:@SECLEVEL=0")
    encoded = base64.encodebytes(_PARAMETERS).decode()
    pem = f"-----BEGIN DH PARAMETERS-----\n{encoded}-----END DH PARAMETERS-----\n"
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(pem.encode())
        file.flush()
        context.load_dh_params(file.name)


def without_renegotiation_info(flight: bytes) -> bytes:
    """A server's first bytes, its ServerHello less what RFC 5746 adds; as they are where there is
    none in them."""
    body_at = _HEADER_BYTES + _MESSAGE_HEADER_BYTES
    if not flight.startswith(_HANDSHAKE) or flight[_HEADER_BYTES] != _SERVER_HELLO:
        return flight
    end = body_at + int.from_bytes(flight[body_at - 3 : body_at], "big")
    # Version, random, session id with its length, cipher suite, compression: then extensions.
    session_at = body_at + 2 + _RANDOM_BYTES
    extensions_at = session_at + 1 + flight[session_at] + 3
    extensions = flight[extensions_at + 2 : end]
    left = _without(extensions, _RENEGOTIATION_INFO)
    less = len(extensions) - len(left)
    record_bytes = int.from_bytes(flight[3:_HEADER_BYTES], "big")
    return b"".join(
        (
            flight[:3],
            (record_bytes - less).to_bytes(2, "big"),
            flight[_HEADER_BYTES : _HEADER_BYTES + 1],
            (end - body_at - less).to_bytes(3, "big"),
            flight[body_at:extensions_at],
            len(left).to_bytes(2, "big"),
            left,
            flight[end:],
        )
    )


def _without(extensions: bytes, unwanted: bytes) -> bytes:
    """The extensions of a hello (type, length, content), one of them left out."""
    left = b""
    while extensions:
        size = 4 + int.from_bytes(extensions[2:4], "big")
        left += extensions[:size] if extensions[:size] != unwanted else b""
        extensions = extensions[size:]
    return left
