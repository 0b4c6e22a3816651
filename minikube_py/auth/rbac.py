"""Role-based access control, as kube-apiserver's RBAC authorizer decides (plugin/pkg/auth/authorizer/rbac)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth
from minikube_py.plugin.auth import Attributes, Decision, UserInfo
from minikube_py.plugin.reader import Reader

API_GROUP = "rbac.authorization.k8s.io"
_KINDS = tuple(f"{plural}.{API_GROUP}" for plural in ("clusterrolebindings", "rolebindings", "clusterroles", "roles"))
_MOST_REMEMBERED = 10_000
_NO_OPINION = Decision(auth.NO_OPINION)

Subject = tuple[str, str]  # (User, name) or (Group, name); a service account is the user that it authenticates as


class Grant(NamedTuple):
    """One binding that names a subject: the role it gives, and where (an empty namespace: everywhere)."""

    binding: Object
    subject: dict[str, Any]
    namespace: str


class RBACAuthorizer:
    """Allows what some role that is bound to the user allows; has no opinion otherwise.

    Bindings are indexed by subject, and decisions remembered, until an RBAC object may have changed.
    """

    name = "RBAC"

    def __init__(self) -> None:
        self._version: tuple[int, ...] | None = None
        self._grants: dict[Subject, list[Grant]] = {}
        self._decisions: dict[tuple[Any, ...], Decision] = {}
        self._by_name: dict[tuple[str, tuple[str, ...]], bool] = {}  # whether a user has rules for single objects

    def authorize(self, attributes: Attributes, reader: Reader) -> Decision:
        """Return allow with the binding that allows it, or no opinion."""
        self._refresh(reader)
        _, verb, group, _, resource, subresource, namespace, name, path = attributes
        user = attributes.user
        if name and not self._has_names(user, reader):
            name = ""  # one answer for all objects
        question = (user.name, user.groups, verb, group, resource, subresource, namespace, name, path)
        known = self._decisions.get(question)
        if known is None:
            if len(self._decisions) >= _MOST_REMEMBERED:
                self._decisions.clear()
            known = self._decisions[question] = self._decide(attributes, reader)
        return known

    def _has_names(self, user: UserInfo, reader: Reader) -> bool:
        """Tell whether any rule of a user is for objects of certain names only."""
        key = (user.name, user.groups)
        known = self._by_name.get(key)
        if known is None:
            roles = (_role(reader, grant.binding["roleRef"], grant.namespace) or {} for grant in self._grants_of(user))
            known = self._by_name[key] = any(rule.get("resourceNames") for role in roles for rule in role.get("rules") or ())
        return known

    def _refresh(self, reader: Reader) -> None:
        version = reader.version_of(*_KINDS)
        if version == self._version:
            return
        self._version = version
        self._grants, self._decisions, self._by_name = {}, {}, {}
        for binding in reader.list(_KINDS[0]):
            self._index(binding, "")
        for binding in reader.list(_KINDS[1]):
            self._index(binding, binding["metadata"]["namespace"])

    def _index(self, binding: Object, namespace: str) -> None:
        for subject in binding.get("subjects") or ():
            kind, name = subject.get("kind"), subject.get("name", "")
            if kind == "ServiceAccount":
                kind, name = "User", f"{auth.SERVICE_ACCOUNT}{subject.get('namespace') or namespace}:{name}"
            self._grants.setdefault((kind, name), []).append(Grant(binding, subject, namespace))

    def _decide(self, attributes: Attributes, reader: Reader) -> Decision:
        problems = []
        for grant in self._grants_of(attributes.user):
            if grant.namespace and grant.namespace != attributes.namespace:
                continue
            reference = grant.binding["roleRef"]
            role = _role(reader, reference, grant.namespace)
            if role is None:
                problems.append(f'{reference["kind"].lower()}.{API_GROUP} "{reference["name"]}" not found')
            elif any(allows(rule, attributes) for rule in role.get("rules") or ()):
                return Decision(auth.ALLOW, _reason(grant))
        texts = list(dict.fromkeys(problems))
        if not texts:
            return _NO_OPINION
        return Decision(auth.NO_OPINION, f"RBAC: {texts[0]}" if len(texts) == 1 else f"RBAC: [{', '.join(texts)}]")

    def _grants_of(self, user: UserInfo) -> Iterator[Grant]:
        yield from self._grants.get(("User", user.name), ())
        for group in user.groups:
            yield from self._grants.get(("Group", group), ())

    def rules_for(self, user: UserInfo, namespace: str, reader: Reader) -> list[dict[str, Any]]:
        """Return all rules that a user has in a namespace (for escalation checks and SelfSubjectRulesReview)."""
        self._refresh(reader)
        rules: list[dict[str, Any]] = []
        for grant in self._grants_of(user):
            if grant.namespace in ("", namespace):
                rules.extend((_role(reader, grant.binding["roleRef"], grant.namespace) or {}).get("rules") or ())
        return rules


def _role(reader: Reader, reference: dict[str, Any], namespace: str) -> Object | None:
    if reference.get("kind") == "ClusterRole":
        return reader.get(_KINDS[2], reference["name"])
    return reader.get(_KINDS[3], reference["name"], namespace)


def _reason(grant: Grant) -> str:
    binding, subject, reference = grant.binding, grant.subject, grant.binding["roleRef"]
    kind = "RoleBinding" if grant.namespace else "ClusterRoleBinding"
    whom = f"{subject['name']}/{subject.get('namespace') or grant.namespace}" if subject["kind"] == "ServiceAccount" else subject["name"]
    name = f"{binding['metadata']['name']}{'/' + grant.namespace if grant.namespace else ''}"
    return f'RBAC: allowed by {kind} "{name}" of {reference["kind"]} "{reference["name"]}" to {subject["kind"]} "{whom}"'


def allows(rule: dict[str, Any], attributes: Attributes) -> bool:
    """Tell whether one rule covers a request."""
    verbs = rule.get("verbs") or ()
    if "*" not in verbs and attributes.verb not in verbs:
        return False
    if attributes.path:
        return any(_path_matches(pattern, attributes.path) for pattern in rule.get("nonResourceURLs") or ())
    groups = rule.get("apiGroups") or ()
    if "*" not in groups and attributes.group not in groups:
        return False
    names = rule.get("resourceNames")
    return (not names or attributes.name in names) and _resource_matches(rule.get("resources") or (), attributes)


def _resource_matches(resources: Any, attributes: Attributes) -> bool:
    if "*" in resources:
        return True
    if not attributes.subresource:
        return attributes.resource in resources
    return f"{attributes.resource}/{attributes.subresource}" in resources or f"*/{attributes.subresource}" in resources


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))
