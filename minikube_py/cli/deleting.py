"""Deletes objects and says so: `pod "web" deleted`."""

from typing import TYPE_CHECKING

from minikube_py.cli import deletion, dryrun, failures
from minikube_py.cli.infos import Info
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient


def kind_text(info: Info) -> str:
    """Return `deployment.apps`, or `pod`."""
    kind, group = info.resource.kind.lower(), info.resource.group
    return f"{kind}.{group}" if group else kind


class Deleter:
    """Deletes one object after the other. `deleted` are they, each with its uid; `short` is -o name."""

    def __init__(self, factory: "Factory", client: "RestClient", *, policy: str, grace_period: int, dry_run: str = dryrun.NONE, short: bool = False,
                 quiet: bool = False, warn_cluster_scope: bool = False) -> None:  # fmt: skip
        self._factory, self._client = factory, client
        self._options = deletion.options(policy, grace_period, dry_run)
        self._done = dryrun.operation("force deleted" if grace_period == 0 else "deleted", dry_run)
        self._dry_run, self._short, self._quiet = dry_run, short, quiet
        self._warn_cluster_scope = warn_cluster_scope
        self.count = 0
        self.deleted: list[tuple[Info, str]] = []

    def delete(self, info: Info) -> None:
        """Delete one object, or say that it would be deleted."""
        self.count += 1
        if self._warn_cluster_scope and not info.resource.namespaced:
            self._factory.warn("deleting cluster-scoped resources, not scoped to the provided namespace")
            self._warn_cluster_scope = False
        if self._dry_run == dryrun.CLIENT:
            self._tell(info)
            return
        try:
            if info.resource.namespaced and not info.namespace:  # of a file, with -A
                raise KctlError("an empty namespace may not be set when a resource name is provided")
            answer = self._client.delete(info.resource, info.name, info.namespace, **self._options)
        except KctlError as error:
            raise failures.with_source("deleting", info.source, error) from None
        self.deleted.append((info, deletion.uid_of(answer)))
        self._tell(info)

    def _tell(self, info: Info) -> None:
        if self._quiet:
            return
        text = f"{kind_text(info)}/{info.name}" if self._short else f'{kind_text(info)} "{info.name}" {self._done}'
        print(text, file=self._factory.streams.out)
