"""Validation of metadata, the same for every kind (apimachinery api/validation ObjectMeta)."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.names import NameRule

IMMUTABLE = "field is immutable"
ANNOTATIONS_LIMIT = 256 * 1024

_FIXED = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


def validate(
    metadata: Mapping[str, Any],
    *,
    namespaced: bool = True,
    name_rule: NameRule = names.is_dns_subdomain,
    path: str = "metadata",
    custom: bool = False,
) -> list[FieldError]:
    """Return what is wrong with the metadata of a new object; finalizers of custom kinds need no prefix."""
    found: list[FieldError] = []
    prefix, name = metadata.get("generateName"), metadata.get("name")
    if prefix:
        found += [fielderrors.invalid(f"{path}.generateName", prefix, text) for text in name_rule(prefix, True)]
    if not name:
        found.append(fielderrors.required(f"{path}.name", "name or generateName is required"))
    else:
        found += [fielderrors.invalid(f"{path}.name", name, text) for text in name_rule(name, False)]
    found += _namespace(metadata.get("namespace"), namespaced, path)
    if "generation" in metadata and metadata["generation"] < 0:
        found.append(fielderrors.invalid(f"{path}.generation", metadata["generation"], fielderrors.NEGATIVE))
    return found + _common(metadata, path, custom)


def _namespace(namespace: str | None, namespaced: bool, path: str) -> list[FieldError]:
    if not namespaced:
        return [fielderrors.forbidden(f"{path}.namespace", "not allowed on this type")] if namespace else []
    if not namespace:
        return [fielderrors.required(f"{path}.namespace")]
    return [fielderrors.invalid(f"{path}.namespace", namespace, text) for text in names.dns_label(namespace)]


def _common(metadata: Mapping[str, Any], path: str, custom: bool) -> list[FieldError]:
    found: list[FieldError] = []
    if values := metadata.get("labels"):
        found += labels(values, f"{path}.labels")
    if values := metadata.get("annotations"):
        found += annotations(values, f"{path}.annotations")
    if owners := metadata.get("ownerReferences"):
        found += _owners(owners, f"{path}.ownerReferences")
    listed = metadata.get("finalizers")
    if listed:
        found += _finalizers(listed, f"{path}.finalizers")
    if managed := metadata.get("managedFields"):
        found += _managed_fields(managed, f"{path}.managedFields")
    if listed and not custom:
        found += _built_in_finalizers(listed, f"{path}.finalizers")
    return found


def label_name(key: str, path: str) -> list[FieldError]:
    """Return what is wrong with the key of a label."""
    return [fielderrors.invalid(path, key, text) for text in names.qualified_name(key)]


def labels(values: Mapping[str, str], path: str) -> list[FieldError]:
    """Return what is wrong with a set of labels."""
    found: list[FieldError] = []
    for key, value in values.items():
        if names.qualified_name(key):
            found += label_name(key, path)
        if texts := names.label_value(value):
            found += [fielderrors.invalid(path, value, text) for text in texts]
    return found


def annotations(values: Mapping[str, str], path: str) -> list[FieldError]:
    """Return what is wrong with a set of annotations."""
    found: list[FieldError] = []
    size = 0
    for key, value in values.items():
        if texts := names.qualified_name(key.lower()):
            found += [fielderrors.invalid(path, key, text) for text in texts]
        size += len(key) + len(value)
    # Characters come first: bytes are at most four times as many.
    if size * 4 > ANNOTATIONS_LIMIT and sum(len(key.encode()) + len(value.encode()) for key, value in values.items()) > ANNOTATIONS_LIMIT:
        found.append(fielderrors.too_long(path, ANNOTATIONS_LIMIT))
    return found


def _owners(owners: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    first = ""
    for owner in owners:
        found += _owner(owner, path)
        if not owner.get("controller"):
            continue
        this = f"{owner.get('kind', '')}/{owner.get('name', '')}"
        if first:
            text = f'Only one reference can have Controller set to true. Found "true" in references for {first} and {this}'
            found.append(fielderrors.invalid(path, fielderrors.GoText(f"[]v1.OwnerReference{{{', '.join(map(_go_owner, owners))}}}"), text))
        else:
            first = this
    return found


def _owner(owner: Mapping[str, Any], path: str) -> list[FieldError]:
    found = []
    version, kind = owner.get("apiVersion", ""), owner.get("kind", "")
    if version.count("/") > 1 or not version.rpartition("/")[2]:
        found.append(fielderrors.invalid(f"{path}.apiVersion", version, "version must not be empty"))
    for field in ("kind", "name", "uid"):
        if not owner.get(field):
            found.append(fielderrors.invalid(f"{path}.{field}", "", f"{field} must not be empty"))
    if version == "v1" and kind == "Event":
        shown = fielderrors.GoText(_go_owner(owner, typed=True))
        found.append(fielderrors.invalid(path, shown, "/v1, Kind=Event is disallowed from being an owner"))
    return found


def _go_owner(owner: Mapping[str, Any], typed: bool = True) -> str:
    """Return an owner reference as Go's %#v prints it, but for the addresses of its two flags."""
    strings = (("APIVersion", "apiVersion"), ("Kind", "kind"), ("Name", "name"), ("UID", "uid"))
    texts = [f'{go}:"{owner.get(field, "")}"' for go, field in strings]
    for go, field in (("Controller", "controller"), ("BlockOwnerDeletion", "blockOwnerDeletion")):
        texts.append(f"{go}:(*bool)(nil)" if owner.get(field) is None else f"{go}:{str(owner[field]).lower()}")
    return ("v1.OwnerReference" if typed else "") + "{" + ", ".join(texts) + "}"


def _finalizers(finalizers: Sequence[str], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for finalizer in finalizers:
        found += label_name(finalizer, path)
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        text = "finalizer orphan and foregroundDeletion cannot be both set"
        found.append(fielderrors.invalid(path, list(finalizers), text))
    return found


def _built_in_finalizers(finalizers: Sequence[str], path: str) -> list[FieldError]:
    """Return what kube-apiserver adds for its own kinds (validateKubeFinalizerName)."""
    found: list[FieldError] = []
    for index, finalizer in enumerate(finalizers):
        if "/" not in finalizer and finalizer not in ("kubernetes", "orphan", "foregroundDeletion"):
            text = "name is neither a standard finalizer name nor is it fully qualified"
            found.append(fielderrors.invalid(f"{path}[{index}]", finalizer, text))
    return found


def _managed_fields(entries: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for index, entry in enumerate(entries):
        if entry.get("operation", "") not in ("Apply", "Update"):
            found.append(fielderrors.invalid(f"{path}[{index}].operation", entry.get("operation", ""), "must be `Apply` or `Update`"))
        if entry.get("fieldsType", "FieldsV1") != "FieldsV1":
            found.append(fielderrors.invalid(f"{path}[{index}].fieldsType", entry["fieldsType"], "must be `FieldsV1`"))
        found += field_manager(entry.get("manager", ""), f"{path}[{index}].manager")
        if len(entry.get("subresource", "")) > 256:
            found.append(fielderrors.too_long(f"{path}[{index}].subresource", 256))
    return found


def field_manager(manager: str, path: str = "fieldManager") -> list[FieldError]:
    """Return what is wrong with the name of a field manager."""
    found = [fielderrors.too_long(path, 128)] if len(manager.encode()) > 128 else []
    for index, letter in enumerate(manager):
        if not letter.isprintable():
            found.append(fielderrors.invalid(path, manager, f"invalid character U+{ord(letter):04X} (at position {index})"))
    return found


def validate_update(
    metadata: Mapping[str, Any], old: Mapping[str, Any], *, path: str = "metadata", custom: bool = False
) -> list[FieldError]:
    """Return what is wrong with a change of metadata."""
    found = _common(metadata, path, custom=True)
    if old.get("deletionTimestamp"):
        new = sorted(set(metadata.get("finalizers") or ()) - set(old.get("finalizers") or ()))
        if new:
            listed = "[]string{" + ", ".join(f'"{item}"' for item in new) + "}"
            text = f"no new finalizers can be added if the object is being deleted, found new finalizers {listed}"
            found.append(fielderrors.forbidden(f"{path}.finalizers", text))
    if not metadata.get("resourceVersion"):
        found.append(fielderrors.invalid(f"{path}.resourceVersion", "", "must be specified for an update"))
    generation = metadata.get("generation", 0)
    if generation < 0:
        found.append(fielderrors.invalid(f"{path}.generation", generation, fielderrors.NEGATIVE))
    if generation < old.get("generation", 0):
        found.append(fielderrors.invalid(f"{path}.generation", generation, "must not be decremented"))
    for field in _FIXED:
        if metadata.get(field) != old.get(field):
            found.append(fielderrors.invalid(f"{path}.{field}", _shown(field, metadata.get(field)), IMMUTABLE))
    finalizers = metadata.get("finalizers")
    return found + _built_in_finalizers(finalizers, f"{path}.finalizers") if finalizers and not custom else found


def _shown(field: str, value: Any) -> Any:
    if field in ("name", "namespace", "uid"):
        return value or ""
    if field.endswith("Timestamp") and value:
        # metav1.Time is a Stringer: 2026-01-02 03:04:05 +0000 UTC.
        return fielderrors.GoText(value.replace("T", " ").replace("Z", " +0000 UTC"))
    return value


def label_selector(selector: Mapping[str, Any] | None, path: str) -> list[FieldError]:
    """Return what is wrong with a LabelSelector object (ValidateLabelSelector)."""
    if not selector:
        return []
    found = labels(selector.get("matchLabels") or {}, f"{path}.matchLabels")
    for index, item in enumerate(selector.get("matchExpressions") or ()):
        found += selector_requirement(item, f"{path}.matchExpressions[{index}]")
    return found


def selector_requirement(item: Mapping[str, Any], path: str) -> list[FieldError]:
    """Return what is wrong with one of a LabelSelector's matchExpressions."""
    found: list[FieldError] = []
    operator, values = item.get("operator", ""), item.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            found.append(fielderrors.required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            found.append(fielderrors.forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    else:
        found.append(fielderrors.invalid(f"{path}.operator", operator, "not a valid selector operator"))
    found += label_name(item.get("key", ""), f"{path}.key")
    for index, value in enumerate(values):
        found += [fielderrors.invalid(f"{path}.values[{index}]", value, text) for text in names.label_value(value)]
    return found


def immutable(value: Any, old: Any, path: str) -> list[FieldError]:
    """Return the error about a field that changed and must not (ValidateImmutableField)."""
    return [] if value == old else [fielderrors.invalid(path, value, IMMUTABLE)]


def update(obj: Object, old: Object, *, custom: bool = False) -> list[FieldError]:
    """Return what is wrong with a change of an object's metadata: validate_update for whole objects."""
    return validate_update(obj["metadata"], old["metadata"], custom=custom)
