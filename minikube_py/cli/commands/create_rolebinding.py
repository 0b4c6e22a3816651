"""kctl create rolebinding; and the subjects that it shares with create clusterrolebinding."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.commands.create_role import RBAC
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

SUBJECT_FLAGS = (
    Flag("group", "strings", usage="Group that gets the role; may be repeated."),
    Flag("serviceaccount", "strings", usage="Service account that gets the role, as NAMESPACE:NAME; may be repeated."),
    Flag("user", "strings", usage="User that gets the role; may be repeated."),
)


class RoleBindingOptions(generating.Generator):
    """What `kctl create rolebinding` was asked for."""

    path = "create rolebinding"
    failure = "failed to create rolebinding: "

    def validate(self) -> None:
        """Refuse what makes no sense."""
        self.require_name()
        if bool(self.values["clusterrole"]) == bool(self.values["role"]):
            raise KctlError("exactly one of clusterrole or role must be specified")

    def build(self) -> Object:
        """Return the binding."""
        role = self.values["role"]
        bound = role_ref("Role", role) if role else role_ref("ClusterRole", self.values["clusterrole"])
        return {**self.object("RoleBinding", f"{RBAC}/v1"), "subjects": subjects(self.values), "roleRef": bound}


def role_ref(kind: str, name: str) -> Object:
    """Return what a binding says of its role."""
    return {"apiGroup": RBAC, "kind": kind, "name": name}


def subjects(values: Values) -> list[Object]:
    """Return who gets the role."""
    found: list[Object] = [{"kind": "User", "apiGroup": RBAC, "name": name} for name in values["user"]]
    found += [{"kind": "Group", "apiGroup": RBAC, "name": name} for name in values["group"]]
    for text in values["serviceaccount"]:
        namespace, _, name = text.partition(":")
        if not namespace or not name or ":" in name:
            raise KctlError("serviceaccount must be <namespace>:<name>")
        found.append({"kind": "ServiceAccount", "namespace": namespace, "name": name})
    return found


COMMAND = Command(
    "create rolebinding",
    "Create a role binding for a particular role or cluster role",
    "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] "
    "[--dry-run=server|client|none] [options]",
    (
        Flag("clusterrole", usage="Cluster role that is given."),
        Flag("role", usage="Role that is given."),
        *SUBJECT_FLAGS,
        *generating.FLAGS,
    ),
    RoleBindingOptions,
    examples="""  # Make two users and a group administrators of the namespace
  kctl create rolebinding admins --clusterrole=admin --user=ann --user=ben --group=operators

  # Give a role to a service account
  kctl create rolebinding readers --role=pod-reader --serviceaccount=default:deployer""",
)
