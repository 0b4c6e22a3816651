"""Images by pull policy, with the pull secrets of a pod (kubelet's image manager and credential provider)."""

import base64
import binascii
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from minikube_py.kubelet.engines import api, texts
from minikube_py.kubelet.engines.api import Credentials
from minikube_py.kubelet.runtime import RuntimeFailure
from minikube_py.kubelet.runtimes import translate
from minikube_py.machinery.meta import Object

_HUB = ("index.docker.io", "registry-1.docker.io", "docker.io")
_MOMENT = 1.0  # seconds between looking for an image and making a container of it
Progress = Callable[[str, str, int, int], None]


class Images:
    """The images of an engine. `progress` is told of each layer: image, layer, bytes so far, bytes in all (0: not known)."""

    def __init__(self, engine: api.Engine, progress: Progress) -> None:
        self._engine = engine
        self.progress = progress
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._found: dict[str, tuple[float, api.Image]] = {}

    def find(self, image: str) -> api.Image:
        """Return an image that is present, as it was found a moment ago; NotFound where there is none."""
        moment, found = self._found.pop(image, (0.0, None))
        return found if found is not None and time.monotonic() - moment < _MOMENT else self._engine.image(image)

    def ensure(self, image: str, policy: str, pull_secrets: Sequence[Object]) -> str:
        """Make an image present, and return what the kubelet says of it; RuntimeFailure where it cannot be had."""
        translate.check_image(image)
        if policy != "Always":
            if self._is_present(image):
                return f'Container image "{image}" already present on machine'
            if policy == "Never":
                raise RuntimeFailure("ErrImageNeverPull", f'Container image "{image}" is not present with pull policy of Never')
        begun = time.monotonic()
        with self._guard:
            lock = self._locks[image]
        with lock:
            pulling = time.monotonic()
            if policy != "Always" and self._is_present(image):  # somebody else has pulled it while we waited
                return f'Container image "{image}" already present on machine'
            found = self._pull(image, pull_secrets)
            now = time.monotonic()
        return (f'Successfully pulled image "{image}" in {spell(now - pulling)} ({spell(now - begun)} including waiting). '
                f"Image size: {found.size} bytes.")  # fmt: skip

    def _is_present(self, image: str) -> bool:
        try:
            self._found[image] = time.monotonic(), self._engine.image(image)
        except api.NotFound:
            return False
        except api.EngineError as error:
            raise RuntimeFailure("ImageInspectError", f'Failed to inspect image "{image}": {error}') from error
        return True

    def _pull(self, image: str, pull_secrets: Sequence[Object]) -> api.Image:
        """Pull with each of the credentials that are for the image's registry, at last with what the engine itself has."""
        problem: api.EngineError | None = None
        for credentials in (*keyring(image, pull_secrets), None):
            try:
                return self._engine.pull(image, credentials, lambda layer, done, whole: self.progress(image, layer, done, whole))
            except api.EngineError as error:
                problem = problem or error
        raise RuntimeFailure("ErrImagePull", str(problem)) from problem


def keyring(image: str, pull_secrets: Iterable[Object]) -> list[Credentials]:
    """Return the credentials in pull secrets that are for an image, those of the longest matching path first.

    What cannot be read is passed over, as a kubelet does: it must not become part of a message.
    """
    name = texts.qualified(image).partition("@")[0]
    found = [(pattern, credentials) for secret in pull_secrets for pattern, credentials in _entries(secret) if matches(pattern, name)]
    found.sort(key=lambda entry: entry[0].count("/") * 1000 + len(entry[0]), reverse=True)
    return [credentials for _, credentials in found]


def matches(pattern: str, name: str) -> bool:
    """Tell whether credentials for a registry (HOST[:PORT][/PATH], parts of HOST may be globs) are for an image."""
    text = pattern.removeprefix("https://").removeprefix("http://")
    host, _, path = text.partition("/")
    if path.rstrip("/") in ("v1", "v2"):
        path = ""
    image_host, _, image_path = name.partition("/")
    if host in _HUB:
        host = "docker.io"
    parts, image_parts = host.split("."), image_host.split(".")
    if len(parts) != len(image_parts) or not all(fnmatchcase(has, wants) for has, wants in zip(image_parts, parts, strict=True)):
        return False
    return image_path.startswith(path)


def _entries(secret: Object) -> Iterator[tuple[str, Credentials]]:
    for key, legacy in ((".dockerconfigjson", False), (".dockercfg", True)):
        if key not in (secret.get("data") or {}):
            continue
        try:
            content = json.loads(base64.b64decode(secret["data"][key]))
            auths = content if legacy else content.get("auths") or {}
            entries = [(str(registry), _credentials(entry)) for registry, entry in auths.items()]
        except (ValueError, binascii.Error, AttributeError):
            continue
        yield from entries


def _credentials(entry: Mapping[str, Any]) -> Credentials:
    username, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if entry.get("auth") and not username:
        username, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
    return Credentials(username, password.rstrip("\0"), str(entry.get("identitytoken") or ""))


def spell(seconds: float) -> str:
    """Return a time as Go prints a Duration that was cut to milliseconds: 523ms, 1.2s, 1m2.5s."""
    thousandths = int(seconds * 1000)
    if thousandths < 1000:
        return f"{thousandths}ms" if thousandths else "0s"
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{hours}h{minutes}m{text}" if hours else f"{minutes}m{text}" if minutes else text
