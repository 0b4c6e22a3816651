"""The cluster's keys: its certificate authority, what that issues, and what signs service account tokens.

In the folder pki of the cluster: ca.crt, ca.key, apiserver.crt, apiserver.key, admin.crt, admin.key, sa.key, sa.pub, all 0600. Nothing is made
before somebody needs it, as a new cluster is to be there at once. Of two files that belong together the secret one is written first, and
each is whole or not there: so what a kill leaves behind is never taken for a pair.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

from minikube_py.cluster.kubeconfig import ADMIN
from minikube_py.kits import filelock, jwt, pki
from minikube_py.kits.clock import Clock, SystemClock
from minikube_py.kits.pki import Pair
from minikube_py.machinery.errors import Conflict, KctlError, NotFound
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cluster.cluster import Cluster

AUTHORITY = "minikubeCA"
ISSUER = "https://kubernetes.default.svc.cluster.local"
HOSTS = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost", "127.0.0.1", "::1",
         "10.96.0.1")  # fmt: skip
_LOCK_TIMEOUT = 30.0  # seconds that another process may take to make keys
_PUBLISHER = ("root-ca-certificate-publisher", "kube-root-ca.crt")
_LARGEST = 1 << 20  # bytes of a file of keys or tokens


class Files(Protocol):
    """Where keys are kept."""

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Replace a file, all or nothing."""

    def lock(self) -> AbstractContextManager[None]:
        """Let nobody else make keys."""


class Memory:
    """Keeps keys for a cluster without a folder."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""
        return self._files.get(name)

    def write(self, name: str, content: bytes) -> None:
        """Replace a file."""
        self._files[name] = content

    def lock(self) -> AbstractContextManager[None]:
        """There is nobody else."""
        return nullcontext()


class Folder:
    """Keeps keys in a folder of the cluster, for its owner only."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster
        self.path = os.path.join(cluster, "pki")

    def read(self, name: str) -> bytes | None:
        """Return a file's content; None where there is none."""
        path = os.path.join(self.path, name)
        try:
            with open(path, "rb") as file:
                content = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KctlError(f"cannot read {path}: {error.strerror}") from error
        if len(content) > _LARGEST:
            raise KctlError(f"cannot read {path}: it is too large")
        return content

    def write(self, name: str, content: bytes) -> None:
        """Replace a file, all or nothing, also where the power fails."""
        path = os.path.join(self.path, name)
        temporary = f"{path}.{os.getpid()}.tmp"
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            self._keep_entries()
        except OSError as error:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise KctlError(f"cannot write {path}: {error.strerror}") from error

    def _keep_entries(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let no other process make keys."""
        path = os.path.join(self._cluster, "pki.lock")
        with ExitStack() as held:
            try:
                held.enter_context(filelock.hold(path, _LOCK_TIMEOUT))
            except OSError as error:
                raise KctlError(f"cannot lock {path}: {error.strerror}") from error
            yield


class Keys:
    """A cluster's keys (plugin.trust.Trust). `folder` is the cluster's; empty for one in memory."""

    issuer: str = ISSUER
    audiences: tuple[str, ...] = (ISSUER,)

    def __init__(self, folder: str, clock: Clock, *, machine: Clock | None = None) -> None:
        self.clock = clock
        self.machine = machine or SystemClock()
        self.folder = folder
        self.files: Files = Folder(folder) if folder else Memory()
        self._public: tuple[bytes, Mapping[str, bytes]] = (b"", {})

    def authority(self) -> Pair:
        """Return the cluster's certificate authority."""
        return self._pair("ca", lambda: pki.new_authority(AUTHORITY, now=self.machine.now()))

    def _issuer(self) -> Pair:
        """Return the authority, once it is known that it can issue: an operator may have brought it, or a disk have lost it."""
        authority = self.authority()
        wrong = pki.flaw(authority)
        if wrong:
            files = " and ".join(os.path.join(self.folder, "pki", name) for name in ("ca.crt", "ca.key"))
            raise KctlError(f"cannot issue certificates by {files}: {wrong}")
        return authority

    def server(self, *hosts: str) -> Pair:
        """Return the apiserver's certificate, for these hosts beside HOSTS; it is renewed a month before its end."""
        wanted = tuple(dict.fromkeys((*HOSTS, *hosts)))
        authority = self._issuer()
        return self._fresh("apiserver", wanted, lambda: pki.issue(authority, "kube-apiserver", purpose=pki.SERVER, now=self.machine.now(), hosts=wanted))

    def admin(self) -> Pair:
        """Return the administrator's certificate; it is renewed a month before its end."""
        return self._fresh("admin", (), lambda: self.client(ADMIN.name, *ADMIN.groups))

    def client(self, user: str, *groups: str, days: float = pki.ISSUED_DAYS, uid: str = "") -> Pair:
        """Return a new certificate for a user; it is kept nowhere."""
        return pki.issue(self._issuer(), user, purpose=pki.CLIENT, now=self.machine.now(), organizations=groups, days=days, uid=uid)

    def path(self, name: str) -> str:
        """Return the path of one of the files, such as apiserver.crt: for libraries that want files."""
        if not isinstance(self.files, Folder):
            raise KctlError("a cluster in memory has no files of keys")
        return os.path.join(self.files.path, name)

    def authorities(self) -> bytes:
        """Return the certificate of the authority; empty where there is none yet."""
        return self.files.read("ca.crt") or b""

    def published(self) -> str:
        """Return what kube-root-ca.crt is to hold: the authority's certificate, or nothing as long as nobody has needed one."""
        return self.authorities().decode(errors="replace")

    def token_signer(self) -> bytes:
        """Return the private key of service account tokens."""
        key = self.files.read("sa.key")
        if key is not None and self.files.read("sa.pub") is not None:
            return key
        with self.files.lock():
            key = self.files.read("sa.key")
            if key is None:
                if self.files.read("sa.pub") is not None:
                    raise self._incomplete("sa.key", "sa.pub")
                key = pki.new_key()
                self.files.write("sa.key", key)
            if self.files.read("sa.pub") is None:
                self.files.write("sa.pub", pki.public_key(key))
        return key

    def token_keys(self) -> Mapping[str, bytes]:
        """Return the public keys of service account tokens, by key id: all that sa.pub holds, so that keys can be changed for others."""
        content = self.files.read("sa.pub") or b""
        if content != self._public[0]:
            end = b"-----END PUBLIC KEY-----"
            blocks = [block.strip() + b"\n" + end + b"\n" for block in content.split(end)[:-1]]
            self._public = content, {jwt.key_id(block): block for block in blocks}
        return self._public[1]

    def secret_token(self, account: Object, secret: Object) -> str:
        """Return the token that a secret of type service-account-token holds."""
        from minikube_py.auth import serviceaccounts

        return jwt.sign(serviceaccounts.legacy_claims(account, secret), self.token_signer())

    def rows(self, file: str) -> Sequence[Sequence[str]]:
        """Return the rows of a CSV file in the cluster's folder; refuse one that others may change."""
        import csv
        import stat

        path = os.path.join(self.folder, file)
        if not self.folder or not os.path.exists(path):
            return ()
        try:
            with open(path, encoding="utf-8", newline="") as opened:
                if os.fstat(opened.fileno()).st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                    raise KctlError(f"{path}: others may write to it, so nobody is let in by it")
                return [row for row in csv.reader(opened, skipinitialspace=True, strict=True) if row]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise KctlError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error

    def _fresh(self, name: str, hosts: Sequence[str], make: Callable[[], Pair]) -> Pair:
        """Return what the authority has issued under a name, or issue it (anew)."""
        authority = self._issuer()

        def found() -> Pair | None:
            pair = self._read(name)
            return None if pair is None or pki.needs_renewal(pair, authority, now=self.machine.now(), hosts=hosts) else pair

        fresh = found()
        if fresh is not None:
            return fresh
        with self.files.lock():
            return found() or self._write(name, make())

    def _pair(self, name: str, make: Callable[[], Pair]) -> Pair:
        found = self._read(name)
        if found is not None:
            return found
        with self.files.lock():
            return self._read(name) or self._write(name, make())

    def _read(self, name: str) -> Pair | None:
        certificate, key = self.files.read(f"{name}.crt"), self.files.read(f"{name}.key")
        if certificate is None:
            return None
        if key is None:
            raise self._incomplete(f"{name}.key", f"{name}.crt")
        return Pair(certificate, key)

    def _write(self, name: str, pair: Pair) -> Pair:
        self.files.write(f"{name}.key", pair.key)
        self.files.write(f"{name}.crt", pair.certificate)
        return pair

    def _incomplete(self, missing: str, there: str) -> KctlError:
        return KctlError(f"{os.path.join(self.folder, 'pki', missing)} is missing, though {there} is there: put it back, or remove both for new keys")


def publish(cluster: "Cluster") -> int:
    """Bring kube-root-ca.crt up to date in all namespaces, as the loop that made them; return how many were not."""
    from minikube_py.cluster import loops

    loop, name = _PUBLISHER
    factory = cluster.plugins.registry("controllers").get(loop)
    if factory is None or loop in cluster.settings.without or loops.CONTROLLERS in cluster.settings.without:
        return 0
    client = loops.client_as(cluster, factory.value.user, (), factory.value.manager)
    data, changed = {"ca.crt": cluster.keys.published()}, 0
    for found in cluster.client().items("configmaps", field_selector=f"metadata.name={name}"):
        if found.get("data") != data:
            try:
                client.update({**found, "data": data})
                changed += 1
            except (Conflict, NotFound):
                continue  # the loop has seen whatever came between
    return changed
