"""kctl port-forward."""

from typing import TYPE_CHECKING

from minikube_py.cli import dryrun, podtargets, portnumbers
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Flag, Values
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError, StatusError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient


class PortForwardOptions:
    """What `kctl port-forward` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line."""
        self.factory, self.values, self.arguments = factory, values, arguments
        if len(arguments) < 2:
            raise dryrun.usage_error("port-forward", "TYPE/NAME and list of ports are required for port-forward")
        self.timeout = podtargets.running_timeout(values, "port-forward")

    def validate(self) -> None:
        """Refuse nothing: what ports there are is known once the pod is."""

    def run(self) -> int | None:
        """Forward until it is interrupted."""
        factory = self.factory
        client = factory.client("kubectl")
        obj = podtargets.find(factory, client, self.arguments[:1])[0]
        pod = podtargets.pod_of(factory, client, obj, self.timeout)
        words = portnumbers.resolved(self.arguments[1:], obj, pod)
        pod = client.get("pods", meta.name(pod), meta.namespace(pod))
        phase = meta.phase(pod)
        if phase != "Running":
            raise KctlError(f"unable to forward port because pod is not running. Current status={phase}")
        addresses, pairs = portnumbers.addresses(self.values["address"]), portnumbers.pairs(words)
        try:
            ports = client.connect(meta.name(pod), meta.namespace(pod), "portforward").ports
        except StatusError as error:
            raise KctlError(f"error upgrading connection: {error.message}") from error
        if ports is None:
            raise KctlError("the server answered with no ports")
        from minikube_py.cli import carrying, forwarding

        wish = forwarding.Wish(addresses, pairs, factory.streams.out, factory.streams.err, lambda: _is_gone(client, pod))
        carrying.drive(forwarding.run(ports, wish))
        return None


def _is_gone(client: "RestClient", pod: Object) -> bool:
    found = client.find("pods", meta.name(pod), meta.namespace(pod))
    return found is None or meta.uid(found) != meta.uid(pod) or meta.phase(found) != "Running"


COMMAND = Command(
    "port-forward",
    "Forward one or more local ports to a pod",
    "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    (
        Flag("address", "list", ["localhost"], usage="Addresses to listen on (comma separated): IP addresses, or localhost for both 127.0.0.1 and ::1"),
        podtargets.RUNNING_TIMEOUT,
    ),
    PortForwardOptions,
    long="Listen on ports of this machine, and carry every connection to a port of a pod. A type and name such as deploy/web mean one of its pods. "
    "It ends with Ctrl-C, or when the pod goes.",
    examples="""  # Carry connections to port 5000 and 6000 here to the same ports of a pod
  kctl port-forward pod/web-1 5000 6000

  # Carry connections to port 8443 here to where the service's port named https leads
  kctl port-forward svc/web 8443:https

  # Let the system choose the port here
  kctl port-forward deploy/web :80""",
)
