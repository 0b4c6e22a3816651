"""Images by pull policy, with the pull secrets of a pod (kubelet's image manager and credential provider)."""

import base64
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from minikube_py.kubelet.engines import api, texts
from minikube_py.kubelet.engines.api import Credentials
from minikube_py.kubelet.runtime import RuntimeFailure
from minikube_py.kubelet.runtimes import translate
from minikube_py.machinery.meta import Object

_HUB = "index.docker.io"  # what credentials for docker.io are noted by
_UNREADABLE = "unable to parse auth field, must be formatted as base64(username:password)"
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

    Where a secret cannot be read nothing is pulled: RuntimeFailure, which tells nothing of what is in it.
    """
    name = texts.repository_and_tag(texts.qualified(image).partition("@")[0])[0]
    found = [entry for secret in pull_secrets for entry in _entries(secret)]
    fitting = sorted((entry for entry in found if matches(entry[0], name)), key=lambda entry: entry[0], reverse=True)
    if not fitting and name.startswith("docker.io/"):
        fitting = [entry for entry in found if entry[0] == _HUB]
    return [credentials for _, credentials in fitting]


def matches(place: str, name: str) -> bool:
    """Tell whether credentials for a registry (HOST[:PORT][/PATH], parts of HOST may be globs) are for an image."""
    host, _, path = place.partition("/")
    image_host, _, image_path = name.partition("/")
    (wanted, port), (given, image_port) = _split(host), _split(image_host)
    parts, image_parts = wanted.split("."), given.split(".")
    if port != image_port or len(parts) != len(image_parts) or not image_path.startswith(path):
        return False
    return all(fnmatchcase(has, wants) for has, wants in zip(image_parts, parts, strict=True))


def _split(place: str) -> tuple[str, str]:
    """Return a host and its port, empty where it names none."""
    host, colon, port = place.rpartition(":")
    return (host.strip("[]"), port) if colon and (":" not in host or host.endswith("]")) else (place, "")


def _entries(secret: Object) -> Iterator[tuple[str, Credentials]]:
    """Yield where the credentials in a pull secret are for, without a scheme, and what they are."""
    for key, kind in ((".dockerconfigjson", "kubernetes.io/dockerconfigjson"), (".dockercfg", "kubernetes.io/dockercfg")):
        if not (secret.get("data") or {}).get(key) or secret.get("type") != kind:
            continue
        try:
            content = json.loads(base64.b64decode(secret["data"][key]))
            auths = content if key == ".dockercfg" else content.get("auths") or {}
            yield from [(_place(str(registry)), _credentials(entry or {})) for registry, entry in auths.items()]
        except (ValueError, AttributeError) as error:
            raise RuntimeFailure("ErrImagePull", _UNREADABLE) from error


def _place(registry: str) -> str:
    """Return what a registry is told of by: hosts stand for all in them, as they do with the paths /v1/ and /v2/."""
    parts = urlsplit(registry if registry.startswith(("https://", "http://")) else f"https://{registry}")
    path = parts.path[3:] if parts.path.startswith(("/v1/", "/v2/")) else parts.path
    return parts.netloc.rpartition("@")[2] + ("" if path == "/" else path)


def _credentials(entry: Mapping[str, Any]) -> Credentials:
    username, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if auth := str(entry.get("auth") or "").strip():
        username, colon, password = base64.b64decode(auth + "=" * (-len(auth) % 4), validate=True).decode().partition(":")
        if not colon:
            raise ValueError("no colon")
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
