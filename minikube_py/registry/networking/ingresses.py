"""Ingresses: HTTP routes into the cluster."""

from typing import Any

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, checks, ingress_status, kind, objectmeta
from minikube_py.registry.networking import references

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_NOT_A_NAME = "must be a DNS name, not an IP address"


class Ingresses(kind.Kind):
    """The rules of Ingresses."""

    has_status = True
    counts_generation = True
    empty_status = {"loadBalancer": {}}

    def default(self, obj: Object) -> None:
        """Add the groups of resources behind it, which Go always writes."""
        spec = obj.get("spec") or {}
        backends = [spec.get("defaultBackend")]
        backends += [path.get("backend") for rule in spec.get("rules") or () for path in (rule.get("http") or {}).get("paths") or ()]
        for backend in backends:
            if backend and backend.get("resource") is not None:
                backend["resource"].setdefault("apiGroup", None)

    def validate(self, obj: Object) -> list[FieldError]:
        """Check the new ingress, and that the annotation for the class agrees with the field."""
        found = super().validate(obj)
        annotation, name = meta.annotations(obj).get(CLASS_ANNOTATION), (obj.get("spec") or {}).get("ingressClassName")
        if annotation is not None and name is not None and annotation != name:
            text = "must match `ingressClassName` when both are specified"
            found.append(fielderrors.invalid(f"annotations.{CLASS_ANNOTATION}", annotation, text))
        return found

    def contents(self, obj: Object) -> list[FieldError]:
        """Check backends, rules, TLS and class."""
        spec = obj.get("spec") or {}
        found: list[FieldError] = []
        rules = spec.get("rules") or ()
        if not rules and spec.get("defaultBackend") is None:
            shown = fielderrors.GoText("[]networking.IngressRule(nil)")
            found.append(fielderrors.invalid("spec", shown, "either `defaultBackend` or `rules` must be specified"))
        if spec.get("defaultBackend") is not None:
            found += _backend("spec.defaultBackend", spec["defaultBackend"])
        for number, rule in enumerate(rules):
            found += _rule(f"spec.rules[{number}]", rule)
        for number, tls in enumerate(spec.get("tls") or ()):
            found += _tls(f"spec.tls[{number}]", tls)
        if (name := spec.get("ingressClassName")) is not None:
            found += checks.each("spec.ingressClassName", name, names.dns_subdomain(name))
        return found

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check the addresses of the load balancer."""
        return objectmeta.update(obj, old) + ingress_status.of_ingress((obj.get("status") or {}).get("loadBalancer") or {})

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about the annotation that spec.ingressClassName replaces, when it is new."""
        if CLASS_ANNOTATION not in meta.annotations(obj) or (old is not None and CLASS_ANNOTATION in meta.annotations(old)):
            return []
        return [f'annotation "{CLASS_ANNOTATION}" is deprecated, please use \'spec.ingressClassName\' instead']


def _rule(field: str, rule: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    host = rule.get("host")
    if host:
        if addresses.parse(host) is not None:
            found.append(fielderrors.invalid(f"{field}.host", host, _NOT_A_NAME))
        found += _host(f"{field}.host", host)
    http = rule.get("http")
    if http is None:
        return found
    paths = http.get("paths") or ()
    if not paths:
        found.append(fielderrors.required(f"{field}.http.paths"))
    for number, path in enumerate(paths):
        found += _path(f"{field}.http.paths[{number}]", path)
    return found


def _host(field: str, host: str) -> list[FieldError]:
    return checks.each(field, host, names.wildcard_subdomain(host) if "*" in host else names.dns_subdomain(host))


def _path(field: str, path: dict[str, Any]) -> list[FieldError]:
    kind_of, value = path.get("pathType"), path.get("path") or ""
    if kind_of is None:
        return [fielderrors.required(f"{field}.pathType", "pathType must be specified")]
    texts: list[str] = []
    if kind_of in ("Exact", "Prefix"):
        texts += [] if value.startswith("/") else ["must be an absolute path"]
        texts += [f"must not contain '{part}'" for part in _BAD_PARTS if part in value]
        texts += [f"cannot end with '{end}'" for end in _BAD_ENDS if value.endswith(end)]
    elif kind_of == "ImplementationSpecific" and value and not value.startswith("/"):
        texts.append("must be an absolute path")
    found = checks.each(f"{field}.path", value, texts) + checks.one_of(f"{field}.pathType", kind_of, _PATH_TYPES)
    return found + _backend(f"{field}.backend", path.get("backend") or {})


def _backend(field: str, backend: dict[str, Any]) -> list[FieldError]:
    resource, service = backend.get("resource"), backend.get("service")
    if resource is not None and service is not None:
        return [fielderrors.invalid(field, "", "cannot set both resource and service backends")]
    if resource is not None:
        return references.typed(f"{field}.resource", resource)
    if service is None:
        return [fielderrors.invalid(field, "", "resource or service backend is required")]
    found = checks.named(f"{field}.service.name", service.get("name"), names.dns_1035_label)
    port = service.get("port") or {}
    name, number = port.get("name"), port.get("number")
    if name and number:
        found.append(fielderrors.invalid(field, "", "cannot set both port name & port number"))
    elif name:
        found += checks.each(f"{field}.service.port.name", name, names.port_name(name))
    elif number:
        found += checks.each(f"{field}.service.port.number", number, names.port_number(number))
    else:
        found.append(fielderrors.required(field, "port name or number is required"))
    return found


def _tls(field: str, tls: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    for number, host in enumerate(tls.get("hosts") or ()):
        found += _host(f"{field}.hosts[{number}]", host)
    secret = tls.get("secretName")
    return found + checks.each(f"{field}.secretName", secret, names.dns_subdomain(secret)) if secret else found


STRATEGY = Ingresses()
