"""The same digests as hashlib's."""

import hashlib

from minikube_py.kits import digests


def test_digests_are_those_of_hashlib() -> None:
    assert digests.blake2b(b"kctl", digest_size=8).digest() == hashlib.blake2b(b"kctl", digest_size=8).digest()
