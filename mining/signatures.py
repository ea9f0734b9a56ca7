"""Ed25519 signatures (RFC 8032) over a context and bytes: what is signed for one purpose serves no other.

The library takes 8 MB, so it is loaded where something is signed or looked at only.
"""

from __future__ import annotations


def signature_of(private_key: bytes, context: bytes, data: bytes) -> bytes:
    """Return the 64-byte signature by a 32-byte private key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private_key).sign(context + data)


def is_signed(public_key: bytes, signature: bytes, context: bytes, data: bytes) -> bool:
    """Whether the owner of `public_key` (32 bytes) signed `data` for this context. Garbled keys and signatures: no."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, context + data)
    except (InvalidSignature, ValueError):
        return False
    return True
