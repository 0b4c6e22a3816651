"""The revisions of workloads: replica sets of deployments, controller revisions of daemon sets and stateful sets (kubectl polymorphichelpers/history.go)."""

from typing import TYPE_CHECKING, NamedTuple

from minikube_py.cli import typedobjects
from minikube_py.cli.infos import Info
from minikube_py.machinery import errors, meta, schemas, selectors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import strategic

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

REVISION = "deployment.kubernetes.io/revision"
POD_HASH = "pod-template-hash"
CHANGE_CAUSE = "kubernetes.io/change-cause"
NOT_FOUND = "unable to find the specified revision"
_NAMES = {"Deployment": "deployment", "DaemonSet": "DaemonSet", "StatefulSet": "StatefulSet"}  # as kubectl spells them in errors
# Kinds that kubectl looks at here at all; for the others it has words of their own.
_WORKLOADS = (("apps", "ReplicaSet"), ("", "ReplicationController"), ("", "Pod"), ("batch", "Job"), ("batch", "CronJob"))


class Revision(NamedTuple):
    """One revision. `source` is its replica set or controller revision, `obj` what kubectl shows of it, `template` its pods."""

    number: int
    source: Object
    obj: Object
    template: Object

    @property
    def cause(self) -> str:
        """Return why it came, as somebody noted it."""
        return meta.annotations(self.source).get(CHANGE_CAUSE) or meta.annotations(self.template).get(CHANGE_CAUSE, "")


def group_kind(info: Info) -> str:
    """Return ReplicaSet.apps, or Pod."""
    return f"{info.resource.kind}.{info.resource.group}" if info.resource.group else info.resource.kind


def check_kind(info: Info, what: str, retrieving: str) -> None:
    """Refuse a kind without revisions; `what` and `retrieving` are kubectl's words for what it lacks."""
    if info.resource.group == "apps" and info.resource.kind in _NAMES:
        return
    if (info.resource.group, info.resource.kind) in _WORKLOADS:
        raise KctlError(f'no {what} has been implemented for "{group_kind(info)}"')
    visited = f"{{{info.resource.group} {info.resource.kind}}}"
    raise KctlError(f'error retrieving {retrieving} for "{group_kind(info)}", no visitor method exists for {visited}')


class History:
    """The revisions of one workload, oldest first. `owner` is the workload as it is now."""

    def __init__(self, client: "RestClient", info: Info) -> None:
        self.kind = info.resource.kind
        of_replica_sets = self.kind == "Deployment"
        called = f"{_NAMES[self.kind]} {info.name}"
        try:
            self.owner = client.get(info.resource, info.name, info.namespace)
        except KctlError as error:
            raise KctlError(f"failed to retrieve {called}: {error}") from error
        try:
            found = self._replica_sets(client) if of_replica_sets else self._controller_revisions(client)
        except errors.StatusError as error:
            what = "failed to retrieve replica sets from" if of_replica_sets else "unable to find history controlled by"
            raise KctlError(f"{what} {called}: {error.message}") from error
        self.revisions = sorted(found, key=lambda revision: revision.number)

    def find(self, number: int) -> Revision | None:
        """Return a revision; of several with one number the last."""
        return next((revision for revision in reversed(self.revisions) if revision.number == number), None)

    def _owned(self, client: "RestClient", resource: str) -> list[Object]:
        selector = str(selectors.from_object(self.owner["spec"].get("selector")))
        items = client.items(resource, meta.namespace(self.owner), label_selector=selector)
        return [item for item in items if meta.is_controlled_by(item, self.owner)]

    def _replica_sets(self, client: "RestClient") -> list[Revision]:
        found = []
        for item in self._owned(client, "replicasets.apps"):
            number = meta.annotations(item).get(REVISION, "0")
            if number.lstrip("+-").isdecimal():
                found.append(Revision(int(number), item, item, item["spec"]["template"]))
        return found

    def _controller_revisions(self, client: "RestClient") -> list[Revision]:
        found = []
        schema = schemas.for_kind(self.owner["apiVersion"], self.kind)
        for item in self._owned(client, "controllerrevisions.apps"):
            obj = strategic.apply(typedobjects.of(self.owner), item.get("data") or {}, schema)
            found.append(Revision(item["revision"], item, obj, obj["spec"]["template"]))
        return found


def noted(revision: Revision) -> Object:
    """Return the template with the cause of a replica set's revision among its annotations, where `describe` shows it."""
    cause = meta.annotations(revision.source).get(CHANGE_CAUSE)
    if not cause or revision.source["kind"] != "ReplicaSet":
        return revision.template
    metadata = revision.template.get("metadata") or {}
    return {**revision.template, "metadata": {**metadata, "annotations": {**meta.annotations(revision.template), CHANGE_CAUSE: cause}}}


def table(revisions: list[Revision]) -> str:
    """Return the table of revisions."""
    from minikube_py.describers.writer import Writer

    writer = Writer()
    writer.row(0, "REVISION", "CHANGE-CAUSE")
    for number, cause in {revision.number: revision.cause for revision in revisions}.items():
        writer.row(0, number, cause or "<none>")
    return writer.text()


def described(template: Object) -> str:
    """Return a pod template in words. kubectl writes it without lining up its columns here: tabs stay tabs."""
    from minikube_py.describers import template as templates
    from minikube_py.describers.writer import Writer

    parts: list[str] = []
    templates.section(Writer(0, parts), template)
    return "".join(parts)
