"""ClusterRoleBindings: who is given a role in the whole cluster."""

from minikube_py.registry.rbac import rolebindings


class ClusterRoleBindings(rolebindings.RoleBindings):
    """The rules of ClusterRoleBindings."""

    namespaced = False
    role_kinds = ("ClusterRole",)


STRATEGY = ClusterRoleBindings()
