"""What the files of a volume hold that is made of other objects: configMap, secret, downwardAPI, projected. Pure, given a Lookup."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from minikube_py.kubelet.runtime import File
from minikube_py.kubelet.runtimes import paths
from minikube_py.machinery.meta import Object

KINDS = ("configMap", "secret", "downwardAPI", "projected")
_DEFAULT_MODE = 0o644


class Absent(Exception):
    """Something that a volume is made of is not there; the text is the end of the kubelet's FailedMount event."""


class Lookup(Protocol):
    """Where a volume's content comes from: objects of the pod's namespace, and the pod itself."""

    def get(self, resource: str, name: str) -> Object | None:
        """Return a config map or secret (`configmaps`, `secrets`), or None."""

    def field(self, path: str) -> str:
        """Return what a fieldRef gives."""

    def resource(self, reference: Mapping[str, Any]) -> str:
        """Return what a resourceFieldRef gives."""

    def token(self, projection: Mapping[str, Any]) -> bytes:
        """Return a token of the pod's service account for a serviceAccountToken projection (audience, expirationSeconds)."""


def is_made_of_files(volume: Mapping[str, Any]) -> bool:
    """Tell whether a volume is one of these."""
    return any(kind in volume for kind in KINDS)


def files(pod: Object, volume: Mapping[str, Any], lookup: Lookup) -> dict[str, File]:
    """Return the files of a volume by their paths; Absent where something is missing that is not optional."""
    if "projected" not in volume:
        return dict(_of(pod, volume, lookup, _mode(volume)))
    found: dict[str, File] = {}
    projected = volume["projected"]
    for source in projected.get("sources") or ():
        found.update(_of(pod, source, lookup, projected.get("defaultMode", _DEFAULT_MODE)))
    return found


def _mode(volume: Mapping[str, Any]) -> int:
    kind = next(kind for kind in KINDS if kind in volume)
    return int((volume[kind] or {}).get("defaultMode", _DEFAULT_MODE))


def _of(pod: Object, source: Mapping[str, Any], lookup: Lookup, mode: int) -> Iterator[tuple[str, File]]:
    """Yield the files of one source of a projected volume, or of a volume that is one."""
    if "configMap" in source:
        yield from _keys(source["configMap"], "configmaps", "configmap", lookup, mode)
    elif "secret" in source:
        yield from _keys(source["secret"], "secrets", "secret", lookup, mode)
    elif "downwardAPI" in source:
        for item in source["downwardAPI"].get("items") or ():
            text = lookup.field(item["fieldRef"]["fieldPath"]) if "fieldRef" in item else lookup.resource(item["resourceFieldRef"])
            yield _clean(item["path"]), File(text.encode(), item.get("mode", mode))
    elif "serviceAccountToken" in source:
        token = source["serviceAccountToken"]
        user = _only_user(pod)
        private = user is not None or (pod["spec"].get("securityContext") or {}).get("fsGroup") is not None
        yield _clean(token["path"]), File(lookup.token(token), 0o600 if private else mode, user)


def _keys(reference: Mapping[str, Any], resource: str, kind: str, lookup: Lookup, mode: int) -> Iterator[tuple[str, File]]:
    name = reference.get("secretName") or reference.get("name") or ""
    optional = bool(reference.get("optional"))
    obj = lookup.get(resource, name)
    if obj is None:
        if optional:
            return
        raise Absent(f'{kind} "{name}" not found')
    contents = _contents(obj, resource)
    if not reference.get("items"):
        yield from ((key, File(data, mode)) for key, data in contents.items())
        return
    for item in reference["items"]:
        if item["key"] in contents:
            yield _clean(item["path"]), File(contents[item["key"]], item.get("mode", mode))
        elif not optional:
            what = "configmap references non-existent config key" if kind == "configmap" else "references non-existent secret key"
            raise Absent(f"{what}: {item['key']}")


def _clean(path: str) -> str:
    """Return the path of a file in its volume without steps that lead nowhere; Absent where it leads out of it."""
    try:
        return "/".join(paths.parts(path))
    except paths.Escape as error:
        raise Absent(str(error)) from error


def _contents(obj: Object, resource: str) -> dict[str, bytes]:
    if resource == "secrets":
        return {key: decoded(value) for key, value in (obj.get("data") or {}).items()}
    plain = {key: str(value).encode() for key, value in (obj.get("data") or {}).items()}
    return plain | {key: decoded(value) for key, value in (obj.get("binaryData") or {}).items()}


def decoded(value: str) -> bytes:
    """Return the bytes of a base64 value; Absent where it is none."""
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError) as error:
        raise Absent(f"illegal base64 data: {error}") from error


def _only_user(pod: Object) -> int | None:
    """Return the user that all containers of a pod run as, where the spec says so of each."""
    spec = pod["spec"]
    of_pod = (spec.get("securityContext") or {}).get("runAsUser")
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    users = {(container.get("securityContext") or {}).get("runAsUser", of_pod) for container in containers}
    return users.pop() if len(users) == 1 else None
