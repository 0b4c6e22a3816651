"""The files of volumes that are made of other objects, and the volumes of claims: what a runtime that really mounts is given."""

from collections.abc import Mapping
from typing import Any

from minikube_py.client.api import Client
from minikube_py.client.loops import VOLUME_DRIVER, State
from minikube_py.kits.clock import parse_rfc3339
from minikube_py.kubelet import environment
from minikube_py.kubelet.environment import Missing, Sources
from minikube_py.kubelet.runtime import File
from minikube_py.kubelet.runtimes import payload
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_TOKENS = "tokens/"
_FRESH = 0.8  # of a token's life; then there is a new one in its place


class Mounts:
    """The volumes of one pod."""

    def __init__(self, pod: Object, node: Object, client: Client, sources: Sources, state: State, now: float, addresses: Mapping[str, Any],
                 *, signs: bool = True) -> None:  # fmt: skip
        """`signs`: tokens are made where they are needed; else they are empty until then."""
        self._pod = pod
        self._node = node
        self._client = client
        self._sources = sources
        self._state = state
        self._now = now
        self._addresses = addresses
        self._signs = signs

    def files(self) -> dict[str, dict[str, File]]:
        """Return the files of each volume that is made of other objects; Missing where one of those is not there."""
        found: dict[str, dict[str, File]] = {}
        for volume in environment.used_volumes(self._pod):
            if payload.is_made_of_files(volume):
                try:
                    found[volume["name"]] = payload.files(self._pod, volume, self)
                except payload.Absent as error:
                    raise Missing(f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}') from error
        return found

    def claims(self) -> dict[str, Object]:
        """Return the PersistentVolume of each volume that has a claim, all of which are bound; Missing where it is not there."""
        found: dict[str, Object] = {}
        problems: dict[str, str] = {}
        for volume in environment.used_volumes(self._pod):
            claim = environment.claim_of(self._pod, volume)
            name = self._volume_of(claim) if claim else ""
            known = self._client.find("persistentvolumes", name) if name else None
            if known is not None:
                found[volume["name"]] = known
            elif claim:
                why = f'failed to fetch PV {name} from API server: persistentvolumes "{name}" not found' if name else "PVC has empty pvc.Spec.VolumeName"
                problems[volume["name"]] = f"error processing PVC {meta.namespace(self._pod)}/{claim}: {why}"
        environment.refuse_claims(problems)
        return found

    def _volume_of(self, claim: str) -> str:
        found = self._client.find("persistentvolumeclaims", claim, meta.namespace(self._pod)) or {}
        return str((found.get("spec") or {}).get("volumeName", ""))

    def get(self, resource: str, name: str) -> Object | None:
        """Return a config map or secret (payload.Lookup)."""
        return self._sources.get(resource, name)

    def field(self, path: str) -> str:
        """Return what a fieldRef gives."""
        return environment.field_value(self._pod, path, self._addresses)

    def resource(self, reference: Mapping[str, Any]) -> str:
        """Return what a resourceFieldRef gives."""
        return environment.resource_value(self._pod, {"name": ""}, reference, self._node)

    def token(self, projection: Mapping[str, Any]) -> bytes:
        """Return a token for the API: one that is kept until four fifths of its life are over."""
        row, place = _TOKENS + meta.uid(self._pod), f"{projection.get('audience', '')}/{projection['path']}"
        known = self._state.get(row) or {}
        if place not in known or known[place][1] <= self._now:
            if not self._signs:
                return b""
            known[place] = self._new_token(projection)
            self._state.put(row, known)
        return str(known[place][0]).encode()

    def _new_token(self, wish: Mapping[str, Any]) -> tuple[str, float]:
        pod = self._pod
        bound = {"apiVersion": "v1", "kind": "Pod", "name": meta.name(pod), "uid": meta.uid(pod)}
        spec = {"audiences": [wish["audience"]] if wish.get("audience") else [], "expirationSeconds": int(wish.get("expirationSeconds") or 3600),
                "boundObjectRef": bound}  # fmt: skip
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        account = pod["spec"].get("serviceAccountName") or "default"
        status = self._client.create_subresource("serviceaccounts", account, meta.namespace(pod), "token", request)["status"]
        return status["token"], self._now + (parse_rfc3339(status["expirationTimestamp"]) - self._now) * _FRESH

    def renewal(self) -> float | None:
        """Return the seconds until the first of the pod's tokens is to be replaced."""
        moments = [moment for _, moment in (self._state.get(_TOKENS + meta.uid(self._pod)) or {}).values()]
        return max(min(moments) - self._now, 1.0) if moments else None


def forget(state: State, uid: str) -> None:
    """Forget the tokens of a pod."""
    state.delete(_TOKENS + uid)


def mentions(pod: Object, resource: str, name: str) -> bool:
    """Tell whether a pod mounts a config map or secret."""
    field, key = ("configMap", "name") if resource == "configmaps" else ("secret", "secretName")
    for volume in pod["spec"].get("volumes") or ():
        if (volume.get(field) or {}).get(key) == name:
            return True
        if any((item.get(field) or {}).get("name") == name for item in (volume.get("projected") or {}).get("sources") or ()):
            return True
    return False


def is_of_engine(volume: Object) -> bool:
    """Tell whether a PersistentVolume is a volume of the engine."""
    return (volume["spec"].get("csi") or {}).get("driver") == VOLUME_DRIVER
