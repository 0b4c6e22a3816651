"""Whether a certificate and a private key belong together, in the words of Go's crypto/tls (X509KeyPair)."""

import re
from typing import Any

from minikube_py.machinery.errors import KctlError

_BLOCK = re.compile(rb"^-----BEGIN ([^\n]*?)-----[ \t\r]*\n(.*?)^-----END \1-----", re.MULTILINE | re.DOTALL)


def check(certificate: bytes, key: bytes) -> None:
    """Refuse what is no pair; both are PEM encoded."""
    leaf, private = _certificate_block(certificate), _key_block(key)
    theirs = _public(leaf)
    ours = _private(private).public_key()
    if type(theirs) is not type(ours):
        raise KctlError("tls: private key type does not match public key type")
    if theirs != ours:
        raise KctlError("tls: private key does not match public key")


def _blocks(text: bytes) -> list[tuple[str, bytes]]:
    """Return type and content of each block that can be read."""
    import binascii

    found = []
    for match in _BLOCK.finditer(text):
        body = match[2].rpartition(b"\n\n")[2]  # headers stand before an empty line
        try:
            found.append((match[1].decode("ascii", "replace"), binascii.a2b_base64(b"".join(body.split()), strict_mode=True)))
        except binascii.Error:
            continue
    return found


def _certificate_block(text: bytes) -> bytes:
    skipped = []
    for kind, content in _blocks(text):
        if kind == "CERTIFICATE":
            return content
        skipped.append(kind)
    if not skipped:
        raise KctlError("tls: failed to find any PEM data in certificate input")
    if len(skipped) == 1 and skipped[0].endswith("PRIVATE KEY"):
        raise KctlError("tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched")
    raise KctlError('tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: '
                    f"[{' '.join(skipped)}]")  # fmt: skip


def _key_block(text: bytes) -> bytes:
    skipped = []
    for kind, content in _blocks(text):
        if kind == "PRIVATE KEY" or kind.endswith(" PRIVATE KEY"):
            return content
        skipped.append(kind)
    if not skipped:
        raise KctlError("tls: failed to find any PEM data in key input")
    if skipped == ["CERTIFICATE"]:
        raise KctlError("tls: found a certificate rather than a key in the PEM for the private key")
    raise KctlError('tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: '
                    f"[{' '.join(skipped)}]")  # fmt: skip


def _public(certificate: bytes) -> Any:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KctlError("x509: malformed certificate") from error


def _private(key: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        return serialization.load_der_private_key(key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KctlError("tls: failed to parse private key") from error
