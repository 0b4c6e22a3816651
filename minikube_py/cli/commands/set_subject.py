"""kctl set subject."""

from minikube_py.cli import dryrun, failures, setting
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (
    *setting.flags("subject", record=False),
    Flag("user", "strings", usage="Usernames to bind to the role"),
    Flag("group", "strings", usage="Groups to bind to the role"),
    Flag("serviceaccount", "strings", usage="Service accounts to bind to the role, as NAMESPACE:NAME"),
)
_GROUP = "rbac.authorization.k8s.io"
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")


class SubjectOptions(setting.Setter):
    """What `kctl set subject` was asked for."""

    done = "subjects updated"
    failure = "failed to patch subjects to rolebinding:"

    def validate(self) -> None:
        """Refuse what makes no sense."""
        values = self.values
        refusals = (
            (values["local"] and self.dry_run == dryrun.SERVER, setting.LOCAL_AND_SERVER),
            (values["all"] and values["selector"], setting.ALL_AND_SELECTOR),
            (not values["user"] and not values["group"] and not values["serviceaccount"],
             "you must specify at least one value of user, group or serviceaccount"),
        )  # fmt: skip
        failures.refuse(refusals)
        for account in values["serviceaccount"]:
            namespace, colon, name = account.partition(":")
            if not colon or not name or ":" in name:
                raise KctlError("serviceaccount must be <namespace>:<name>")
            if not namespace and any(info.there["kind"] == "ClusterRoleBinding" for info in self.wanted):
                raise KctlError("serviceaccount must be <namespace>:<name>, namespace must be specified")

    def run(self) -> int | None:
        """Add the subjects."""
        self.subjects = self._subjects()
        self.work(self.wanted, self._change)
        return None

    def _subjects(self) -> list[Object]:
        values = self.values
        found: list[Object] = [{"kind": "User", "apiGroup": _GROUP, "name": name} for name in sorted(set(values["user"]))]
        found += [{"kind": "Group", "apiGroup": _GROUP, "name": name} for name in sorted(set(values["group"]))]
        for account in sorted(set(values["serviceaccount"])):
            namespace, _, name = account.partition(":")
            found.append({"kind": "ServiceAccount", "name": name, "namespace": namespace or self.factory.namespace})
        return found

    def _change(self, obj: Object) -> bool:
        if obj["kind"] not in _BINDINGS:
            raise KctlError("setting subjects is only supported for RoleBinding/ClusterRoleBinding")
        present = obj.get("subjects") or []
        missing = [subject for subject in self.subjects if subject not in present]
        obj["subjects"] = [*present, *missing]
        return bool(missing)


COMMAND = Command(
    "set subject",
    "Update the user, group, or service account in a role binding or cluster role binding",
    "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [options]",
    FLAGS,
    SubjectOptions,
    long="Add users, groups and service accounts to those that a role binding or cluster role binding gives a role.",
    examples="""  # Give two users the role of a binding
  kctl set subject rolebinding editors --user=ann --user=bob

  # A service account, in a cluster role binding
  kctl set subject clusterrolebinding readers --serviceaccount=shop:robot""",
)
