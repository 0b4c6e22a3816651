"""APIServices: which server serves a version of a group."""

from typing import Any

from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.strategy import Context

_MAX_GROUP_PRIORITY, _MAX_VERSION_PRIORITY = 20000, 1000


class APIServices(kind.PathNamed):
    """The rules of APIServices."""

    namespaced = False
    has_status = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """Fill in the service's port."""
        service = (obj.get("spec") or {}).get("service")
        if service is not None and service.get("port") is None:
            service["port"] = 443

    def prepare_create(self, obj: Object, context: Context) -> None:
        """What this server itself serves is available at once."""
        obj["status"] = {}
        if (obj.get("spec") or {}).get("service") is None:
            condition = {"type": "Available", "status": "True", "lastTransitionTime": rfc3339(context.clock.now()),
                         "reason": "Local", "message": "Local APIServices are always available"}  # fmt: skip
            obj["status"] = {"conditions": [condition]}

    def validate(self, obj: Object) -> list[FieldError]:
        """Check that the name is version and group, then the rest."""
        return objectmeta.validate(obj["metadata"], namespaced=False, name_rule=_rule(obj.get("spec") or {})) + self.contents(obj)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check group, version, priorities and service."""
        spec = obj.get("spec") or {}
        group, version = spec.get("group") or "", spec.get("version") or ""
        found: list[FieldError] = []
        if group:
            found += checks.joined("spec.group", group, names.dns_subdomain(group))
        elif version != "v1":
            found.append(fielderrors.required("spec.group", "only v1 may have an empty group and it better be legacy kube"))
        found += checks.joined("spec.version", version, names.dns_1035_label(version))
        for field, most in (("groupPriorityMinimum", _MAX_GROUP_PRIORITY), ("versionPriority", _MAX_VERSION_PRIORITY)):
            if not 0 < spec.get(field, 0) <= most:
                found.append(fielderrors.invalid(f"spec.{field}", spec.get(field, 0), f"must be positive and less than {most}"))
        return found + (_local(spec) if spec.get("service") is None else _remote(spec, spec["service"]))


def _rule(spec: dict[str, Any]) -> names.NameRule:
    required = f"{spec.get('version', '')}.{spec.get('group', '')}"

    def check(name: str, prefix: bool = False) -> names.Messages:
        found = names.path_segment(name)
        if found or name == required:
            return found
        return (f'must be `spec.version+"."+spec.group`: "{required}"',)

    return check


def _local(spec: dict[str, Any]) -> list[FieldError]:
    found = []
    if spec.get("caBundle"):
        size = checks.base64_size(spec["caBundle"])
        found.append(fielderrors.invalid("spec.caBundle", f"{size} bytes", "local APIServices may not have a caBundle"))
    if spec.get("insecureSkipTLSVerify"):
        found.append(fielderrors.invalid("spec.insecureSkipTLSVerify", True, "local APIServices may not have insecureSkipTLSVerify"))
    return found


def _remote(spec: dict[str, Any], service: dict[str, Any]) -> list[FieldError]:
    found = [fielderrors.required(f"spec.service.{part}") for part in ("namespace", "name") if not service.get(part)]
    if texts := names.port_number(service.get("port", 443)):
        found.append(fielderrors.invalid("spec.service.port", service["port"], "port is not valid: " + ", ".join(texts)))
    if spec.get("insecureSkipTLSVerify") and spec.get("caBundle"):
        found.append(fielderrors.invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present"))
    return found


STRATEGY = APIServices()
