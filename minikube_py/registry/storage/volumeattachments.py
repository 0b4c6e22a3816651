"""VolumeAttachments: that a volume is to be attached to a node, and how far that is."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.core import volume_rules
from minikube_py.registry.pod import volumes

_ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


class VolumeAttachments(kind.Kind):
    """The rules of VolumeAttachments."""

    status_metadata = ()
    namespaced = False
    has_status = True
    allow_unconditional_update = False
    empty_status = {"attached": False}

    def validate(self, obj: Object) -> list[FieldError]:
        """Check the new attachment, with what only v1 asks for."""
        found, spec = super().validate(obj), obj.get("spec") or {}
        found += volumes.csi_driver(spec.get("attacher", ""), "spec.attacher")
        return found + volume_rules.class_name("spec.source.persistentVolumeName", (spec.get("source") or {}).get("persistentVolumeName"))

    def contents(self, obj: Object) -> list[FieldError]:
        """Check attacher, source and node."""
        spec = obj.get("spec") or {}
        found = [] if spec.get("attacher") else [fielderrors.required("spec.attacher")]
        node = spec.get("nodeName") or ""
        return found + _source(spec.get("source") or {}) + checks.each("spec.nodeName", node, names.dns_subdomain(node))

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold the spec."""
        found = objectmeta.update(obj, old) + self.contents(obj)
        if obj.get("spec") != old.get("spec"):
            found.append(fielderrors.invalid("spec", obj.get("spec"), checks.IMMUTABLE))
        return found


def _source(source: dict[str, Any]) -> list[FieldError]:
    name, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    if name is None and inline is None:
        return [fielderrors.required("spec.source", _ONE_SOURCE)]
    if name is not None and inline is not None:
        return [fielderrors.forbidden("spec.source", _ONE_SOURCE)]
    if name == "":
        return [fielderrors.required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName")]
    if inline is not None and inline.get("csi") is None:
        return [fielderrors.required("spec.source.inlineVolumeSpec.csi", "has to be specified in the context of inline volumes")]
    return []


STRATEGY = VolumeAttachments()
