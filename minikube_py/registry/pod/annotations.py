"""Validation of the annotations that mean something to pods: mirror pods, deletion cost, seccomp, AppArmor."""

import re
from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import rules

MIRROR = "kubernetes.io/config.mirror"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
OLD_APP_ARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead'


def validate(values: Mapping[str, str], spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check the annotations of a pod (ValidatePodSpecificAnnotations)."""
    found: list[FieldError] = []
    if MIRROR in values and not spec.get("nodeName"):
        text = "must set spec.nodeName if mirror pod annotation is set"
        found.append(fielderrors.invalid(f"{path}[{MIRROR}]", values[MIRROR], text))
    cost = values.get(DELETION_COST)
    if cost is not None and not _is_cost(cost):
        found.append(fielderrors.invalid(f"{path}[{DELETION_COST}]", cost, "must be a 32bit integer"))
    for key, value in values.items():
        if key == SECCOMP_POD or key.startswith(SECCOMP_CONTAINER):
            found += _seccomp(value, f"{path}.{key}")
    for key, value in values.items():
        if key.startswith(APP_ARMOR):
            found += _app_armor(key, value, spec, path)
    return found


def _is_cost(text: str) -> bool:
    # No leading zeros and no plus sign, so that one number has one spelling.
    return bool(re.fullmatch(r"0|-?[1-9][0-9]*", text)) and -(2**31) <= int(text) < 2**31


def _seccomp(value: str, path: str) -> list[FieldError]:
    if value in ("runtime/default", "docker/default", "unconfined"):
        return []
    if value.startswith("localhost/"):
        return rules.descending(path, value.removeprefix("localhost/"))
    return [fielderrors.invalid(path, value, "must be a valid seccomp profile")]


def _app_armor(key: str, value: str, spec: Mapping[str, Any], path: str) -> list[FieldError]:
    found = []
    name = key.removeprefix(APP_ARMOR)
    if all(item.get("name") != name for item, _ in rules.visit(spec, "")):
        found.append(fielderrors.invalid(f"{path}[{key}]", name, "container not found"))
    if value not in ("", "runtime/default", "unconfined") and not value.startswith("localhost/"):
        found.append(fielderrors.invalid(f"{path}[{key}]", value, f'invalid AppArmor profile name: "{value}"'))
    return found


def validate_update(values: Mapping[str, str], old: Mapping[str, str]) -> list[FieldError]:
    """Check what must not be changed in annotations of a pod (ValidatePodSpecificAnnotationUpdates)."""
    found = []
    for key, value in old.items():
        if values.get(key) == value:
            continue
        if key.startswith(APP_ARMOR):
            found.append(fielderrors.forbidden(f"metadata.annotations[{key}]", "may not remove or update AppArmor annotations"))
        if key == MIRROR:
            found.append(fielderrors.forbidden(f"metadata.annotations[{key}]", "may not remove or update mirror pod annotation"))
    for key in values:
        if key in old:
            continue
        if key.startswith(APP_ARMOR):
            found.append(fielderrors.forbidden(f"metadata.annotations[{key}]", "may not add AppArmor annotations"))
        if key == MIRROR:
            found.append(fielderrors.forbidden(f"metadata.annotations[{key}]", "may not add mirror pod annotation"))
    return found


def seccomp_match(values: Mapping[str, str], spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check that seccomp annotations and fields say the same."""
    found: list[FieldError] = []
    whole = (spec.get("securityContext") or {}).get("seccompProfile")
    if whole is not None and SECCOMP_POD in values:
        found += _match(values[SECCOMP_POD], whole, f"{path}.securityContext.seccompProfile", "seccomp")
    for item, where in rules.visit(spec, path):
        own = (item.get("securityContext") or {}).get("seccompProfile")
        note = values.get(SECCOMP_CONTAINER + item.get("name", ""))
        if own is not None and note is not None:
            found += _match(note, own, f"{where}.securityContext.seccompProfile", "seccomp")
    return found


def app_armor_match(values: Mapping[str, str], spec: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check that AppArmor annotations and fields of a new pod say the same."""
    if (spec.get("os") or {}).get("name") == "windows":
        return []
    found: list[FieldError] = []
    whole = (spec.get("securityContext") or {}).get("appArmorProfile")
    for item, where in rules.visit(spec, path):
        own = (item.get("securityContext") or {}).get("appArmorProfile") or whole
        note = values.get(APP_ARMOR + item.get("name", ""))
        if own is not None and note is not None:
            found += _match(note, own, f"{where}.securityContext.appArmorProfile", "apparmor")
    return found


def _match(note: str, profile: Mapping[str, Any], path: str, word: str) -> list[FieldError]:
    kind = profile.get("type")
    if kind == "Localhost" and note.startswith("localhost/"):
        if note.removeprefix("localhost/") == profile.get("localhostProfile"):
            return []
        return [fielderrors.forbidden(f"{path}.localhostProfile", f"{word} profile in annotation and field must match")]
    accepted = {
        "Unconfined": ("unconfined",),
        "RuntimeDefault": ("runtime/default", "docker/default" if word == "seccomp" else "runtime/default"),
    }
    if note in accepted.get(str(kind), ()) or kind not in ("Localhost", *accepted):
        return []
    return [fielderrors.forbidden(f"{path}.type", f"{word} type in annotation and field must match")]


def app_armor_profile(note: str) -> dict[str, str] | None:
    """Return the field that an AppArmor annotation stands for."""
    if note == "unconfined":
        return {"type": "Unconfined"}
    if note == "runtime/default":
        return {"type": "RuntimeDefault"}
    if note.startswith("localhost/") and note.removeprefix("localhost/").strip():
        return {"type": "Localhost", "localhostProfile": note.removeprefix("localhost/")}
    return None
