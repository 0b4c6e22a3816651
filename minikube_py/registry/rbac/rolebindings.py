"""RoleBindings: who is given a role, in one namespace."""

import json
from typing import Any, ClassVar

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind

GROUP = "rbac.authorization.k8s.io"
_SUBJECTS = ("ServiceAccount", "User", "Group")


class RoleBindings(kind.PathNamed):
    """The rules of RoleBindings and ClusterRoleBindings."""

    allow_create_on_update = True
    role_kinds: ClassVar[tuple[str, ...]] = ("Role", "ClusterRole")

    def default(self, obj: Object) -> None:
        """Fill in the groups of the role and of the subjects."""
        reference = obj.get("roleRef")
        if reference is not None and not reference.get("apiGroup"):
            reference["apiGroup"] = GROUP
        for subject in obj.get("subjects") or ():
            if not subject.get("apiGroup") and subject.get("kind") in ("User", "Group"):
                subject["apiGroup"] = GROUP

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the role and the subjects."""
        reference = obj.get("roleRef") or {}
        found = checks.one_of("roleRef.apiGroup", reference.get("apiGroup"), (GROUP,))
        found += checks.one_of("roleRef.kind", reference.get("kind"), self.role_kinds)
        found += checks.named("roleRef.name", reference.get("name"), names.path_segment)
        for number, subject in enumerate(obj.get("subjects") or ()):
            found += _subject(f"subjects[{number}]", subject, self.namespaced)
        return found

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold the role."""
        if (obj.get("roleRef") or {}) == (old.get("roleRef") or {}):
            return []
        return [fielderrors.invalid("roleRef", _go_role(obj.get("roleRef") or {}), "cannot change roleRef")]


def _go_role(reference: dict[str, Any]) -> fielderrors.GoText:
    group, kind_of, name = (json.dumps(reference.get(part, "")) for part in ("apiGroup", "kind", "name"))
    return fielderrors.GoText(f"rbac.RoleRef{{APIGroup:{group}, Kind:{kind_of}, Name:{name}}}")


def _subject(field: str, subject: dict[str, Any], namespaced: bool) -> list[FieldError]:
    kind_of, name, group = subject.get("kind"), subject.get("name", ""), subject.get("apiGroup") or ""
    found = [] if name else [fielderrors.required(f"{field}.name")]
    if kind_of == "ServiceAccount":
        found += checks.each(f"{field}.name", name, names.dns_subdomain(name)) if name else []
        if group:
            found.append(fielderrors.not_supported(f"{field}.apiGroup", group, ("",)))
        if not namespaced and not subject.get("namespace"):
            found.append(fielderrors.required(f"{field}.namespace"))
    elif kind_of in ("User", "Group"):
        found += checks.one_of(f"{field}.apiGroup", group, (GROUP,))
    else:
        found += checks.one_of(f"{field}.kind", kind_of, _SUBJECTS)
    return found


STRATEGY = RoleBindings()
