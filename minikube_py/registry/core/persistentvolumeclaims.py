"""PersistentVolumeClaims. Their finalizer kubernetes.io/pvc-protection comes from the admission plugin StorageObjectInUseProtection."""

from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.machinery import fielderrors, meta, names, persistentvolumes, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.core import godiff, resourcenames, volume_rules
from minikube_py.registry.pod import warnings
from minikube_py.registry.strategy import Context

_IMMUTABLE = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
_FIELDS = (
    ("AccessModes", "accessModes"), ("Selector", "selector"), ("Resources", "resources"), ("VolumeName", "volumeName"),
    ("StorageClassName", "storageClassName"), ("VolumeMode", "volumeMode"), ("DataSource", "dataSource"),
    ("DataSourceRef", "dataSourceRef"), ("VolumeAttributesClassName", "volumeAttributesClassName"),
)  # fmt: skip


class PersistentVolumeClaims(kind.Kind):
    """The rules of PersistentVolumeClaims."""

    has_status = True

    def default(self, obj: Object) -> None:
        """Fill in the mode."""
        default_spec(obj.setdefault("spec", {}))

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start as Pending, with one source at most."""
        obj["status"] = {"phase": "Pending"}
        _settle_sources(obj["spec"], {})

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep the status, and let the sources agree."""
        super().prepare_update(obj, old, context)
        _settle_sources(obj["spec"], old.get("spec") or {})

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Keep all but the status, and drop what VolumeAttributesClass would bring to it."""
        super().prepare_subresource(subresource, obj, old, context)
        status = obj.get("status") or {}
        for field in ("currentVolumeAttributesClassName", "modifyVolumeStatus"):
            status.pop(field, None)
        for field in ("capacity", "allocatedResources"):
            resourcenames.canonicalize(status.get(field))

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the spec."""
        return spec_errors(obj.get("spec") or {}, "spec")

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold all but the size of a bound claim."""
        spec, before = obj.get("spec") or {}, old.get("spec") or {}
        found: list[FieldError] = []
        was, now = (meta.annotations(some).get(persistentvolumes.BETA_CLASS) for some in (old, obj))
        moved = was is not None and before.get("storageClassName") is None and spec.get("storageClassName") == was and now in (None, was)
        if not moved and (was or "") != (now or ""):
            found.append(fielderrors.invalid(f"metadata.annotations.{persistentvolumes.BETA_CLASS}", now or "", checks.IMMUTABLE))
        found += _spec_changes(_comparable(obj, old, moved), before)
        found += _shrunk(spec, before, (old.get("status") or {}).get("capacity") or {})
        found += checks.immutable("volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
        if spec.get("volumeAttributesClassName") != before.get("volumeAttributesClassName"):
            text = "update is forbidden when the VolumeAttributesClass feature gate is disabled"
            found.append(fielderrors.forbidden("spec.volumeAttributesClassName", text))
        return found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the new claim, then what may not change."""
        return objectmeta.update(obj, old) + self.contents(obj) + self.changes(obj, old)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check the capacity."""
        found = objectmeta.update(obj, old)
        for name, text in ((obj.get("status") or {}).get("capacity") or {}).items():
            found += volume_rules.basic(f"status.capacity[{name}]", text)
        return found

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about the old way to name a class, and fractions of bytes."""
        found = []
        if persistentvolumes.BETA_CLASS in meta.annotations(obj):
            found.append(f'metadata.annotations[{persistentvolumes.BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead')
        return found + warnings.for_storage(obj.get("spec") or {}, "spec")

    def fields(self, obj: Object) -> dict[str, str]:
        """Return `name`, an old alias of metadata.name."""
        return {"name": obj["metadata"].get("name", "")}

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return ("volume", name) of the volume that the claim is bound to or asks for."""
        name = (obj.get("spec") or {}).get("volumeName")
        return (("volume", name),) if name else ()


def default_spec(spec: dict[str, Any]) -> None:
    """Fill in a claim's spec; templates of claims in StatefulSets are the same."""
    if spec.get("volumeMode") is None:
        spec["volumeMode"] = "Filesystem"
    for field in ("requests", "limits"):
        resourcenames.canonicalize((spec.get("resources") or {}).get(field))
    for field in ("dataSource", "dataSourceRef"):
        if spec.get(field) is not None:
            spec[field].setdefault("apiGroup", None)


def _settle_sources(spec: dict[str, Any], before: Mapping[str, Any]) -> None:
    """Let dataSource and dataSourceRef agree, and drop what VolumeAttributesClass and CrossNamespaceVolumeDataSource, off in v1.33, would bring."""
    spec.pop("volumeAttributesClassName", None)
    old_source, old_reference = before.get("dataSource"), before.get("dataSourceRef")
    if old_reference is None and (spec.get("dataSourceRef") or {}).get("namespace"):
        del spec["dataSourceRef"]
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None and reference is old_source is old_reference is None and not _is_known(source):
        source = None
        del spec["dataSource"]
    if source is not None and reference is None:
        spec["dataSourceRef"] = dict(source)
    elif reference is not None and source is None and not reference.get("namespace"):
        spec["dataSource"] = {name: value for name, value in reference.items() if name != "namespace"}


def _is_known(source: Mapping[str, Any]) -> bool:
    """Tell whether a source is of the two kinds that there were before any object could be one."""
    return (source.get("apiGroup") or "", source.get("kind", "")) in (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def spec_errors(spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Return what is wrong with a claim's spec, be the claim on its own or the template of an ephemeral volume."""
    found = volume_rules.access_modes(f"{path}.accessModes", spec.get("accessModes") or (), "at least 1 access mode is required")
    if spec.get("selector") is not None:
        # Kubernetes checks the selector between the two looks at the access modes.
        found += objectmeta.label_selector(spec["selector"], f"{path}.selector")
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if size is None:
        found.append(fielderrors.required(f"{path}.resources[storage]"))
    else:
        found += volume_rules.positive(f"{path}.resources[storage]", size)
    found += volume_rules.class_name(f"{path}.storageClassName", spec.get("storageClassName"))
    found += checks.optional_one_of(f"{path}.volumeMode", spec.get("volumeMode"), volume_rules.MODES)
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None:
        found += _source(f"{path}.dataSource", source)
    if reference is not None:
        found += _source(f"{path}.dataSourceRef", reference)
    return found + _agreement(path, source, reference)


def _source(field: str, source: dict[str, Any]) -> list[FieldError]:
    found = [fielderrors.required(f"{field}.{part}") for part in ("name", "kind") if not source.get(part)]
    group, kind_of = source.get("apiGroup") or "", source.get("kind", "")
    if not group and kind_of != "PersistentVolumeClaim":
        found.append(fielderrors.invalid(field, kind_of, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
    if group:
        found += checks.each(f"{field}.apiGroup", group, names.dns_subdomain(group))
    if space := source.get("namespace"):
        found += checks.each(f"{field}.namespace", space, names.dns_label(space))
    return found


def _agreement(path: str, source: dict[str, Any] | None, reference: dict[str, Any] | None) -> list[FieldError]:
    if source is None or reference is None:
        return []
    shown = fielderrors.GoText(f"{path}.dataSource")
    if reference.get("namespace"):
        return [fielderrors.invalid(path, shown, "may not be specified when dataSourceRef.namespace is specified")]
    if all(source.get(part) == reference.get(part) for part in ("apiGroup", "kind", "name")):
        return []
    return [fielderrors.invalid(path, shown, "must match dataSourceRef")]


def _comparable(obj: Object, old: Object, moved: bool) -> dict[str, Any]:
    """Return the new spec with all that may change set back."""
    spec, before = dict(obj.get("spec") or {}), old.get("spec") or {}
    named_later = spec.get("storageClassName") is not None and before.get("storageClassName") is None
    beta = meta.annotations(old).get(persistentvolumes.BETA_CLASS)
    if not before.get("volumeName"):
        spec["volumeName"] = before.get("volumeName")
    if moved or (named_later and beta in (None, spec.get("storageClassName"))):
        spec["storageClassName"] = before.get("storageClassName")
    if meta.phase(obj) == "Bound":
        resources = spec.get("resources") or {}
        if resources.get("requests") is not None:
            was = ((before.get("resources") or {}).get("requests") or {}).get("storage")
            spec["resources"] = {**resources, "requests": {**resources["requests"], "storage": was}}
        if spec.get("volumeAttributesClassName") is not None:
            spec["volumeAttributesClassName"] = before.get("volumeAttributesClassName")
    return spec


def _spec_changes(spec: dict[str, Any], before: dict[str, Any]) -> list[FieldError]:
    rows = [(go, _shown(field, before), _shown(field, spec)) for go, field in _FIELDS]
    if all(was == now for _, was, now in rows):
        return []
    go, was, now = rows[0]  # the access modes, whose type is shown where they change
    if was != now:
        rows[0] = go, _typed_modes(was), _typed_modes(now)
    old, new = before.get("resources") or {}, spec.get("resources") or {}
    text = godiff.struct("core.PersistentVolumeClaimSpec", rows, {"Resources": _resources_block(old, new)})
    return [fielderrors.forbidden("spec", f"{_IMMUTABLE}\n{text}")]


def _typed_modes(text: str) -> str:
    return text if text == "nil" else f"[]core.PersistentVolumeAccessMode{text}"


def _shown(field: str, spec: dict[str, Any]) -> str:
    value = spec.get(field)
    if field == "resources":
        given = [(go, (value or {}).get(part)) for go, part in _PARTS]
        parts = [f"{go}: {_list(amounts)}" for go, amounts in given if amounts]
        return "{" + ", ".join(parts) + "}"
    if field == "volumeName":
        return godiff.go(value or "")
    return godiff.go(value or None if isinstance(value, list) else value, pointer=True)


_PARTS = (("Limits", "limits"), ("Requests", "requests"))


def _list(amounts: Mapping[str, str | None]) -> str:
    """Return a ResourceList that is the same: what is within its amounts is not told."""
    return "{" + ", ".join(f's"{name}": {_quantity(text, "{...}")}' for name, text in sorted(amounts.items())) + "}"


def _resources_block(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return what changed in resources, field by field."""
    lines: list[tuple[str, str, str]] = []
    for go, part in _PARTS:
        was, now = old.get(part), new.get(part)
        if (was or None) == (now or None):
            lines.append(("  ", go, _list(now) if now else "nil"))
            continue
        for mark, amounts in (("- ", was), ("+ ", now)):
            if amounts:
                listed = "".join(f'{mark}\t\t\ts"{name}": {_quantity(text)},\n' for name, text in sorted(amounts.items()))
                lines.append(("", go, f"{mark}\t\t{go}: core.ResourceList{{\n{listed}{mark}\t\t}},\n"))
            else:
                lines.append((mark, go, "nil" if amounts is None else "core.ResourceList{}"))
    return "".join(["  \tResources: core.VolumeResourceRequirements{\n", *godiff.aligned(lines, 2), "  \t},\n"])


def _quantity(text: str | None, inner: str = "") -> str:
    if text is None:
        return "{}"
    number = quantity.parse(text)
    return f'{{i: {inner or f"resource.int64Amount{{value: {number.value()}}}"}, s: "{number}", Format: "{number.format}"}}'


def _shrunk(spec: dict[str, Any], before: dict[str, Any], capacity: dict[str, str]) -> list[FieldError]:
    new, old = (quantity.parse(((some.get("resources") or {}).get("requests") or {}).get("storage") or "0") for some in (spec, before))
    if new >= old or new > quantity.parse(capacity.get("storage") or "0"):
        return []
    return [fielderrors.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")]


STRATEGY = PersistentVolumeClaims()
