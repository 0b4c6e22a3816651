"""kctl expose."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, exposing, generating, lastapplied, lookup, overriding, recording, typedobjects
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
    *dryrun.files("identifying the resource to expose a service"),
    dryrun.DRY_RUN,
    dryrun.SAVE_CONFIG,
    dryrun.field_manager("kubectl-expose"),
    Flag("cluster-ip", usage="The address of the service; None for a headless one. If empty, the server chooses."),
    Flag("external-ip", usage="Another address that the service is reached by; nobody but you cares for it."),
    Flag("labels", short="l", usage="Labels of the service, instead of those of what is exposed."),
    Flag("load-balancer-ip", usage="The address of the load balancer."),
    Flag("name", usage="The name of the service, instead of that of what is exposed."),
    *overriding.FLAGS,
    Flag("port", usage="The port of the service. If not given, that of what is exposed."),
    Flag("protocol", usage="The protocol of the service: TCP, UDP or SCTP. If not given, that of what is exposed."),
    Flag("selector", usage="Labels KEY=VALUE,KEY=VALUE of the pods. If not given, what is exposed says which they are."),
    Flag("session-affinity", usage="None or ClientIP."),
    Flag("target-port", usage="Number or name of the port of the pods. If not given, that of the service."),
    Flag("type", usage="The type of the service: ClusterIP, NodePort, LoadBalancer, or ExternalName."),
    recording.RECORD,
    *OUTPUT_FLAGS,
)


class ExposeOptions:
    """What `kctl expose` was asked for. What the first object says counts for the ones behind it too, as in kubectl."""

    factory: Factory
    values: Values
    client: "RestClient"

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        self.dry_run = dryrun.strategy(factory, values)
        self.teller = generating.Teller(Outcome(factory, values, self.dry_run), values, "exposed")
        factory.configured()
        self.selector: str = values["selector"]
        self.labels: str = values["labels"]
        self.ports: list[str] = values["port"].split(",") if values["port"] else []
        self.protocols: dict[str, list[str]] = {}

    def validate(self) -> None:
        """Refuse nothing: all depends on what is exposed."""

    def run(self) -> int | None:
        """Create a service for each object."""
        self.client = self.factory.client("kubectl")
        lookup.find(self.factory, self.client, lookup.query(self.values, self.arguments)._replace(selector="", typed=True)).visit(self._one)
        return None

    def _one(self, info: Info) -> None:
        exposing.check(info.resource)
        obj = typedobjects.require(info)
        self._inspect(obj)
        service = recording.noted(self.values, overriding.applied(self._service(info.name[:63]), self.values))
        if self.dry_run == dryrun.CLIENT:
            service = generating.place(service, self.factory)
        else:
            service = lastapplied.generated(service, self.values["save-config"])
            service = generating.send(self.client, service, self.factory, self.values, self.dry_run)
        self.teller.tell(service)

    def _inspect(self, obj: Object) -> None:
        """Take from the object what the command line leaves open."""
        if not self.selector:
            try:
                self.selector = generating.label_text(exposing.selector(obj))
            except KctlError as error:
                raise KctlError(f"couldn't retrieve selectors via --selector flag or introspection: {error}") from error
        if not self.ports:
            self.ports = exposing.ports(obj)
            if not self.ports and self.values["cluster-ip"] != "None":
                raise KctlError("couldn't find port via --port flag or introspection")
        self.protocols = exposing.protocols(obj) or self.protocols
        if not self.labels:
            self.labels = generating.label_text(obj["metadata"].get("labels") or {})

    def _service(self, name: str) -> Object:
        values = self.values
        if not self.selector:
            raise KctlError("selector must be specified")
        selector = generating.labels(self.selector)
        labels = generating.labels(self.labels) if self.labels else {}
        spec: Object = {"selector": selector, "ports": exposing.service_ports(self.ports, self.protocols, values["protocol"], values["target-port"])}
        if values["external-ip"]:
            spec["externalIPs"] = [values["external-ip"]]
        spec["type"] = values["type"]
        if values["type"] == "LoadBalancer":
            spec["loadBalancerIP"] = values["load-balancer-ip"]
        if values["session-affinity"] not in ("", "None", "ClientIP"):
            raise KctlError(f"unknown session affinity: {values['session-affinity']}")
        spec["sessionAffinity"] = values["session-affinity"]
        spec["clusterIP"] = values["cluster-ip"]
        return {"kind": "Service", "apiVersion": "v1", "metadata": {"name": values["name"] or name, "labels": labels}, "spec": spec}


COMMAND = Command(
    "expose",
    "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] "
    "[--external-ip=external-ip-of-service] [--type=type] [options]",
    FLAGS,
    ExposeOptions,
    long="""Make a service for the pods of a deployment, replica set, replication controller or service, or for one pod.

 The service selects the pods as the object does. A selector with expressions is more than a service understands, and is refused.
Ports, protocols and labels are those of the object where flags do not say otherwise.""",
    examples="""  # Make a service for a deployment: port 80 leads to port 8000 of the pods
  kctl expose deployment web --port=80 --target-port=8000

  # Make a service that each node answers for
  kctl expose pod web --type=NodePort --name=front

  # Make a second service for the pods of the first
  kctl expose service web --port=443 --target-port=8443 --name=web-https""",
)
