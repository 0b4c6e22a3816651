"""CustomResourceDefinitions. Conditions and accepted names in the status are a controller's; here they are only stored.

CEL rules (x-kubernetes-validations) are checked for presence, not compiled, and defaults are not checked against their own schema.
"""

from typing import Any

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.admissionregistration import rules
from minikube_py.registry.apiextensions import versions
from minikube_py.registry.strategy import Context

_APPROVED = "api-approved.kubernetes.io"
_MIXED_CASE = "may have mixed case, but should otherwise match: "
_PRESERVE = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"


class CustomResourceDefinitions(kind.Kind):
    """The rules of CustomResourceDefinitions."""

    status_metadata = ()
    namespaced = False
    has_status = True
    counts_generation = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """Fill in singular, listKind, conversion, and the port of its webhook."""
        spec = obj.setdefault("spec", {})
        found = spec.setdefault("names", {})
        if not found.get("singular"):
            found["singular"] = found.get("kind", "").lower()
        if not found.get("listKind") and found.get("kind"):
            found["listKind"] = found["kind"] + "List"
        if spec.get("conversion") is None:
            spec["conversion"] = {"strategy": "None"}
        service = ((spec["conversion"].get("webhook") or {}).get("clientConfig") or {}).get("service")
        if service is not None and service.get("port") is None:
            service["port"] = 443

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start with nothing accepted, stored in the storage version."""
        super().prepare_create(obj, context)
        obj["status"] = {"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": _storage(obj)}

    def prepare_update(self, obj: Object, old: Object, context: Context) -> None:
        """Keep the status, and note a new storage version in it."""
        super().prepare_update(obj, old, context)
        status = obj.get("status") or {}
        stored = status.get("storedVersions") or []
        added = [name for name in _storage(obj) if name not in stored]
        if added:
            obj["status"] = status | {"storedVersions": stored + added}

    def validate(self, obj: Object) -> list[FieldError]:
        """Check that the name is plural and group, then the rest."""
        rule = _rule(obj.get("spec") or {})
        found = objectmeta.validate(obj["metadata"], namespaced=False, name_rule=rule) + self.contents(obj)
        return found + _approval(obj)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check group, scope, versions, names and conversion."""
        spec = obj.get("spec") or {}
        found = _group(spec.get("group") or "")
        if not spec.get("scope"):
            found.append(fielderrors.required("spec.scope"))
        else:
            found += checks.one_of("spec.scope", spec["scope"], ("Cluster", "Namespaced"))
        if spec.get("preserveUnknownFields"):
            found.append(fielderrors.invalid("spec.preserveUnknownFields", True, _PRESERVE))
        found += versions.errors(spec)
        given = spec.get("names") or {}
        found += [fielderrors.required(f"spec.names.{part}") for part in ("plural", "singular", "kind", "listKind") if not given.get(part)]
        found += _names("spec.names", given)
        found += _conversion(spec.get("conversion") or {})
        return found + _names("status.acceptedNames", (obj.get("status") or {}).get("acceptedNames") or {})

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the new definition, and hold what objects are stored under."""
        spec, before = obj.get("spec") or {}, old.get("spec") or {}
        found = objectmeta.update(obj, old) + self.contents(obj)
        given, was = spec.get("names") or {}, before.get("names") or {}
        if (meta.condition(old, "Established") or {}).get("status") == "True":
            found += checks.immutable("spec.scope", spec.get("scope", ""), before.get("scope", ""))
            found += checks.immutable("spec.names.kind", given.get("kind", ""), was.get("kind", ""))
        found += checks.immutable("spec.group", spec.get("group", ""), before.get("group", ""))
        found += checks.immutable("spec.names.plural", given.get("plural", ""), was.get("plural", ""))
        return found + _stored(obj)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check accepted names and stored versions."""
        return objectmeta.update(obj, old) + _names("status.acceptedNames", (obj.get("status") or {}).get("acceptedNames") or {}) + _stored(obj)


def _storage(obj: Object) -> list[str]:
    return [version["name"] for version in (obj.get("spec") or {}).get("versions") or () if version.get("storage") and version.get("name")][:1]


def _stored(obj: Object) -> list[FieldError]:
    stored = (obj.get("status") or {}).get("storedVersions") or []
    known = {version.get("name") for version in (obj.get("spec") or {}).get("versions") or ()}
    found = [
        fielderrors.invalid(f"status.storedVersions[{number}]", name, "must appear in spec.versions")
        for number, name in enumerate(stored)
        if name not in known
    ]
    if not stored:
        found.append(fielderrors.invalid("status.storedVersions", fielderrors.GoText("[]string{}"), "must have at least one stored version"))
    return found


def _rule(spec: dict[str, Any]) -> names.NameRule:
    required = f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group', '')}"

    def check(name: str, prefix: bool = False) -> names.Messages:
        found = names.is_dns_subdomain(name, prefix)
        return found if name == required else (*found, 'must be spec.names.plural+"."+spec.group')

    return check


def _group(group: str) -> list[FieldError]:
    if not group:
        return [fielderrors.required("spec.group")]
    found = checks.joined("spec.group", group, names.dns_subdomain(group))
    if found or "." in group:
        return found
    return [fielderrors.invalid("spec.group", group, "should be a domain with at least one dot")]


def _names(field: str, given: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    for part in ("plural", "singular"):
        if given.get(part):
            found += checks.joined(f"{field}.{part}", given[part], names.dns_1035_label(given[part]))
    for part in ("kind", "listKind"):
        if given.get(part) and (texts := names.dns_1035_label(given[part].lower())):
            found.append(fielderrors.invalid(f"{field}.{part}", given[part], _MIXED_CASE + ",".join(texts)))
    for number, name in enumerate(given.get("shortNames") or ()):
        found += checks.joined(f"{field}.shortNames[{number}]", name, names.dns_1035_label(name))
    if given.get("kind") and given["kind"] == given.get("listKind"):
        found.append(fielderrors.invalid(f"{field}.listKind", given["listKind"], "kind and listKind may not be the same"))
    for number, name in enumerate(given.get("categories") or ()):
        found += checks.joined(f"{field}.categories[{number}]", name, names.dns_1035_label(name))
    return found


def _conversion(conversion: dict[str, Any]) -> list[FieldError]:
    field, strategy, webhook = "spec.conversion", conversion.get("strategy") or "", conversion.get("webhook")
    if not strategy:
        return [fielderrors.required(f"{field}.strategy")]
    found = checks.one_of(f"{field}.strategy", strategy, ("None", "Webhook"))
    config = (webhook or {}).get("clientConfig")
    if strategy != "Webhook":
        if config is not None:
            found.append(fielderrors.forbidden(f"{field}.webhookClientConfig", "should not be set when strategy is not set to Webhook"))
        return found
    if config is None:
        found.append(fielderrors.required(f"{field}.webhookClientConfig", "required when strategy is set to Webhook"))
    else:
        found += rules.client(f"{field}.webhookClientConfig", config)
    return found + rules.review_versions(f"{field}.conversionReviewVersions", (webhook or {}).get("conversionReviewVersions"))


def _approval(obj: Object) -> list[FieldError]:
    """Ask for an annotation on definitions in groups that are Kubernetes' own."""
    group = (obj.get("spec") or {}).get("group") or ""
    if group not in ("k8s.io", "kubernetes.io") and not group.endswith((".k8s.io", ".kubernetes.io")):
        return []
    field, value = f"metadata.annotations[{_APPROVED}]", meta.annotations(obj).get(_APPROVED)
    if not value:
        text = f'protected groups must have approval annotation "{_APPROVED}", see https://github.com/kubernetes/enhancements/pull/1111'
        return [fielderrors.required(field, text)]
    if value.startswith(("unapproved", "https://", "http://")):
        return []
    text = f'protected groups must have approval annotation "{_APPROVED}" with either a URL or a reason starting with "unapproved", '
    return [fielderrors.invalid(field, value, text + "see https://github.com/kubernetes/enhancements/pull/1111")]


STRATEGY = CustomResourceDefinitions()
