"""kctl apply --prune: deletes what earlier applies made and this one no longer names (kubectl pkg/cmd/apply/prune.go)."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.cli import dryrun
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import threeway
from minikube_py.machinery.scheme import Resource, Scheme

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.cli.outcome import Outcome
    from minikube_py.client.rest import RestClient

Mapping = Resource  # what may be pruned
_DEFAULT = (
    "core/v1/ConfigMap", "core/v1/Endpoints", "core/v1/PersistentVolumeClaim", "core/v1/Pod", "core/v1/ReplicationController", "core/v1/Secret",
    "core/v1/Service", "batch/v1/Job", "batch/v1/CronJob", "networking.k8s.io/v1/Ingress", "apps/v1/DaemonSet", "apps/v1/Deployment",
    "apps/v1/ReplicaSet", "apps/v1/StatefulSet", "core/v1/Namespace", "core/v1/PersistentVolume",
)  # fmt: skip


def mappings(scheme: Scheme, allowed: Sequence[str]) -> list[Mapping]:
    """Return the resources of --prune-allowlist, or those that kubectl prunes by default."""
    return [_mapping(scheme, text) for text in allowed or _DEFAULT]


def _mapping(scheme: Scheme, text: str) -> Mapping:
    parts = text.split("/")
    if len(parts) != 3:
        raise KctlError(f"invalid GroupVersionKind format: {text}, please follow <group/version/kind>")
    group = "" if parts[0] == "core" else parts[0]
    api_version = meta.api_version(group, parts[1])
    found = scheme.for_kind(api_version, parts[2])
    if found is None:
        raise KctlError(f'no matches for kind "{parts[2]}" in version "{api_version}"')
    return found


def warn(factory: "Factory") -> None:
    """Say, as kubectl does in its log, that the default list reaches beyond the namespace."""
    import os
    import time

    now = factory.clock.now()
    stamp = f"W{time.strftime('%m%d %H:%M:%S', time.localtime(now))}.{int(now % 1 * 1e6):06d} {os.getpid():7d} prune.go:71]"
    print(f"{stamp} Deprecated: kctl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future "
          "release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.",
          file=factory.streams.err)  # fmt: skip


def orphans(client: "RestClient", wanted: Sequence[Mapping], namespaces: Sequence[str], selector: str, kept: set[str]) -> Iterator[tuple[Mapping, Object]]:
    """Yield applied objects whose uid is not among `kept`: namespaced ones in each namespace, then the others."""
    places = [(mapping, namespace) for namespace in namespaces for mapping in wanted if mapping.namespaced]
    for mapping, namespace in [*places, *((mapping, "") for mapping in wanted if not mapping.namespaced)]:
        try:
            found = client.items(mapping, namespace, label_selector=selector)
        except KctlError as error:
            raise failure(mapping, error) from error
        for obj in found:
            if threeway.ANNOTATION in meta.annotations(obj) and meta.uid(obj) not in kept:
                yield mapping, obj


def failure(mapping: Mapping, error: KctlError) -> KctlError:
    """Return what is said where objects of a kind cannot be pruned."""
    scope = "namespaced" if mapping.namespaced else "nonNamespaced"
    return KctlError(f"error pruning {scope} object {mapping.group}/{mapping.version}, Kind={mapping.kind}: {error}")


class Pruner:
    """Deletes applied objects whose uid is not among `kept`."""

    def __init__(self, client: "RestClient", outcome: "Outcome", *, selector: str, kept: set[str], dry_run: str, delete_options: dict[str, Any]) -> None:
        self._client, self._outcome = client, outcome
        self._selector, self._kept, self._dry_run = selector, kept, dry_run
        self._delete_options = delete_options

    def run(self, wanted: Sequence[Mapping], namespaces: Sequence[str]) -> None:
        """Prune namespaced resources in each namespace, then the others."""
        for mapping, obj in orphans(self._client, wanted, namespaces, self._selector, self._kept):
            try:
                if self._dry_run != dryrun.CLIENT:
                    self._client.delete(mapping, meta.name(obj), meta.namespace(obj), **self._delete_options)
            except KctlError as error:
                raise failure(mapping, error) from error
            self._outcome.tell(obj, "pruned")
