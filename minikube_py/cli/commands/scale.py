"""kctl scale."""

from typing import TYPE_CHECKING, Any

from minikube_py.cli import dryrun, lookup, recording
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.client import api
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *dryrun.files("identifying the resource to set a new size"),
    dryrun.DRY_RUN,
    dryrun.SELECTOR,
    Flag("all", "bool", usage="Select all resources in the namespace of the specified resource types"),
    Flag("current-replicas", "int", -1, usage="Precondition for current size. -1 (default) for no condition."),
    Flag("replicas", "int", usage="The new desired number of replicas. Required."),
    Flag("resource-version", usage="Precondition for resource version. Requires that the current resource version match this value in order to scale."),
    Flag("timeout", "duration", usage="The length of time to wait before giving up on a scale operation, zero means don't wait."),
    recording.RECORD,
    *OUTPUT_FLAGS,
)
_RETRY = 300.0  # seconds in which conflicts are tried again
_PAUSE = 1.0


class ScaleOptions:
    """What `kctl scale` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        dryrun.require(values, "replicas")
        self.factory, self.values, self.arguments = factory, values, arguments
        self.dry_run = dryrun.strategy(factory, values)
        self.printer = Outcome(factory, values, self.dry_run).printer("scaled")
        factory.configured()
        self.replicas: int = values["replicas"]
        self.current: int = values["current-replicas"]
        self.version: str = values["resource-version"]

    def validate(self) -> None:
        """Refuse what makes no sense."""
        if self.replicas < 0:
            raise KctlError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
        if self.current < -1:
            raise KctlError("The --current-replicas must specify an integer of -1 or greater")

    def run(self) -> int | None:
        """Scale one object after the other; the first that fails ends it."""
        self.client = self.factory.client("kubectl")
        wanted = lookup.query(self.values, self.arguments)
        infos, broken = lookup.find(self.factory, self.client, wanted).collect()
        if self.version and len(infos) > 1:
            raise KctlError("cannot use --resource-version with multiple resources")
        if not infos:
            raise KctlError("no objects passed to scale" + (f" {broken}" if broken is not None else ""))
        for info in infos:
            if self.dry_run != dryrun.CLIENT:
                self._scale(info)
                self._record(info)
            self.printer.print_object(info.there, self.factory.streams.out)
        if broken is not None:
            raise broken
        return None

    def _scale(self, info: Info) -> None:
        import time

        end = time.monotonic() + _RETRY
        while True:
            try:
                self._once(info)
                break
            except errors.Conflict as error:
                if time.monotonic() > end:
                    raise KctlError("context deadline exceeded") from error
                time.sleep(_PAUSE)
        timeout = self.values["timeout"] if self.dry_run == dryrun.NONE else 0
        if timeout < 0 or (timeout and not self.factory.wait(lambda: self._is_done(info), timeout)):
            raise KctlError(f'timed out waiting for "{info.name}" to be synced')

    def _record(self, info: Info) -> None:
        noted = recording.patch(self.values, info.there)
        if noted:
            options: dict[str, Any] = {"dry_run": self.dry_run == dryrun.SERVER or None}
            self.client.patch(info.resource, info.name, info.namespace, noted, patch_type=api.MERGE_PATCH, **options)

    def _once(self, info: Info) -> None:
        options: dict[str, Any] = {"dry_run": self.dry_run == dryrun.SERVER or None}
        if self.current == -1 and not self.version:
            body = {"spec": {"replicas": self.replicas}}
            self.client.patch(info.resource, info.name, info.namespace, body, patch_type=api.MERGE_PATCH, subresource="scale", **options)
            return
        scale = self.client.get(info.resource, info.name, info.namespace, subresource="scale")
        size = scale.get("spec", {}).get("replicas", 0)
        version = scale["metadata"]["resourceVersion"]
        if self.current not in (-1, size):
            raise KctlError(f"Expected replicas to be {self.current}, was {size}")
        if self.version not in ("", version):
            raise KctlError(f"Expected resource version to be {self.version}, was {version}")
        body = {**scale, "spec": {**scale.get("spec", {}), "replicas": self.replicas}}
        self.client.send("update", info.resource, namespace=info.namespace, name=info.name, subresource="scale", body=body, **options)

    def _is_done(self, info: Info) -> bool:
        scale = self.client.get(info.resource, info.name, info.namespace, subresource="scale")
        wanted = scale.get("spec", {}).get("replicas", 0)
        return bool(wanted != self.replicas or scale.get("status", {}).get("replicas", 0) == wanted)




COMMAND = Command(
    "scale",
    "Set a new size for a deployment, replica set, or replication controller",
    "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME) [options]",
    FLAGS,
    ScaleOptions,
    long="""Change how many replicas there are to be of a deployment, replica set, replication controller or stateful set.

 With --current-replicas or --resource-version nothing is changed, unless the object is as these say at that moment.""",
    examples="""  # Five replicas of a deployment
  kctl scale --replicas=5 deployment/web

  # Three, if there are two now
  kctl scale --current-replicas=2 --replicas=3 statefulset/store

  # None, of two deployments
  kctl scale --replicas=0 deployment/web deployment/api""",
)
