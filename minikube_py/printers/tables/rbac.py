"""Tables of rbac.authorization.k8s.io."""

from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, CREATED_AT, NAME, Cells, Table, text, wide
from minikube_py.printers.tables.core import created_at


def _binding(obj: Object, now: float) -> Cells:
    role = obj.get("roleRef") or {}
    subjects: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in obj.get("subjects") or ():
        name = subject.get("name", "")
        if subject.get("kind") == "ServiceAccount":
            name = f"{subject.get('namespace', '')}/{name}"
        subjects.setdefault(subject.get("kind", ""), []).append(name)
    who = [", ".join(subjects[kind]) for kind in ("User", "Group", "ServiceAccount")]
    return [obj["metadata"]["name"], f"{role.get('kind', '')}/{role.get('name', '')}", cells.age(obj, now), *who]


_BINDING = Table(
    (
        NAME,
        text("Role", "Role that is given."),
        AGE,
        wide("Users", "Users who have it."),
        wide("Groups", "Groups who have it."),
        wide("ServiceAccounts", "Service accounts that have it."),
    ),
    _binding,
)

TABLES = {
    "roles": Table((NAME, CREATED_AT), created_at),
    "clusterroles": Table((NAME, CREATED_AT), created_at),
    "rolebindings": _BINDING,
    "clusterrolebindings": _BINDING,
}
