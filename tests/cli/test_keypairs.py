"""Certificates and keys that belong together, and those that do not, in Go's words."""

import pytest

from minikube_py.cli import keypairs
from minikube_py.kits import pki
from minikube_py.machinery.errors import KctlError

PAIR = pki.new_authority("a", now=1_700_000_000)
OTHER = b"-----BEGIN OTHER-----\nAAAA\n-----END OTHER-----\n"


def ed25519() -> bytes:
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())


def test_a_pair_is_taken_also_with_other_blocks_around() -> None:
    keypairs.check(OTHER + PAIR.certificate, OTHER + PAIR.key)


@pytest.mark.parametrize(
    ("certificate", "key", "problem"),
    [
        (b"", PAIR.key, "tls: failed to find any PEM data in certificate input"),
        (PAIR.key, PAIR.key, "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
                             "PEM inputs may have been switched"),
        (OTHER + OTHER, PAIR.key, 'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the '
                                  "following types: [OTHER OTHER]"),
        (PAIR.certificate, b"x", "tls: failed to find any PEM data in key input"),
        (PAIR.certificate, PAIR.certificate, "tls: found a certificate rather than a key in the PEM for the private key"),
        (PAIR.certificate, OTHER, 'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the '
                                  "following types: [OTHER]"),
        (OTHER.replace(b"OTHER", b"CERTIFICATE"), PAIR.key, "x509: malformed certificate"),
        (PAIR.certificate, OTHER.replace(b"OTHER", b"RSA PRIVATE KEY"), "tls: failed to parse private key"),
        (PAIR.certificate, pki.new_key(), "tls: private key does not match public key"),
        (PAIR.certificate, ed25519(), "tls: private key type does not match public key type"),
    ],
)  # fmt: skip
def test_what_is_no_pair(certificate: bytes, key: bytes, problem: str) -> None:
    with pytest.raises(KctlError) as caught:
        keypairs.check(certificate, key)
    assert str(caught.value) == problem
