"""Reads the files of a kustomization: below its own root only, no cycles, single files over HTTP."""

import os
import re
from collections.abc import Callable

from minikube_py.kustomize.nodes import KustomizeError

Fetch = Callable[[str], bytes]  # downloads a URL
_REMOTE = re.compile(r"https?://?", re.IGNORECASE)
_GIT_SCHEME = re.compile(r"(?:git::)?(ssh://|https://|http://|file://)", re.IGNORECASE)
_GIT_HOST = re.compile(r"(?:git::)?(?:github\.com[/:]|[a-zA-Z][a-zA-Z0-9-]*@)", re.IGNORECASE)
MAX_SIZE = 256 * 2**20  # bytes of one file


class RemoteError(KustomizeError):
    """A download that failed; kustomize then does not try the path as a directory."""


def is_git(path: str) -> bool:
    """Tell whether kustomize would clone a repository for a path."""
    if os.path.isabs(path):
        return False
    path = path.partition("?")[0]
    scheme = _GIT_SCHEME.match(path)
    rest = path[scheme.end() :] if scheme else path
    if scheme is None and not _GIT_HOST.match(path):
        return False
    if scheme is not None and scheme[1].lower() == "file://":
        return bool(rest)
    parts = re.split(r"[/:]" if scheme is None else "/", rest)
    return "//" in rest or ".git" in rest or "_git/" in rest or len([part for part in parts if part]) >= 3


class Loader:
    """Loads what lies at and below one root. `referrers` are the roots from which it was reached."""

    def __init__(self, root: str, *, restricted: bool = True, fetch: Fetch | None = None, referrers: tuple[str, ...] = ()) -> None:
        self.root = root
        self._restricted = restricted
        self._fetch = fetch
        self._referrers = referrers

    def inner(self, path: str) -> "Loader":
        """Return the loader of another kustomization that this one names."""
        if not path:
            raise KustomizeError("new root cannot be empty")
        if is_git(path):
            raise _no_git(path)
        if os.path.isabs(path):
            raise KustomizeError(f"new root '{path}' cannot be absolute")
        root = confirmed(os.path.join(self.root, path))
        for visited in (self.root, *self._referrers):
            if _is_within(visited, root):
                raise KustomizeError(f"cycle detected: candidate root '{root}' contains visited root '{visited}'")
        return Loader(root, restricted=self._restricted, fetch=self._fetch, referrers=(self.root, *self._referrers))

    def load(self, path: str) -> bytes:
        """Return the content of a file or URL."""
        if _REMOTE.match(path):
            return self._download(path)
        path = os.path.normpath(os.path.join(self.root, path))
        if self._restricted:
            real = _evaluated(path)
            if os.path.isdir(real):
                raise KustomizeError(f"'{path}' must resolve to a file")
            if not _is_within(os.path.dirname(real), self.root):
                raise KustomizeError(f"security; file '{path}' is not in or below '{self.root}'")
            path = real
        return _contents(path)

    def _download(self, url: str) -> bytes:
        if self._fetch is None:
            raise RemoteError(f"cannot download {url}: no downloads here")
        from minikube_py.machinery.errors import KctlError

        try:
            return self._fetch(url)
        except KctlError as error:
            status = re.search(r"server reported (\d+) (.*), status code=", str(error))
            if status is None:
                cause = getattr(error, "cause", "")
                raise KustomizeError(f'Get "{url}": {cause}' if cause else str(error)) from None
            if is_git(url):
                raise KustomizeError("URL is a git repository") from None
            raise RemoteError(f"HTTP Error: status code {status[1]} ({status[2]})") from None


def at(path: str, *, restricted: bool = True, fetch: Fetch | None = None) -> Loader:
    """Return the loader of the kustomization that a user names."""
    if is_git(path):
        raise _no_git(path)
    return Loader(confirmed(path), restricted=restricted, fetch=fetch)


def _no_git(path: str) -> KustomizeError:
    return KustomizeError(f"'{path}' is a git repository, and kctl does not clone repositories; clone it and name its directory")


def confirmed(path: str) -> str:
    """Return the true absolute path of a directory; KustomizeError where it is none."""
    if not path:
        raise KustomizeError("must build at directory: directory path cannot be empty")
    try:
        real = _evaluated(os.path.normpath(path) if os.path.isabs(path) else path)
    except KustomizeError as error:
        raise KustomizeError(f"must build at directory: not a valid directory: {error}") from None
    if not os.path.isdir(real):
        shown = os.path.normpath(path) if os.path.isabs(path) else path
        raise KustomizeError(f"must build at directory: '{shown}': file is not directory")
    return real


def _evaluated(path: str) -> str:
    """Return a path without links, or say as Go does where it ends."""
    try:
        return os.path.realpath(path, strict=True)
    except OSError as error:
        shown = os.path.abspath(error.filename or path)
        reason = (error.strerror or str(error))[:1].lower() + (error.strerror or str(error))[1:]
        if error.errno == 40:
            raise KustomizeError(f"evalsymlink failure on '{path}' : EvalSymlinks: too many links") from None
        raise KustomizeError(f"evalsymlink failure on '{path}' : lstat {shown}: {reason}") from None


def _is_within(path: str, root: str) -> bool:
    return root == "/" or path == root or path.startswith(root + os.sep)


def _contents(path: str) -> bytes:
    step = "open"
    try:
        if not os.path.isfile(path) and os.path.exists(path) and not os.path.isdir(path):
            raise KustomizeError(f"read {path}: not a regular file")  # a pipe or a device might never end
        with open(path, "rb") as file:
            step = "read"
            content = file.read(MAX_SIZE + 1)
    except OSError as error:
        step = "read" if error.errno == 21 else step
        raise KustomizeError(f"{step} {path}: {(error.strerror or '')[:1].lower()}{(error.strerror or '')[1:]}") from None
    if len(content) > MAX_SIZE:
        raise KustomizeError(f"read {path}: file is larger than {MAX_SIZE} bytes")
    return content
