"""What a cluster trusts: its keys, as the built-in authenticators and the handler of tokens need them. Strangers' plugins do not get it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from minikube_py.kits.clock import Clock
from minikube_py.plugin.reader import Reader


class Trust(Protocol):
    """The keys and files of one cluster. Asking for what signs makes it where it is missing; asking for what verifies never does."""

    issuer: str  # of service account tokens
    audiences: tuple[str, ...]  # of the apiserver itself
    clock: Clock  # the cluster's time, by which tokens live and end
    machine: Clock  # the machine's time, by which certificates do, as other programs judge them too

    def authorities(self) -> bytes:
        """Return the certificates (PEM) of those who sign client certificates; empty where there is none yet."""

    def token_keys(self) -> Mapping[str, bytes]:
        """Return the public keys (PEM) of service account tokens, by key id; empty where there is none yet."""

    def token_signer(self) -> bytes:
        """Return the private key (PEM) that signs service account tokens."""

    def rows(self, file: str) -> Sequence[Sequence[str]]:
        """Return the rows of a CSV file of the cluster, as they are now; none where there is no such file."""


def is_meant_for(audiences: Sequence[str], keys: Trust) -> bool:
    """Tell whether credentials that name no audience will do where these are wanted: they are for the apiserver."""
    return not audiences or bool(set(audiences) & set(keys.audiences))


def of(reader: Reader) -> Trust | None:
    """Return what the cluster that a reader looks at trusts; None where it has no keys, or the reader is a stranger's."""
    found: Trust | None = getattr(reader, "trust", None)
    return found
