"""kctl auth reconcile."""

from collections.abc import Sequence
from typing import Any

from minikube_py.cli import dryrun, failures, fileobjects, files, rbacreconciling, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.cli.rbacreconciling import Result
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

FLAGS = (
    *dryrun.files("identifying the resource to reconcile."),
    dryrun.DRY_RUN,
    Flag("remove-extra-permissions", "bool", usage="If true, take permissions from roles that the files do not give them"),
    Flag("remove-extra-subjects", "bool", usage="If true, take subjects from bindings that the files do not name"),
    *OUTPUT_FLAGS,
)
_GROUP = "rbac.authorization.k8s.io"
_KINDS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
_OLD = (f"{_GROUP}/v1beta1", f"{_GROUP}/v1alpha1")
_RULE = (("Verbs", "verbs"), ("APIGroups", "apiGroups"), ("Resources", "resources"), ("ResourceNames", "resourceNames"),
         ("NonResourceURLs", "nonResourceURLs"))  # fmt: skip
_SUBJECT = (("Kind", "kind"), ("APIGroup", "apiGroup"), ("Name", "name"), ("Namespace", "namespace"))


class ReconcileOptions:
    """What `kctl auth reconcile` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values = factory, values
        if not values["filename"] and not values["kustomize"]:
            raise KctlError("must specify one of -f and -k")
        if arguments:
            raise KctlError("no arguments are allowed")
        try:
            self.dry_run = dryrun.strategy(factory, values)
        except KctlError as error:
            raise KctlError(f"error accessing --dry-run flag for command reconcile: {error}") from error
        if self.dry_run == dryrun.SERVER:
            raise KctlError("--dry-run=server for command reconcile is not supported yet")

    def validate(self) -> None:
        """Refuse an unknown -o; a mistake in a file comes first."""
        values = self.values
        self.infos, self.broken = files.read(self.factory, None, values["filename"], recursive=values["recursive"], kustomize=values["kustomize"])
        self.factory.configured()
        self.outcome = Outcome(self.factory, values, self.dry_run)
        self.printer = self.outcome.printer("reconciled")

    def run(self) -> int | None:
        """Reconcile all objects of RBAC; others are passed over."""
        self.client = self.factory.client("kubectl")
        failed = list(self.broken)
        for info in self.infos:
            try:
                self._one(info)
            except KctlError as error:
                failed.append(error)
        problem = failures.combined(failed)
        if problem is not None:
            raise problem
        return None

    def _one(self, info: Info) -> None:
        obj = info.there
        if obj["kind"] in _KINDS and obj["apiVersion"] in _OLD:
            raise KctlError(f"only {_GROUP}/v1 is supported: not {typedobjects.go_type(obj)}")
        if not typedobjects.has_struct(obj["apiVersion"], obj["kind"]):
            unknown = fileobjects.no_type(obj["apiVersion"], obj["kind"])
            raise KctlError(f'unable to decode "{info.source}": {unknown}')
        typed = typedobjects.require(info)
        if self.factory.namespace_enforced and info.namespace:
            files.check_namespace(self.factory, info)
        if typed["kind"] not in _KINDS or typed["apiVersion"] != f"{_GROUP}/v1":
            return
        values = self.values
        remove_extra = values["remove-extra-permissions" if rbacreconciling.is_role(obj) else "remove-extra-subjects"]
        result = rbacreconciling.reconcile(self.client, typed, remove_extra=remove_extra, confirm=self.dry_run == dryrun.NONE)
        self._tell(result.object)
        self._explain(result, remove_extra)

    def _tell(self, obj: Object) -> None:
        """Print; as in kubectl a template that does not fit ends nothing."""
        try:
            typedobjects.tell(self.outcome, obj, "reconciled", show_managed_fields=self.values["show-managed-fields"], printer=self.printer)
        except KctlError:
            return

    def _explain(self, result: Result, remove_extra: bool) -> None:
        """Say on standard error what had to be done."""
        if result.operation == rbacreconciling.NONE:
            return
        caveat = ", but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)" if result.protected else ""
        self.factory.streams.err.write(f"\treconciliation required {result.operation}{caveat}\n")
        of_role = rbacreconciling.is_role(result.object)
        what = "rules" if of_role else "subjects"
        self._enumerate(f"missing {what} added:", result.missing, _RULE if of_role else _SUBJECT)
        if remove_extra:
            self._enumerate(f"extra {what} removed:", result.extra, _RULE if of_role else _SUBJECT)

    def _enumerate(self, title: str, items: Sequence[Object], fields: Sequence[tuple[str, str]]) -> None:
        if items:
            self.factory.streams.err.write(f"\t{title}\n" + "".join(f"\t\t{_spelled(item, fields)}\n" for item in items))


def _spelled(item: Object, fields: Sequence[tuple[str, str]]) -> str:
    """Return a struct as Go's %+v prints it."""
    empty: Any = [] if fields is _RULE else ""
    return "{" + " ".join(f"{name}:{_value(item.get(field) or empty)}" for name, field in fields) + "}"


def _value(value: Any) -> str:
    return f"[{' '.join(value)}]" if isinstance(value, list) else value


COMMAND = Command(
    "auth reconcile",
    "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    "-f FILENAME [options]",
    FLAGS,
    ReconcileOptions,
    long="""Bring roles and bindings to what files tell. What is missing is made, together with its namespace.

 Roles get the permissions, bindings the subjects that they lack; what they have beyond that stays, unless
--remove-extra-permissions or --remove-extra-subjects is given. Unlike kctl apply this compares what rules mean, not how they are written.""",
    examples="""  # Give what the file gives, and take nothing away
  kctl auth reconcile -f rbac.yaml

  # See what exactly that would change
  kctl auth reconcile -f rbac.yaml --remove-extra-permissions --remove-extra-subjects --dry-run=client""",
)
