"""What claims of storage have in common, whether they stand alone or in a pod or a stateful set."""

from typing import Any

from minikube_py.describers import golang, multiline
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta, persistentvolumes, quantity
from minikube_py.machinery.meta import Object


def describe_template(w: Writer, template: Object) -> None:
    """Write the claim template of an ephemeral volume."""
    template = {"metadata": {}, **template}
    w.field("StorageClass", persistentvolumes.class_of(template))
    w.field("Volume", golang.at(template, "spec.volumeName", ""))
    multiline.metadata(w, template)
    details(w, template)


def details(w: Writer, claim: Object) -> None:
    """Write capacity, access modes, mode and data source."""
    spec, status = claim.get("spec") or {}, claim.get("status") or {}
    bound = bool(spec.get("volumeName"))
    capacity = quantity.parse((status.get("capacity") or {}).get("storage", "0")) if bound else ""
    w.field("Capacity", capacity)
    w.field("Access Modes", persistentvolumes.access_modes(status.get("accessModes")) if bound else "")
    if spec.get("volumeMode") is not None:
        w.field("VolumeMode", spec["volumeMode"])
    source: dict[str, Any] | None = spec.get("dataSource")
    if source is not None:
        w.line("DataSource:")
        for label, field in (("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")):
            if label != "APIGroup" or source.get(field) is not None:
                w.field(label, source.get(field) or "", 1)


def templates(w: Writer, claims: list[Object] | None) -> None:
    """Write the claim templates of a stateful set."""
    if not claims:
        w.field("Volume Claims", "<none>")
        return
    w.line("Volume Claims:")
    for claim in ({"metadata": {}, **entry} for entry in claims):
        w.field("Name", meta.name(claim), 1)
        w.field("StorageClass", persistentvolumes.class_of(claim), 1)
        multiline.labels(w, "Labels", meta.labels(claim), "  ")
        multiline.labels(w, "Annotations", meta.annotations(claim), "  ")
        size = (golang.at(claim, "spec.resources.requests") or {}).get("storage")
        w.field("Capacity", "<default>" if size is None else quantity.parse(size), 1)
        w.field("Access Modes", golang.listing(golang.at(claim, "spec.accessModes")), 1)
