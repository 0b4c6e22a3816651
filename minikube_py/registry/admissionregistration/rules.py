"""What webhooks and admission policies have in common: rules, match conditions, where a webhook is."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import checks, objectmeta

FAILURE_POLICIES = ("Fail", "Ignore")
MATCH_POLICIES = ("Equivalent", "Exact")
REVIEW_VERSIONS = ("v1", "v1beta1")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")
_URL_FORM = "; desired format: https://host[/path]"
_MAX_CONDITIONS = 64


def default_rules(rules: Any) -> None:
    """Rules hold for every scope unless they say otherwise."""
    for rule in rules or ():
        if rule.get("scope") is None:
            rule["scope"] = "*"


def default_matching(match: dict[str, Any]) -> None:
    """Fill in the policy and empty selectors, which select everything."""
    if match.get("matchPolicy") is None:
        match["matchPolicy"] = "Equivalent"
    for field in ("namespaceSelector", "objectSelector"):
        if match.get(field) is None:
            match[field] = {}


def _only_star(field: str, values: list[str], what: str) -> list[FieldError]:
    if len(values) > 1 and "*" in values:
        return [fielderrors.invalid(field, values, f"if '*' is present, must not specify other {what}")]
    return []


def rule(field: str, spec: dict[str, Any]) -> list[FieldError]:
    """Check a RuleWithOperations."""
    operations = spec.get("operations") or []
    found = [] if operations else [fielderrors.required(f"{field}.operations")]
    if len(operations) > 1 and "*" in operations:
        shown = checks.go_strings("admissionregistration.OperationType", operations)
        found.append(fielderrors.invalid(f"{field}.operations", shown, "if '*' is present, must not specify other operations"))
    for number, operation in enumerate(operations):
        found += checks.one_of(f"{field}.operations[{number}]", operation, _OPERATIONS)
    for part, what in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        values = spec.get(part) or []
        if not values:
            found.append(fielderrors.required(f"{field}.{part}"))
        found += _only_star(f"{field}.{part}", values, what)
    found += [fielderrors.required(f"{field}.apiVersions[{number}]") for number, value in enumerate(spec.get("apiVersions") or ()) if not value]
    found += _resources(f"{field}.resources", spec.get("resources") or [])
    return found + checks.optional_one_of(f"{field}.scope", spec.get("scope"), _SCOPES)


def _resources(field: str, resources: list[str]) -> list[FieldError]:
    found = [] if resources else [fielderrors.required(field)]
    whole: set[str] = set()
    everywhere: set[str] = set()
    for number, name in enumerate(resources):
        if not name:
            found.append(fielderrors.required(f"{field}[{number}]"))
            continue
        resource, slash, sub = name.partition("/")
        if not slash:
            continue
        if resource in whole:
            found.append(fielderrors.invalid(f"{field}[{number}]", name, f"if '{resource}/*' is present, must not specify {name}"))
        if sub in everywhere:
            found.append(fielderrors.invalid(f"{field}[{number}]", name, f"if '*/{sub}' is present, must not specify {name}"))
        whole |= {resource} if sub == "*" else set()
        everywhere |= {sub} if resource == "*" else set()
    if len(resources) > 1 and "*/*" in resources:
        found.append(fielderrors.invalid(field, resources, "if '*/*' is present, must not specify other resources"))
    plain = [name for name in resources if name and "/" not in name]
    if "*" in plain and plain[-1] != "*":
        found.append(fielderrors.invalid(field, resources, "if '*' is present, must not specify other resources without subresources"))
    return found


def conditions(field: str, listed: Any) -> list[FieldError]:
    """Check match conditions."""
    found = [fielderrors.too_many(field, len(listed), _MAX_CONDITIONS)] if len(listed) > _MAX_CONDITIONS else []
    seen: set[str] = set()
    for number, condition in enumerate(listed):
        if not (condition.get("expression") or "").strip():
            found.append(fielderrors.required(f"{field}[{number}].expression"))
        name = condition.get("name") or ""
        found += checks.named(f"{field}[{number}].name", name, names.qualified_name)
        if name and name in seen:
            found.append(fielderrors.duplicate(f"{field}[{number}].name", name))
        seen.add(name)
    return found


def matching(field: str, match: dict[str, Any]) -> list[FieldError]:
    """Check MatchResources of an admission policy."""
    if match.get("matchPolicy") is None:
        found = [fielderrors.required(f"{field}.matchPolicy")]
    else:
        found = checks.one_of(f"{field}.matchPolicy", match["matchPolicy"], MATCH_POLICIES)
    for part in ("namespaceSelector", "objectSelector"):
        if match.get(part) is None:
            found.append(fielderrors.required(f"{field}.{part}"))
        found += objectmeta.label_selector(match.get(part), f"{field}.{part}")
    for part in ("resourceRules", "excludeResourceRules"):
        for number, spec in enumerate(match.get(part) or ()):
            found += _names(f"{field}.{part}[{number}].resourceNames", spec.get("resourceNames") or ())
            found += rule(f"{field}.{part}[{number}]", spec)
    return found


def _names(field: str, listed: Any) -> list[FieldError]:
    found: list[FieldError] = []
    for number, name in enumerate(listed):
        found += checks.each(f"{field}[{number}]", name, names.path_segment(name))
        if name in listed[:number]:
            found.append(fielderrors.duplicate(f"{field}[{number}]", name))
    return found


def url(field: str, text: str) -> list[FieldError]:
    """Check the URL of a webhook."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
    except ValueError as error:
        return [fielderrors.required(field, f"url must be a valid URL: {error}{_URL_FORM}")]
    found = []
    if parts.scheme != "https":
        found.append(fielderrors.invalid(field, parts.scheme, f"'https' is the only allowed URL scheme{_URL_FORM}"))
    user, at, host = parts.netloc.rpartition("@")
    if not host:
        found.append(fielderrors.invalid(field, host, f"host must be specified{_URL_FORM}"))
    if at:
        found.append(fielderrors.invalid(field, user, "user information is not permitted in the URL"))
    if parts.fragment:
        found.append(fielderrors.invalid(field, parts.fragment, "fragments are not permitted in the URL"))
    if parts.query:
        found.append(fielderrors.invalid(field, parts.query, "query parameters are not permitted in the URL"))
    return found


def service(field: str, reference: dict[str, Any]) -> list[FieldError]:
    """Check the service behind which a webhook is."""
    # kube-apiserver takes the one for the other.
    parts = [part for part, other in (("name", "namespace"), ("namespace", "name")) if not reference.get(other)]
    found = [fielderrors.required(f"{field}.{part}", f"service {part} is required") for part in parts]
    port, path = reference.get("port", 443), reference.get("path")
    if texts := names.port_number(port):
        found.append(fielderrors.invalid(f"{field}.port", port, "port is not valid: " + ", ".join(texts)))
    if path in (None, "", "/"):
        return found
    if path == "//":
        return [*found, fielderrors.invalid(f"{field}.path", path, "segment[0] may not be empty")]
    if not path.startswith("/"):
        found.append(fielderrors.invalid(f"{field}.path", path, "must start with a '/'"))
    for number, step in enumerate(path[1:].removesuffix("/").split("/")):
        if not step:
            found.append(fielderrors.invalid(f"{field}.path", path, f"segment[{number}] may not be empty"))
            continue
        found += [fielderrors.invalid(f"{field}.path", path, f"segment[{number}]: {text}") for text in names.dns_subdomain(step)]
    return found


def client(field: str, config: dict[str, Any]) -> list[FieldError]:
    """Check where a webhook is: at a URL, or behind a service."""
    address, behind = config.get("url"), config.get("service")
    if (address is None) == (behind is None):
        return [fielderrors.required(field, "exactly one of url or service is required")]
    return url(f"{field}.url", address) if address is not None else service(f"{field}.service", behind or {})


def review_versions(field: str, versions: list[str] | None, when_missing: str = "") -> list[FieldError]:
    """Check the versions of reviews that a webhook understands: one of them must be known here. `when_missing` is said where there are none."""
    if not versions:
        return [fielderrors.required(field, when_missing)]
    found: list[FieldError] = []
    for number, version in enumerate(versions):
        if version in versions[:number]:
            found.append(fielderrors.invalid(f"{field}[{number}]", version, "duplicate version"))
        else:
            found += checks.each(f"{field}[{number}]", version, names.dns_1035_label(version))
    if not set(versions) & set(REVIEW_VERSIONS):
        found.append(fielderrors.invalid(field, versions, f"must include at least one of {', '.join(REVIEW_VERSIONS)}"))
    return found
