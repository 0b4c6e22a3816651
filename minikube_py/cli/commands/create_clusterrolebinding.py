"""kctl create clusterrolebinding."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_rolebinding
from minikube_py.cli.commands.create_role import RBAC
from minikube_py.cli.flags import Flag
from minikube_py.machinery.meta import Object


class ClusterRoleBindingOptions(generating.Generator):
    """What `kctl create clusterrolebinding` was asked for."""

    path = "create clusterrolebinding"
    failure = "failed to create clusterrolebinding: "
    required = ("clusterrole",)

    def build(self) -> Object:
        """Return the binding."""
        bound = create_rolebinding.role_ref("ClusterRole", self.values["clusterrole"])
        binding = self.object("ClusterRoleBinding", f"{RBAC}/v1", namespaced=False)
        return {**binding, "subjects": create_rolebinding.subjects(self.values), "roleRef": bound}


COMMAND = Command(
    "create clusterrolebinding",
    "Create a cluster role binding for a particular cluster role",
    "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] "
    "[--dry-run=server|client|none] [options]",
    (Flag("clusterrole", usage="Cluster role that is given."), *create_rolebinding.SUBJECT_FLAGS, *generating.FLAGS),
    ClusterRoleBindingOptions,
    examples="""  # Let a user and a group do anything
  kctl create clusterrolebinding owners --clusterrole=cluster-admin --user=ann --group=operators""",
)
