"""Where kctl cp copies from and to, and the two directions: tar in the container, our own archives here (kubectl cp)."""

import asyncio
import os
import posixpath
import shlex
import threading
import time
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from minikube_py.cli import carrying, localstreams, podtargets, sessions, tarfiles
from minikube_py.cli.localstreams import Local, Nowhere
from minikube_py.cli.sessions import Wish
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError, StatusError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient
    from minikube_py.kubelet.streams import Reader, Writer
    from minikube_py.machinery.meta import Object

_SHAPE = "filespec must match the canonical format: [[namespace/]pod:]file/path"
_LOOK_SECONDS = 30.0


class Place(NamedTuple):
    """A path here (without a pod), or in a pod."""

    path: str
    pod: str = ""
    namespace: str = ""


class Failed(KctlError):
    """A command in the container that ended with a code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"command terminated with exit code {code}")
        self.code = code


def place(word: str) -> Place:
    """Read PATH, POD:PATH or NAMESPACE/POD:PATH."""
    pod, colon, path = word.partition(":")
    if not colon:
        return Place(_unslashed(word))
    parts = pod.split("/")
    if not pod or len(parts) > 2:
        raise KctlError(_SHAPE)
    return Place(_unslashed(path).replace("\\", "/"), parts[-1], parts[0] if len(parts) == 2 else "")


def _unslashed(path: str) -> str:
    return path[:-1] if path != "/" and path.endswith("/") else path


class Copy:
    """One run of kctl cp."""

    def __init__(self, factory: "Factory", client: "RestClient", container: str) -> None:
        self._factory = factory
        self._client = client
        self._container = container

    def _run(self, where: Place, command: tuple[str, ...], stdin: "Reader | None", stdout: "Writer", stderr: "Writer", *,
             seconds: float | None = None) -> None:  # fmt: skip
        """Run a command in the pod, for some seconds at most; Failed where it ends with another code than 0."""
        pod = self._pod(where)
        told = self._factory.streams.err if stdin is not None else self._factory.streams.out  # as what tar says: kubectl has it so
        container = self._container or podtargets.container_of(pod, "", told, quiet=seconds is not None)["name"]

        wish = Wish(pod, container, command, stdin is not None)

        async def work() -> int:
            async with asyncio.timeout(seconds):
                return await carrying.run(sessions.ask(self._client, wish), wish, Local(stdin, stdout, stderr))

        code = carrying.drive(work())
        if code:
            raise Failed(code)

    def _pod(self, where: Place) -> "Object":
        pod = self._client.get("pods", where.pod, where.namespace or self._factory.namespace)
        podtargets.refuse_completed(pod, "exec into")
        return pod

    # To a container

    def send(self, source: Place, target: Place, *, preserve: bool) -> None:
        """Copy a file or folder into a container."""
        if not os.path.exists(source.path):
            raise KctlError(f"{source.path} doesn't exist in local filesystem")
        path = posixpath.normpath(target.path)
        if self._is_folder(target):
            base = os.path.basename(os.path.normpath(source.path))
            path = path if base in ("", ".", "..") else posixpath.join(path, base)
        folder, name = posixpath.split(path)
        flags = () if preserve else ("--no-same-permissions", "--no-same-owner")
        command = ("tar", *flags, "-xmf", "-", "-C", folder or ".")
        streams = self._factory.streams
        with _Packing(source.path, name or ".") as archive:
            self._run(target, command, archive, localstreams.writer(streams.out), localstreams.writer(streams.err))

    def _is_folder(self, target: Place) -> bool:
        """Ask the container whether a path is a folder: what cannot be asked is none."""
        try:
            self._run(target, ("test", "-d", target.path), None, Nowhere(), Nowhere(), seconds=_LOOK_SECONDS)
        except TimeoutError as error:
            raise KctlError("context deadline exceeded") from error
        except KctlError:
            return False
        return True

    # From a container

    def fetch(self, source: Place, target: Place, *, retries: int) -> None:
        """Copy a file or folder out of a container; `retries`: how often to go on after it broke off, without end where it is negative."""
        prefix = _without_shortcuts(posixpath.normpath(source.path.lstrip("/\\") or "."))
        errs = self._factory.streams.err
        told: list[str] = []

        def skipped(path: str, link: str) -> None:
            hint = ""
            if not told:
                told.append(path)
                names = (source.namespace, source.pod, source.path)
                ns, pod, src = (errors.quoted(name) for name in names)
                hint = f' (consider using "kctl exec -n {ns} {pod} -- tar cf - {src} | tar xf -")'
            print(f"warning: skipping symlink: {errors.quoted(path)} -> {errors.quoted(link)}{hint}", file=errs)

        into = tarfiles.Target(target.path, prefix, skipped, lambda text: print(text, file=errs))
        with _Unpacking(into) as archive:
            self._pour(source, archive, retries)

    def _pour(self, source: Place, archive: "_Unpacking", retries: int) -> None:
        out = self._factory.streams.out
        tries = 0
        while True:
            command: tuple[str, ...] = ("tar", "cf", "-", source.path)
            if retries:
                command = ("sh", "-c", f"tar cf - {shlex.quote(source.path)} | tail -c+{archive.size + 1 if tries else 0}")
            last = 0 <= retries <= tries
            try:
                self._run(source, command, None, archive, localstreams.writer(out))
                if last or archive.is_whole():
                    return
            except (Failed, StatusError, BrokenPipeError):
                raise
            except (KctlError, OSError):
                if last or archive.ended:
                    raise
            tries += 1
            print(f"Resuming copy at {archive.size} bytes, retry {tries}/{retries}", file=out)


def _without_shortcuts(path: str) -> str:
    """Return a path as tar names it: without what leads above the root."""
    while path.startswith("../"):
        path = path[3:]
    return "" if path in (".", "..") else path.lstrip("/")


class _Packing:
    """An archive that a thread makes while it is read."""

    def __init__(self, source: str, name: str) -> None:
        self._source, self._name = source, name
        ours, theirs = os.pipe()
        self._ours = ours
        self._reader = localstreams.Source(ours)
        self._thread = threading.Thread(target=self._pack, args=(os.fdopen(theirs, "wb"),))
        self._failure: Exception | None = None

    def _pack(self, sink: IO[bytes]) -> None:
        try:
            with sink:
                tarfiles.pack(self._source, self._name, sink)
        except BrokenPipeError:
            return  # whoever reads it has ended, and says why
        except (OSError, KctlError) as error:
            self._failure = error

    async def read(self) -> bytes:
        data = await self._reader.read()
        if not data and self._failure is not None:
            raise KctlError(str(self._failure)) from self._failure
        return data

    def __enter__(self) -> "_Packing":
        self._thread.start()
        return self

    def __exit__(self, *what: object) -> None:
        os.close(self._ours)
        self._thread.join()
        if self._failure is not None and what[1] is None:
            raise KctlError(str(self._failure)) from self._failure


class _Unpacking:
    """An archive that a thread unpacks while it is written. `ended`: it needs no more, or cannot go on."""

    def __init__(self, target: tarfiles.Target) -> None:
        self.size = 0
        self.ended = False
        self._taken = 0
        self._hungry = False
        self._target = target
        self._ours, self._theirs = os.pipe()
        self._sink = localstreams.Sink(self._theirs)
        self._thread = threading.Thread(target=self._unpack)
        self._failure: Exception | None = None

    def _unpack(self) -> None:
        source: Any = self  # it has what of a file is needed: read()
        try:
            tarfiles.unpack(source, self._target)
            self.ended = True
            while self.read(1 << 16):  # what pads the archive
                continue
        except (OSError, KctlError) as error:
            self._failure = error
        finally:
            self.ended = True
            os.close(self._ours)

    def read(self, size: int) -> bytes:
        """Return the next bytes of the archive, for the thread that unpacks it."""
        parts: list[bytes] = []
        while size:
            self._hungry = True
            part = os.read(self._ours, size)
            self._hungry = False  # in this order: whoever sees all taken, and hunger, sees a thread that waits
            self._taken += len(part)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def is_whole(self) -> bool:
        """Wait until all that came is unpacked; tell whether that was an archive to its end."""
        while not self.ended:
            if self._hungry and self._taken == self.size:
                return False
            time.sleep(0.001)
        return True

    async def write(self, data: bytes) -> None:
        await self._sink.write(data)
        self.size += len(data)

    async def close(self) -> None:
        """Leave it open: there may be another try."""

    def __enter__(self) -> "_Unpacking":
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        os.close(self._theirs)
        self._thread.join()
        failure = self._failure
        if failure is not None and (error is None or isinstance(error, ConnectionError)):
            if isinstance(failure, OSError):
                raise KctlError(f"open {errors.quoted(str(failure.filename))[1:-1]}: {(failure.strerror or '').lower()}") from failure
            raise failure
