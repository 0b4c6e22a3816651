"""VolumeAttachments: that a volume is to be attached to a node, and how far that is."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.pod import gotext, volumes
from minikube_py.registry.strategy import Context

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
        name = (spec.get("source") or {}).get("persistentVolumeName")
        return found if name is None else found + checks.each("spec.source.persistentVolumeName", name, names.dns_subdomain(name))

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
            found.append(fielderrors.invalid("spec", _go_spec(obj.get("spec") or {}), checks.IMMUTABLE))
        return found

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Drop the code of an error, whose feature MutableCSINodeAllocatableCount is off by default in v1.33; its time is always written."""
        super().prepare_subresource(subresource, obj, old, context)
        status = obj.get("status") or {}
        for problem in (status.get("attachError"), status.get("detachError")):
            if problem is not None:
                problem.pop("errorCode", None)
                problem.setdefault("time", None)


def _go_spec(spec: dict[str, Any]) -> fielderrors.GoText:
    attacher, node, source = gotext.quote(spec.get("attacher", "")), gotext.quote(spec.get("nodeName", "")), spec.get("source") or {}
    name, inline = source.get("persistentVolumeName"), source.get("inlineVolumeSpec")
    # What is behind a pointer is shown in place of its address.
    shown = (f"PersistentVolumeName:{'(*string)(nil)' if name is None else gotext.quote(name)}, InlineVolumeSpec:"
             + ("(*core.PersistentVolumeSpec)(nil)" if inline is None else gotext.struct("core.PersistentVolumeSpec", inline)))  # fmt: skip
    source_text = f"storage.VolumeAttachmentSource{{{shown}}}"
    return fielderrors.GoText(f"storage.VolumeAttachmentSpec{{Attacher:{attacher}, Source:{source_text}, NodeName:{node}}}")


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
