"""PersistentVolumes. Their finalizer kubernetes.io/pv-protection comes from the admission plugin StorageObjectInUseProtection."""

import posixpath
from collections.abc import Iterable

from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import fielderrors, persistentvolumes
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta, values
from minikube_py.registry.core import godiff, resourcenames, volume_rules
from minikube_py.registry.pod import defaults
from minikube_py.registry.strategy import Context

_RECLAIM = ("Delete", "Recycle", "Retain")


class PersistentVolumes(kind.Kind):
    """The rules of PersistentVolumes."""

    namespaced = False
    has_status = True

    def default(self, obj: Object) -> None:
        """Fill in reclaim policy, mode and the host path's type."""
        spec = obj.setdefault("spec", {})
        if not spec.get("persistentVolumeReclaimPolicy"):
            spec["persistentVolumeReclaimPolicy"] = "Retain"
        if spec.get("volumeMode") is None:
            spec["volumeMode"] = "Filesystem"
        defaults.sources(spec)
        resourcenames.canonicalize(spec.get("capacity"))

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start as Pending. VolumeAttributesClass is off by default in v1.33, and the field is dropped then."""
        obj["spec"].pop("volumeAttributesClassName", None)
        obj["status"] = {"phase": "Pending", "lastPhaseTransitionTime": rfc3339(context.clock.now())}

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep the status, and drop what a new volume may not have either."""
        super().prepare_update(obj, old, context)
        obj["spec"].pop("volumeAttributesClassName", None)

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Note when the phase changed."""
        super().prepare_subresource(subresource, obj, old, context)
        status, before = obj.setdefault("status", {}), old.get("status") or {}
        if status.get("phase") != before.get("phase"):
            if status.get("lastPhaseTransitionTime") in (None, before.get("lastPhaseTransitionTime")):
                status["lastPhaseTransitionTime"] = rfc3339(context.clock.now())
        elif before.get("lastPhaseTransitionTime"):
            status["lastPhaseTransitionTime"] = before["lastPhaseTransitionTime"]

    def contents(self, obj: Object) -> list[FieldError]:
        """Check capacity, access, source and where it can be reached from."""
        spec = obj.get("spec") or {}
        found = volume_rules.access_modes("spec.accessModes", spec.get("accessModes") or (), "") + _capacity(spec.get("capacity"))
        if policy := spec.get("persistentVolumeReclaimPolicy"):
            found += checks.one_of("spec.persistentVolumeReclaimPolicy", policy, _RECLAIM)
        placed = spec.get("nodeAffinity")
        if placed is not None:
            found += volume_rules.node_affinity(placed)
        found += volume_rules.sources(spec, placed is not None)
        host_path = (spec.get("hostPath") or {}).get("path")
        if host_path and policy == "Recycle" and posixpath.normpath(host_path) in ("/", "//"):
            found.append(fielderrors.forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'"))
        found += volume_rules.class_name("spec.storageClassName", spec.get("storageClassName"))
        return found + checks.optional_one_of("spec.volumeMode", spec.get("volumeMode"), volume_rules.MODES)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the new volume, then that source, mode and affinity stay."""
        spec, before = obj.get("spec") or {}, old.get("spec") or {}
        found = objectmeta.update(obj, old) + self.contents(obj)
        rows = [(go, godiff.go(before.get(field), True), godiff.go(_settable(field, spec, before), True))
                for field, (go, _) in volume_rules.SOURCES.items()]  # fmt: skip
        if any(was != now for _, was, now in rows):
            text = "spec.persistentvolumesource is immutable after creation\n" + godiff.struct("core.PersistentVolumeSource", rows)
            found.append(fielderrors.forbidden("spec.persistentvolumesource", text))
        found += checks.immutable("volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
        if before.get("nodeAffinity") is not None and not values.equal(spec.get("nodeAffinity"), before["nodeAffinity"]):
            text = "field is immutable, except for updating from beta label to GA"
            found.append(fielderrors.invalid("nodeAffinity", spec.get("nodeAffinity"), text))
        return found

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about deprecated ways to name a class, and sources that are gone."""
        return warnings(obj)

    def fields(self, obj: Object) -> dict[str, str]:
        """Return `name`, an old alias of metadata.name."""
        return {"name": obj["metadata"].get("name", "")}

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return ("claim", "namespace/name") of the claim that the volume is bound to or kept for."""
        claim = (obj.get("spec") or {}).get("claimRef")
        return (("claim", f"{claim.get('namespace', '')}/{claim.get('name', '')}"),) if claim else ()


def warnings(obj: Object) -> list[str]:
    """Return the warnings about a volume."""
    spec, annotations = obj.get("spec") or {}, obj["metadata"].get("annotations") or {}
    found = []
    if persistentvolumes.BETA_CLASS in annotations:
        found.append(f'metadata.annotations[{persistentvolumes.BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead')
    if "volume.beta.kubernetes.io/mount-options" in annotations:
        found.append('metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead')
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        found.append("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
                     "Instead, the recommended approach is to use dynamic provisioning.")  # fmt: skip
    for field, text in (("cephfs", "deprecated in v1.28, non-functional in v1.31+"), ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
                        ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
                        ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
                        ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
                        ("glusterfs", "deprecated in v1.25, non-functional in v1.26+")):  # fmt: skip
        if spec.get(field) is not None:
            found.append(f"spec.{field}: {text}")
    return found


def _capacity(capacity: dict[str, str] | None) -> list[FieldError]:
    found = [] if capacity else [fielderrors.required("spec.capacity")]
    if set(capacity or ()) != {"storage"}:
        found.append(fielderrors.not_supported("spec.capacity", _go_capacity(capacity), ("storage",)))
    for name, text in (capacity or {}).items():
        found += volume_rules.basic(f"spec.capacity[{name}]", text) + volume_rules.positive(f"spec.capacity[{name}]", text)
    return found


def _go_capacity(capacity: dict[str, str] | None) -> fielderrors.GoText:
    if capacity is None:
        return fielderrors.GoText("core.ResourceList(nil)")
    unread: list[FieldError] = []
    numbers = {name: resourcenames.read("", text, unread) for name, text in sorted(capacity.items())}
    shown = [f'"{name}":{resourcenames.go_quantity(number)}' for name, number in numbers.items() if number is not None]
    return fielderrors.GoText(f"core.ResourceList{{{', '.join(shown)}}}")


def _settable(field: str, spec: Object, before: Object) -> Object | None:
    """Return a source as it is to be compared: a CSI volume may be given its secret for expansion once."""
    source: Object | None = spec.get(field)
    if field == "csi" and source and before.get("csi") and before["csi"].get("controllerExpandSecretRef") is None:
        return {name: value for name, value in source.items() if name != "controllerExpandSecretRef"}
    return source


STRATEGY = PersistentVolumes()
