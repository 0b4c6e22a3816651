"""kctl autoscale."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, generating, lastapplied, lookup, recording, typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import FLAGS as OUTPUT_FLAGS
from minikube_py.cli.outcome import Outcome
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

FLAGS = (
    *dryrun.files("identifying the resource to autoscale."),
    dryrun.DRY_RUN,
    dryrun.SAVE_CONFIG,
    dryrun.field_manager("kubectl-autoscale"),
    Flag("cpu-percent", "int32", -1, usage="The share of the requested processor time that pods should use, in percent. If negative, the server chooses."),
    Flag("max", "int32", -1, usage="The greatest number of pods. Required."),
    Flag("min", "int32", -1, usage="The least number of pods. If not given or negative, the server chooses."),
    Flag("name", usage="The name of the autoscaler. If not given, that of what it scales."),
    recording.RECORD,
    *OUTPUT_FLAGS,
)


class AutoscaleOptions:
    """What `kctl autoscale` was asked for."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        dryrun.require(values, "max")
        self.factory, self.values, self.arguments = factory, values, arguments
        self.dry_run = dryrun.strategy(factory, values)
        self.outcome = Outcome(factory, values, self.dry_run)
        factory.configured()
        self.made = 0

    def validate(self) -> None:
        """Refuse what makes no sense."""
        most, least = self.values["max"], self.values["min"]
        if most < 1:
            raise KctlError(f"--max=MAXPODS is required and must be at least 1, max: {most}")
        if most < least:
            raise KctlError(f"--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}")

    def run(self) -> int | None:
        """Create an autoscaler for each object."""
        self.client = self.factory.client("kubectl")
        lookup.find(self.factory, self.client, lookup.query(self.values, self.arguments)).visit(self._one)
        if not self.made:
            raise KctlError("no objects passed to autoscale")
        return None

    def _one(self, info: Info) -> None:
        of = info.resource
        if "scale" not in of.subresources:
            where = f"{of.group}/{of.version}, Resource={of.plural}"
            raise KctlError(f"cannot autoscale a {of.kind}: could not find scale subresource for {where} in discovery information")
        try:
            self._create(self._second(info))
        except KctlError:
            self._create(self._first(info))  # a server that has no autoscaling/v2; another reason is told once more
        self.made += 1

    def _create(self, scaler: Object) -> None:
        obj = typedobjects.of(recording.noted(self.values, scaler))
        if self.dry_run == dryrun.CLIENT:
            self._tell(obj, "created")
            return
        sent = lastapplied.generated(obj, self.values["save-config"])
        self._tell(generating.send(self.client, sent, self.factory, self.values, self.dry_run), "autoscaled")

    def _tell(self, obj: Object, done: str) -> None:
        generating.Teller(self.outcome, self.values, done).tell(obj)

    def _scaler(self, version: str, info: Info) -> Object:
        target = {"apiVersion": info.resource.api_version, "kind": info.resource.kind, "name": info.name}
        least = self.values["min"]
        return {
            "kind": "HorizontalPodAutoscaler",
            "apiVersion": f"autoscaling/{version}",
            "metadata": {"name": self.values["name"] or info.name},
            "spec": {"scaleTargetRef": target, "minReplicas": least if least > 0 else None, "maxReplicas": self.values["max"]},
        }

    def _second(self, info: Info) -> Object:
        scaler = self._scaler("v2", info)
        if self.values["cpu-percent"] >= 0:
            target = {"type": "Utilization", "averageUtilization": self.values["cpu-percent"]}
            scaler["spec"]["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
        return scaler

    def _first(self, info: Info) -> Object:
        scaler = self._scaler("v1", info)
        if self.values["cpu-percent"] >= 0:
            scaler["spec"]["targetCPUUtilizationPercentage"] = self.values["cpu-percent"]
        return scaler


COMMAND = Command(
    "autoscale",
    "Auto-scale a deployment, replica set, stateful set, or replication controller",
    "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU] [options]",
    FLAGS,
    AutoscaleOptions,
    long="""Create an autoscaler that chooses the number of pods of a deployment, replica set, stateful set, or replication controller.

 It is made through autoscaling/v2; where that fails, through autoscaling/v1.""",
    examples="""  # Keep a deployment between 2 and 10 pods
  kctl autoscale deployment web --min=2 --max=10

  # Use four fifths of the processor time that at most 5 pods have asked for
  kctl autoscale rc front --max=5 --cpu-percent=80""",
)
